"""What the newsroom tells: stories, their revisions and words, and who reads them."""
