
By0J$╩A]яШKJр╓аDOvL╘R─тvмсийQ╞рgтAEГииaр