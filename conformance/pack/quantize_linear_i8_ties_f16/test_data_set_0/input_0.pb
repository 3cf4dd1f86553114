
Bx0J&pËÜÈÐJÂ'@ÈÉÐH FJ`E0JaÆ;JÐJ EÈ`G Ç