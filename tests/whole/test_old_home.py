"""A home that the code of an earlier day made goes on with today's: run, delta and verification, nothing twice."""

import json
import os
import tarfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from mini_migration import ALLOWANCE, MiniMigration, clean_environment

from sandbox.gorgias.app import GorgiasServer
from sandbox.gorgias.canonical import state
from sandbox.ivinex.app import build_app
from sandbox.serve import Running, on_thread

HOMES = sorted((Path(__file__).parent / "homes").glob("*.tar.xz"))
"""Named by the commit that made it: dataset, account.json (the Gorgias side as it was then) and home."""
BIGGEST = 300_000
GROWN = {"b5d84b1": {("tickets", "meta.ivinex_owner")}}
"""What later releases write that the one of the home did not: told in CHANGELOG.md, carried once as a change."""


@contextmanager
def gone_on(folder: Path) -> Iterator[MiniMigration]:
    """Both sides as they were when the home was made, and the home in the hands of today's code."""
    server = GorgiasServer(folder / "dataset", rate=f"{ALLOWANCE}/20", faults=[], state_file=folder / "account.json")
    ivinex = build_app(folder / "dataset", rate=None)
    with on_thread(ivinex, server.app) as (ivinex_url, gorgias_url), clean_environment():
        sandbox = Running(ivinex_url, gorgias_url, ivinex.state.credentials, server.auth, server.account)
        # Files have the address of the server of then, which this one has not.
        migration = MiniMigration(sandbox, folder / "home", {"files": "later"})
        with migration.warehouse.held():
            try:
                yield migration
            finally:
                migration.close()
    server.close()


def objects(migration: MiniMigration) -> dict[str, Any]:
    held = json.loads(state(migration.sandbox.gorgias, canonical=True))
    return {name: held[name] for name in ("tickets", "customers", "users", "tags", "custom_fields")}


def created(migration: MiniMigration) -> list[dict[str, Any]]:
    """What the ledger says was made, adopted or refused; an update of what is there is none of it."""
    counts = migration.ledger.known_writes.write_counts()
    return counts[counts["part"] == "create"].to_dict("records")


def updates(migration: MiniMigration) -> Counter[str]:
    """Object -> updates that are done."""
    counts = migration.ledger.known_writes.write_counts()
    found = counts[(counts["part"] == "update") & (counts["state"] == "DONE")]
    return Counter(dict(zip(found["object"], (int(rows) for rows in found["rows"]), strict=True)))


def changes(before: dict[str, Any], after: dict[str, Any]) -> set[tuple[str, str]]:
    """Object and field of each difference; in a ticket's own data each key by itself."""
    found: set[tuple[str, str]] = set()
    for name, rows in before.items():
        for old, new in zip(rows, after[name], strict=True):
            was, is_now = (
                one | {f"meta.{key}": value for key, value in (one.get("meta") or {}).items()} for one in (old, new)
            )
            found |= {(name, key) for key in {*was, *is_now} - {"meta"} if was.get(key) != is_now.get(key)}
    return found


@pytest.mark.acceptance
@pytest.mark.parametrize("packed", HOMES, ids=lambda path: path.name.split(".")[0])
def test_an_old_home_goes_on_with_run_delta_and_verification_and_nothing_is_written_twice(packed: Path, tmp_path: Path):
    assert packed.stat().st_size < BIGGEST
    with tarfile.open(packed) as archive:
        archive.extractall(tmp_path, filter="data")
    os.chmod(tmp_path / "home", 0o700)
    with gone_on(tmp_path) as migration:
        before = objects(migration)
        assert len(before["tickets"]) == 6
        written, updated = created(migration), updates(migration)

        migration.discover()
        assert migration.load() == []
        migration.delta()
        failed = [name for name, result in migration.check().items() if not result.passed]

        assert failed == []
        after = objects(migration)
        assert changes(before, after) == GROWN[packed.name.split(".")[0]]
        assert updates(migration) - updated == {"tickets": 6}

        # The change that the upgrade brought was carried once: what comes after it writes nothing.
        migration.delta()
        assert objects(migration) == after
        assert updates(migration) - updated == {"tickets": 6}
        assert migration.ledger.conflicts.conflict_rows().empty
        assert not migration.ledger.known_writes.unsettled()
        assert created(migration) == written
