	
By0JsIдLGлбыILG≥алGfA