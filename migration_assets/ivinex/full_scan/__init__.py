"""Every tab read from its first record to its last, and the days cut out of it."""
