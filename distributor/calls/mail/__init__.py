"""Calls about newsletters and their readers, as the desk shows them."""
