"""The work: one road from a feed to its readers. Knows adapters only by their seams; flows never import each other."""
