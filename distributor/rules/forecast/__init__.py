"""What would leave, and when, under rules that are not in force: the present deciders, asked about other days."""
