"""How the world is read: when a source is asked again, and who may tell that it has something new."""
