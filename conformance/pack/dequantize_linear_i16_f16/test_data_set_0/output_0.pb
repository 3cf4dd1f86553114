	
By0JÂäVæMdif®fc¾i/å¯j