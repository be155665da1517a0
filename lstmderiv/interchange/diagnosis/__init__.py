"""Where an implementation's numbers differ first, and which known mistake explains them."""
