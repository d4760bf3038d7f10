"""The error of a rollback that may not begin; apart from rollback.py, because exit codes are read by everybody."""


class RollbackRefused(Exception):
    """A rollback that may not begin; nothing was deleted."""
