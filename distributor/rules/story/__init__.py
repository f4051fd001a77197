"""What a story is: whether two articles are one, what it may show, and from when."""
