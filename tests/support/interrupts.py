"""Ctrl-C for a process that a test starts, also where the tests themselves run in the background."""

import signal


def hears_ctrl_c() -> None:
    """For `preexec_fn`. A shell lets its background jobs ignore SIGINT, and their children inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
