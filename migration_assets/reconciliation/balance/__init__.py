"""What became of every source row, and that nothing is left to write."""
