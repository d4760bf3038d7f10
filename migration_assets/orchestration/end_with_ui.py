"""Processes of a UI end with the `migrate ui` that started them, also where that was killed outright.

`migrate ui` holds a lock for its life (single_instance_lock.py). Each of its processes waits for that lock on a thread;
who gets it knows that the command is gone, and ends the whole group: nobody would answer for its runs, keep its port
free, or end it any more. What was in flight is settled by the next run.

It belongs here: noticing it. It does not: how the processes are started (cli/dagster_ui.py).
"""

import fcntl
import os
import signal
import threading

LOCK_VARIABLE = "MIGRATE_UI_LOCK"
"""Set by `migrate ui` for its processes: the file whose lock it holds."""


def end_with_ui() -> None:
    """Watch the command that started this process, if `migrate ui` did."""
    path = os.environ.get(LOCK_VARIABLE)
    if path and not any(thread.name == LOCK_VARIABLE for thread in threading.enumerate()):
        threading.Thread(target=_watch, args=(path,), name=LOCK_VARIABLE, daemon=True).start()


def _watch(path: str) -> None:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    except OSError:
        return  # the home itself is gone, or its disk knows no locks: there is nothing to watch
    os.killpg(os.getpgrp(), signal.SIGKILL)
