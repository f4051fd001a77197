"""What comes back of mail, judged: what it is, whose fault, what follows."""
