"""What a command's exit code says.

It belongs here: the codes. It does not: which error has which (exit_codes.py), which a command that succeeds does not
need to know.
"""

from enum import IntEnum


class Exit(IntEnum):
    """What a command's exit code says."""

    BALANCED = 0
    FAILED = 1
    USAGE = 2
    NOT_BALANCED = 3
    GATE_CLOSED = 4
