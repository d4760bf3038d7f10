"""The stand-in for the person who confirms the map and decides what an account would do by itself; in one process.

    python -m benchmarks.as_benchmark

It belongs here: deciding, in the folder of the environment. It does not: the commands that are measured.
"""

from migration_assets.cli.session import account_of, open_stores
from migration_assets.gorgias.preflight.decisions import record, safest
from migration_assets.gorgias.preflight.look import look
from migration_assets.mapping.confirm import confirm

WHO = "benchmark"


def decide_all() -> None:
    """Confirm the map as it stands, and every point of a generated account by what keeps it silent."""
    with open_stores() as stores, account_of(stores.settings) as account:
        zone = stores.settings.ivinex_timezone
        confirm(stores.settings.home, stores.ledger, stores.warehouse, WHO, zone=zone)
        for row in look(account.reader, stores.ledger, stores.warehouse, delta=False).open:
            record(stores.ledger, row.point, safest(row.point), WHO, "a generated account", deltas=True)


if __name__ == "__main__":
    decide_all()
