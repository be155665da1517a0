"""Weights from and to every framework: the conventions as data, and the converters made from them."""
