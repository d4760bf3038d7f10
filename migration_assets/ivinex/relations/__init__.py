"""Which record hangs on which."""
