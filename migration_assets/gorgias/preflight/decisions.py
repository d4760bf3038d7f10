"""What a person decided about each point, and which points still close the load.

A decision to switch something off holds for the load: a delta runs beside a shop at work, so it switches nothing off
unless that was decided for deltas. It belongs here: asking and recording. It does not: the points, and acting on them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from migration_assets.gorgias.preflight.point import ACCEPT, EXCLUDE, EXCLUSION, OFF, Point
from resources.ledger import Ledger

NOT_APPLIED = f"excluded by tag, and the rule does not say so yet: add `{EXCLUSION}` to its condition"


@dataclass(frozen=True)
class PointDecision:
    """A point with its decision.

    Attributes:
        choice: what holds for this load; empty where nothing does.
        open: why it still closes the load; empty where it does not.
    """

    point: Point
    choice: str
    open: str = ""


def decided(ledger: Ledger, points: Sequence[Point], *, delta: bool) -> list[PointDecision]:
    """Each point with what was decided about it."""
    return [_decided(ledger, point, delta) for point in points]


def undecided(rows: Sequence[PointDecision]) -> list[PointDecision]:
    """Those that close the load."""
    return [row for row in rows if row.open]


def _decided(ledger: Ledger, point: Point, delta: bool) -> PointDecision:
    own = ledger.decisions.decision(point.topic_of_deltas) if delta else None
    own = own if own in point.options else None
    choice = own or ledger.decisions.decision(point.topic) or ""
    if choice not in point.options:
        return PointDecision(point, "", "not decided")
    if delta and choice == OFF and own is None:
        return PointDecision(point, choice, "decided off for the load, and not for deltas")
    if choice == EXCLUDE and point.name.startswith("rule:"):
        # A rule that excludes imported tickets is no point any more, so this one does not yet.
        return PointDecision(point, choice, NOT_APPLIED)
    return PointDecision(point, choice)


def record(ledger: Ledger, point: Point, choice: str, by: str, reason: str, *, deltas: bool) -> None:
    """Keep a decision that fits the point; one for the load and one for deltas stand side by side.

    Args:
        deltas: it is taken for deltas, and for the load as well where nothing holds for that yet.

    Raises:
        NameMissing: nobody is named.
    """
    if not deltas or ledger.decisions.decision(point.topic) not in point.options:
        ledger.decisions.decide(point.topic, choice, by, reason, of_load=True)
    if deltas:
        ledger.decisions.decide(point.topic_of_deltas, choice, by, reason, of_load=True)


def safest(point: Point) -> str:
    """What keeps the account from acting, with nobody's help: for a demo, whose account nobody works with."""
    return next(choice for choice in (OFF, EXCLUDE, ACCEPT, "fallback") if choice in point.options)


def remedy(rows: Sequence[PointDecision], *, delta: bool) -> str:
    """The points that close the load, one a line, and how they are decided from the UI and from the command."""
    lines = [f"  {row.point.name}: {row.point.told}. {row.open}: {_options(row.point, delta)}" for row in rows]
    return "\n".join(
        [
            f"{len(rows)} points of this account are open, so nothing was written:",
            *lines,
            "In the UI the job decide_preflight decides them (`topic` is the point; `rules` and `integrations` name "
            "all of them; for off type `switch_off`). What was changed in Gorgias and is not true any more is not "
            "asked: the same job or command looks again, and so does "
            f"{'`migrate preflight show --deltas`' if delta else '`migrate preflight show`'}.",
        ]
    )


def _options(point: Point, delta: bool) -> str:
    name, more = point.name, " --deltas" if delta else ""
    commands = [
        f"`migrate preflight decide {name} {option} --by NAME`"
        if point.own_topic
        else f"`migrate preflight decide {name} {option} --by NAME --reason TEXT{more}`"
        for option in point.options
    ]
    return f"{' or '.join(commands)} ({point.at_most})"
