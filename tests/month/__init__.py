"""A month of newsletters: readers in twenty zones, both nights when clocks change, judged by an oracle of its own."""
