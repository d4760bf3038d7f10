"""`migrate preflight show|decide|restore`: what the account would do by itself, decided before a load."""

from typing import Any

import click
from rich.console import Console

from migration_assets.cli.commands import common
from migration_assets.cli.output import Output, table
from migration_assets.cli.session import account_of, open_stores
from migration_assets.gorgias.preflight.look import Look, look
from migration_assets.gorgias.preflight.points import facts_shown
from migration_assets.gorgias.preflight.preflight_report import at_most
from migration_assets.gorgias.preflight.switching import describe_switched_off, restore_account
from migration_assets.gorgias.preflight.taken import COLUMNS, taken
from migration_assets.orchestration.decisions import decide_preflight
from migration_assets.orchestration.exit_codes import Exit

_OF_DECISIONS = ("point", "choice", "holds_for", "by", "at", "reason")
_COLUMNS = ("point", "could", "at most", "options", "decided", "what it is")


@click.group()
def preflight() -> None:
    """What a load asks for before it writes: surveys, rules, integrations, AI Agent, users."""


@preflight.command()
@common
@click.option("--deltas", is_flag=True, help="As a delta would see it.")
def show(out: Output, deltas: bool) -> None:
    """Look at the account now: each point, what it could do, and what was decided. Exit code 4 while one is open."""
    with open_stores() as stores, account_of(stores.settings) as account:
        found = look(account.reader, stores.ledger, stores.warehouse, delta=deltas)
        hours, takes = found.size.hours(account), found.size.takes(account)
        erased = stores.warehouse.erased
        decisions = taken(stores.ledger, [row.point for row in found.rows])
    data = {
        "points": _rows(found),
        "decisions": [dict(zip(_OF_DECISIONS, row.cells(), strict=True)) for row in decisions],
        "open": len(found.open),
        "hours": None if hours is None else round(hours, 2),
        **facts_shown(found.facts),
    }

    def print_them(console: Console) -> None:
        rows = [
            (
                *(row.point.name, ", ".join(row.point.effects), at_most(row.point), " | ".join(row.point.options)),
                *(row.open or row.choice, row.point.told),
            )
            for row in found.rows
        ]
        console.print(table("What this account does by itself", _COLUMNS, rows, ("at most",)))
        if decisions:
            console.print(table("Decisions", COLUMNS, [row.cells() for row in decisions]))
        if erased:
            console.print(erased, markup=False)
        elif deltas:
            console.print("How many records a delta could touch is known once it has compared, so no number is said.")
        console.print(f"{len(found.open)} open. What is decided off is off for {takes}.")

    out.finish(data, print_them, Exit.GATE_CLOSED if found.open else 0)


@preflight.command()
@common
@click.argument("topic", metavar="POINT")
@click.argument("choice")
@click.option("--by", required=True, metavar="NAME", help="Who decides.")
@click.option("--reason", default="", metavar="TEXT", help="Why, for whoever reads it later. Needed but for people.")
@click.option(
    "--deltas",
    is_flag=True,
    help="For deltas: what holds for the load stays as it is; where nothing holds for it yet, this does.",
)
def decide(out: Output, topic: str, choice: str, by: str, reason: str, deltas: bool) -> None:
    """Record a decision by name, about a POINT of `migrate preflight show`; `rules`, `integrations`: all of them.

    off (switched off for the load, and restored), exclude_by_tag (the tag of imported tickets keeps it away), accept.
    People: missing_users takes create or fallback, unknown_users match, fallback or stubs, refused_users fallback,
    stub_users create or fallback.
    """
    with open_stores() as books:

        def look_first() -> None:
            with account_of(books.settings) as account:
                look(account.reader, books.ledger, books.warehouse, delta=deltas)

        stores = (books.ledger, books.warehouse)
        done = decide_preflight(*stores, topic, choice, by, reason, deltas=deltas, look_first=look_first)
    holding = [dict(zip(_OF_DECISIONS, row.cells(), strict=True)) for row in done.holding]
    said: dict[str, Any] = {"topic": topic, "choice": choice, "by": by, "reason": reason, "then": done.then}
    out.finish(said | {"holding": holding}, done.sentences())


@preflight.command()
@common
def restore(out: Output) -> None:
    """Restore in Gorgias what a load switched off, as it was. Does nothing where all is as it was."""
    with open_stores() as stores, account_of(stores.settings) as account:
        back = restore_account(account, stores.ledger)
        left = stores.ledger.switched_off.all()
    said = f"Restored: {', '.join(back)}." if back else describe_switched_off(left) or "Nothing is switched off."
    data = {"restored": back, "still_off": [one.name for one in left]}
    out.finish(data, said, Exit.FAILED if left else 0)


def _rows(found: Look) -> list[dict[str, Any]]:
    return [
        {
            "point": row.point.name,
            "effects": list(row.point.effects),
            "touches": row.point.touches,
            "options": list(row.point.options),
            "choice": row.choice,
            "open": row.open,
            "what": row.point.told,
        }
        for row in found.rows
    ]
