"""The store as a file: bound to its machine, copied, put back, and known again."""
