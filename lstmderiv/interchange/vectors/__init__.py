"""Golden vectors: the cases, their true values, and the files that hold them."""
