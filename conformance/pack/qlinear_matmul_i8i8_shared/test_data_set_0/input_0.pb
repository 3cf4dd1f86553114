Bx0JXïN`(wjo‘V
c _ŽePP>ÙÝ¿UH©