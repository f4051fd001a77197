"""Commands about who may use the desk."""
