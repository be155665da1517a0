"""Building a book as its author does: nothing twice, and nothing stale."""
