"""The stand-in for the person who confirms the map and decides what an account would do by itself; in one process.

    python -m benchmarks.as_benchmark [OVERFLOW]

It belongs here: deciding, in the folder of the environment. It does not: the commands that are measured.
"""

import sys

from migration_assets.cli.session import account_of, open_stores
from migration_assets.gorgias.preflight.decisions import record, safest
from migration_assets.gorgias.preflight.look import look
from migration_assets.mapping.confirm import FILE, confirm

WHO = "benchmark"


def decide_all(overflow: str = "") -> None:
    """Confirm the map, and decide every point of a generated account by what keeps it silent.

    Args:
        overflow: as the map shall say it; empty: as it was proposed.
    """
    with open_stores() as stores, account_of(stores.settings) as account:
        if overflow:
            file = stores.settings.home / FILE
            file.write_text(f"overflow: {overflow}\n{file.read_text()}")
        zone = stores.settings.ivinex_timezone
        confirm(stores.settings.home, stores.ledger, stores.warehouse, WHO, zone=zone)
        for row in look(account.reader, stores.ledger, stores.warehouse, delta=False).open:
            record(stores.ledger, row.point, safest(row.point), WHO, "a generated account", deltas=True)


if __name__ == "__main__":
    decide_all(*sys.argv[1:])
