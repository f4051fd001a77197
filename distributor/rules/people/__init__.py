"""People at the desk: what they may do, what their names and passwords may be, and how often one may knock."""
