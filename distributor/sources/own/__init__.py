"""The kinds of source that come with the program, one file each."""
