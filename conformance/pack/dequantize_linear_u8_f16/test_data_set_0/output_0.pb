	
By0JH³FsÊ3ÁÙI3ÂÀÊæÉf²