By0J
ÛÖ>øa!ECYs