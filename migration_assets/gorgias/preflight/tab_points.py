"""Suspect tabs of Ivinex as points: what may be hidden from the API user is not loaded before somebody accepts that.

It belongs here: from a verdict to a point. It does not: the verdicts (mapping/tab_verdicts.py).
"""

from collections.abc import Iterator

from migration_assets.gorgias.preflight.point import ACCEPT, Effect, Point, mark_of
from migration_assets.mapping.tab_verdicts import Verdict, kept_verdicts
from resources.warehouse import Warehouse

PREFIX = "tab:"


def tab_points(warehouse: Warehouse) -> Iterator[Point]:
    """One for each suspect tab; another reason than the accepted one is asked again."""
    for one in kept_verdicts(warehouse):
        if one.verdict is Verdict.suspect:
            told = (
                f"tab {one.number} of Ivinex is suspect: {'; '.join(one.reasons)}. Have the Ivinex admin give the API "
                "user the Read permission and read again (the job discover, or `migrate discover`), or accept that it "
                "is complete as it was read"
            )
            yield Point(f"{PREFIX}{one.number}", told, (Effect.unknown,), None, (ACCEPT,), mark_of(one.reasons))
