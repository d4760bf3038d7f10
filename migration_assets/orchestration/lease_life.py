"""Whether who holds the account's lease is gone already, before the lease is over: for who only looks.

A command of this home lives while the home's lock is held (single_instance_lock.py). A run of the UI holds no such
lock; on this machine it is gone where its process is. Of other homes and machines the lease alone is known.

It belongs here: telling it. It does not: taking a lease over (resources/gorgias/writer/lease_keeper.py).
"""

import os
import re
import socket
from pathlib import Path

from migration_assets.orchestration.home_id import FILE, home_id
from migration_assets.orchestration.single_instance_lock import is_held
from resources.ledger.lease import Lease

_PROCESS = re.compile(r"^(?P<host>\S+) process (?P<process>\d+)( |$)")


def holder_is_gone(lease: Lease, dagster_home: Path) -> bool:
    """Proved to be gone; False where it cannot be told. Changes nothing."""
    if (dagster_home / FILE).is_file() and lease.holder.endswith(f"[home {home_id(dagster_home)}]"):
        return not is_held(dagster_home)
    named = _PROCESS.match(lease.holder)
    if named is None or named["host"] != socket.gethostname() or "[home " in lease.holder:
        return False
    try:
        os.kill(int(named["process"]), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False
