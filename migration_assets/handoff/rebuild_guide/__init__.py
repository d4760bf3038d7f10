"""How workflows, saved views and tasks are rebuilt in Gorgias."""
