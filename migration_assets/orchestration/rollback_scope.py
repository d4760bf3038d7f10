"""The scope of a rollback as a person gives it, checked."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from typing import Final

import dagster as dg

from migration_assets.gorgias.rollback.scope import KINDS, Scope
from migration_assets.orchestration.rollback_refused import RollbackRefused
from migration_assets.run_tags import ID_TAG, PARENT_TAG
from resources.ledger import Ledger

_SHORTEST: Final = 8
"""Characters by which the UI shows a run."""
_SHOWN: Final = 10


Runs = Callable[[str], set[str]]
"""The runs that a run or a command drove, by its id."""


def requested_scope(
    first: str | None,
    last: str | None,
    objects: Iterable[str],
    run: str | None,
    sample: bool,
    ledger: Ledger,
    driven: Runs,
    deleted_at_source: bool = False,
) -> Scope:
    """
    Args:
        run: id of a run as the UI shows it, of a run that drove others, or the beginning of one.
        sample: the sample, however often it was extended.
        deleted_at_source: with it, also what no later load could make again.

    Raises:
        RollbackRefused: names the field and what is wrong with it.
    """
    begin, end = _day("first", first), _day("last", last)
    named = tuple(name.strip() for name in objects if name.strip())
    if begin and end and begin > end:
        raise RollbackRefused(f"first: {begin} is after last: {end}. Swap them, or leave one out. Nothing was done.")
    if unknown := [name for name in named if name not in KINDS]:
        raise RollbackRefused(
            f"objects: {', '.join(unknown)} cannot be taken back by itself. There are {', '.join(KINDS)}. Nothing was "
            "done."
        )
    if (begin or end) and named not in ((), ("tickets",)):
        raise RollbackRefused(
            "Days are of tickets; what tickets of several days share is taken back with everything. Give days or "
            "objects, not both. Nothing was done."
        )
    whole = "A run" if run is not None and run.strip() else "The sample" if sample else ""
    if whole and (begin or end or named or (sample and whole == "A run")):
        raise RollbackRefused(
            f"{whole} is taken back as a whole: give run, or sample, or days, or objects. Nothing was done."
        )
    if sample:
        return replace(_of_sample(ledger), deleted_at_source=deleted_at_source)
    if run is not None and run.strip():
        return replace(_of_run(run.strip(), ledger, driven), deleted_at_source=deleted_at_source)
    kinds = tuple(name for name in KINDS if name in named)
    return Scope(begin, end, kinds, deleted_at_source=deleted_at_source)


def driven_by(instance: dg.DagsterInstance) -> Runs:
    """Looks for them in the instance: a job such as migrate_range, and a command, load in runs of their own."""

    def look(run: str) -> set[str]:
        found = (instance.get_runs(dg.RunsFilter(tags={tag: run})) for tag in (PARENT_TAG, ID_TAG))
        return {one.run_id for runs in found for one in runs}

    return look


def _of_run(run: str, ledger: Ledger, driven: Runs) -> Scope:
    known = ledger.rollbacks.runs_that_made()
    begun = [one for one in known if one.startswith(run)] if len(run) >= _SHORTEST else []
    whole = begun[0] if len(begun) == 1 else run
    members = ledger.rollbacks.made_in({whole, *driven(whole)})
    if not members:
        listed = f"Runs that made some: {', '.join(known[-_SHOWN:])}" if known else "No run made any"
        raise RollbackRefused(f"run: nothing in Gorgias was made in run {run}. {listed}. Nothing was done.")
    return Scope(run=whole, members=frozenset(members))


def _of_sample(ledger: Ledger) -> Scope:
    members = frozenset((name, one) for name in ("tickets", "customers") for one in ledger.samples.sample_records(name))
    if not members:
        raise RollbackRefused(
            "No sample is in Gorgias, so there is none to take back. The job migrate_sample, or `migrate sample "
            "--tickets 50`, makes one. Nothing was done."
        )
    return Scope(sample=True, members=members)


def _day(name: str, text: str | None) -> str:
    if text is None or not text.strip():
        return ""
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise RollbackRefused(f"{name}: {text!r} is no day. Write it as YYYY-MM-DD. Nothing was done.") from None
