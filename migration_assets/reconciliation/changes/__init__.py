"""What differs at the source from what was loaded."""
