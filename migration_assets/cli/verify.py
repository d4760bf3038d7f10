"""`migrate verify`: everything read back from Gorgias and compared; the evidence held against its manifest."""

import json
from typing import Any

import click
from rich.console import Console

from migration_assets.cli.commands import common
from migration_assets.cli.output import Output, table
from migration_assets.cli.result_tables import show_verified
from migration_assets.cli.session import reading, working
from migration_assets.documents import FOLDER, MANIFEST, unlike_manifest
from migration_assets.handoff.action_checks import Checked, check_actions
from migration_assets.orchestration.exit_codes import Exit
from migration_assets.orchestration.migration import Migration
from migration_assets.orchestration.signals import Interrupted
from migration_assets.orchestration.verification_summary import Verified
from migration_assets.settings import load_settings

SHOWN = 20
_FIRST = """
    SELECT partition, object, source_id, gorgias_id, field, kind, detail FROM reconciliation.differences
    ORDER BY ALL LIMIT ?
"""


@click.command()
@common
@click.option("--manifest", is_flag=True, help="Hold the files of handoff/ against manifest.json as well.")
def verify(out: Output, manifest: bool) -> None:
    """Read everything back from Gorgias and compare it with what was staged. Writes nothing to Gorgias.

    Exit code 3 where anything differs, by whomever it was changed; `migrate gates list` tells which days that closes.
    """
    with working(out, "verify") as migration:
        files = _files(migration) if manifest else None
        actions = _actions(migration)
        try:
            migration.verify()
        except (Interrupted, KeyboardInterrupt):
            raise Interrupted(
                "Ended while reading Gorgias back. Nothing was changed: `migrate verify` starts anew."
            ) from None
        verified, first = Verified.of(migration), migration.warehouse.rows(_FIRST, [SHOWN])

    def show(console: Console) -> None:
        show_verified(console, verified)
        if first:
            title = f"The first {len(first)} of {verified.blamed + verified.since} differences"
            console.print(table(title, tuple(first[0]), [tuple(row.values()) for row in first]))
        if actions:
            lines = [(one.id, one.title, one.state, one.detail) for one in actions]
            console.print(table("What the admin does by hand", ("action", "what", "state", "found"), lines))
        for name, problem in (files or {}).items():
            console.print(f"{FOLDER}/{name} is {problem}: it is not what {MANIFEST} says", markup=False)

    data: dict[str, Any] = verified.as_data() | {"first": first, "actions": [vars(one) for one in actions]}
    differs = not verified.as_written or verified.since or files
    out.finish(data | ({"files": files} if manifest else {}), show, Exit.NOT_BALANCED if differs else Exit.BALANCED)


def _actions(migration: Migration) -> list[Checked]:
    """The state of each action of handoff/user_actions.json; it does not decide the exit code."""
    path = migration.home / FOLDER / "user_actions.json"
    if not path.is_file():
        return []
    with reading(load_settings()) as reader:
        return check_actions(reader, json.loads(path.read_text("utf-8"))["actions"])


def _files(migration: Migration) -> dict[str, str]:
    try:
        return unlike_manifest(migration.home / FOLDER)
    except FileNotFoundError:
        return {MANIFEST: "missing"}
