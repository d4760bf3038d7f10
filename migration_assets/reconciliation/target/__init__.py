"""What Gorgias holds, read back into tables of the warehouse."""
