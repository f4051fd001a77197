"""The desk's pages of newsletters: digests and their issues, readers, lists of readers."""
