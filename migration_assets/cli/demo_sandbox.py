"""A sandbox with a generated dataset, and a migration's folder for it: `migrate demo` and `migrate ui` begin so."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from migration_assets.build import build_definitions
from migration_assets.cli.demo_home import fresh_home
from migration_assets.cli.output import Output
from migration_assets.cli.sandbox import DatasetSize, Sandbox, generate, migration_environment, serving
from migration_assets.cli.session import account_of
from migration_assets.gorgias.preflight.decisions import record, safest
from migration_assets.gorgias.preflight.look import look
from migration_assets.gorgias.preflight.people_points import UNKNOWN_USERS
from migration_assets.mapping.confirm import confirm
from migration_assets.orchestration.migration import Migration
from migration_assets.settings_source import load_settings

CONFIRMED_BY = "demo"


@contextmanager
def demo_sandbox(out: Output, home: Path, size: DatasetSize, keep: bool) -> Iterator[Sandbox]:
    """A running sandbox, with the environment pointing at it and at `home`."""
    dataset = home / "dataset"
    if fresh_home(home, keep):
        out.note(f"generating {size.tickets} tickets over {size.days} days (profile {size.profile}, seed {size.seed})")
        generate(dataset, size)
        shutil.copytree(dataset / "admin_exports", home / "admin_exports")
    with serving(dataset, home / "sandbox-state.json") as sandbox, migration_environment(sandbox, home):
        yield sandbox


def confirm_as_demo(migration: Migration) -> None:
    """The demo's stand-in for the person who reads the map; it is in the ledger under this name."""
    mapping = confirm(migration.home, migration.ledger, migration.warehouse, CONFIRMED_BY, zone=migration.zone)
    # The command began without a map; the staged rows are recorded under the version of this one.
    migration.runner.definitions = build_definitions(load_settings())
    migration.say(f"mapping {mapping.mapping_version} confirmed by {CONFIRMED_BY!r}, as only a demo may")
    decide_as_demo(migration)


def decide_as_demo(migration: Migration) -> None:
    """Likewise for what the account would do by itself: each point by what keeps it silent, under the same name."""
    with account_of(load_settings()) as account:
        found = look(account.reader, migration.ledger, migration.warehouse, delta=False)
    migration.ledger.decisions.decide(UNKNOWN_USERS, "stubs", CONFIRMED_BY, "a demo")
    for row in found.open:
        choice = safest(row.point)
        record(migration.ledger, row.point, choice, CONFIRMED_BY, "nobody works in a demo's account", deltas=True)
        migration.say(
            f"preflight: {row.point.name} ({', '.join(row.point.effects)}) decided {choice}, as only a demo may"
        )
