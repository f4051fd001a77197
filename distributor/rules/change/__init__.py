"""What a change means to those who read the text before: takes, revisions, corrections, kills."""
