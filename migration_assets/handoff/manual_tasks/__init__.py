"""What an admin does by hand, and whether it was done."""
