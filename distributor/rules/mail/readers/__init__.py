"""How readers come, choose and are brought in: whom to ask, what a form says, which lists to trust."""
