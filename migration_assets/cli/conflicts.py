"""`migrate conflicts list|resolve`: fields that changed on both sides, decided by a person, by name."""

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from migration_assets.cli.commands import common
from migration_assets.cli.output import Output, table
from migration_assets.cli.session import open_stores
from migration_assets.orchestration.decisions import open_conflicts, resolve_conflict
from resources.ledger.conflicts import OURS, THEIRS

_COLUMNS = ("id", "object", "source_id", "field", "gorgias_id", "detail")
_VALUES = ("base", "source", "target")


@click.group()
def conflicts() -> None:
    """What a person must decide: Gorgias and the source differ, and nothing was overwritten."""


@conflicts.command("list")
@common
@click.option("--values", is_flag=True, help="Show what was written, the source's and Gorgias's value (people's data).")
def list_conflicts(out: Output, values: bool) -> None:
    """Every open conflict. The three values of each are in MIGRATION_HOME/private/conflicts. Exit code 3 where any."""
    with open_stores() as stores:
        rows = open_conflicts(stores.ledger)
        if values:
            rows = [row | _private(stores.settings.home, row["id"]) for row in rows]
    columns = (*_COLUMNS, *_VALUES) if values else _COLUMNS

    def show(console: Console) -> None:
        console.print(table("Conflicts", columns, rows))
        console.print(f"{len(rows)} open. Decide with `migrate conflicts resolve ID --take theirs|ours --by NAME`.")

    out.finish({"conflicts": rows}, show, 3 if rows else 0)


@conflicts.command()
@common
@click.argument("id")
@click.option("--take", required=True, type=click.Choice([THEIRS, OURS]), help="Gorgias's value, or the source's.")
@click.option("--by", required=True, metavar="NAME", help="Who decides.")
def resolve(out: Output, id: str, take: str, by: str) -> None:
    """Decide one conflict. theirs: Gorgias's value stays and is the base from now on. ours: the next delta writes it.

    For a whole object (field *), theirs accepts it as it is in Gorgias, and ours asks the next delta to try again,
    after somebody brought it back there: nothing is ever created a second time.
    """
    with open_stores() as stores:
        found = resolve_conflict(stores.ledger, id, take, by)
    said = {"id": id, "take": take, "by": by, **{name: found[name] for name in ("object", "source_id", "field")}}
    text = f"{found['object']} {found['source_id']} {found['field']}: {take}, decided by {by}."
    out.finish(said, f"{text} The next `migrate delta` carries it out.")


def _private(home: Path, name: str) -> dict[str, Any]:
    path = home / "private" / "conflicts" / f"{name}.json"
    return {key: json.loads(path.read_text("utf-8"))[key] for key in _VALUES} if path.exists() else {}
