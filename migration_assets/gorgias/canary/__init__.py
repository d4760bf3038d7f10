"""Trial tickets that show whether an account behaves as the load relies on."""
