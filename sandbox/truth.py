"""How sure every behaviour of the sandbox is: documented, recorded of a live account, seen in a client, or assumed.

Each open question is a switch, and its default is one of these too; what is assumed without a switch says so. The page
docs/sandbox.md shows the same table, which a test holds it to. It belongs here: the table. It does not: how anything
behaves (gorgias/, ivinex/).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

import click

from sandbox.gorgias.switches import SWITCHES as GORGIAS_SWITCHES
from sandbox.ivinex.switches import SWITCHES as IVINEX_SWITCHES


class Basis(StrEnum):
    """Where a behaviour is known from."""

    documented = "documented"
    recorded = "recorded"
    client = "seen in a client"
    assumed = "assumed"


@dataclass(frozen=True)
class Behaviour:
    """
    Attributes:
        source: section of gorgias-api.md or ivinex-api.md.
        switch: the switch that gives another answer; empty: there is none.
    """

    side: str
    what: str
    basis: Basis
    source: str
    switch: str = ""


_D, _R, _C, _A = Basis.documented, Basis.recorded, Basis.client, Basis.assumed

_GORGIAS: tuple[tuple[str, Basis, str], ...] = (
    ("one leaky bucket of 40 requests in 20 s for all keys of the account, one of 80 for its apps", _D, "2"),
    ("429 with Retry-after in whole seconds; the request is not carried out", _D, "2"),
    ("lists by opaque cursor, 30 rows by default, 100 at most", _D, "3"),
    ("settings and the tags and values of one object come all at once, without pages", _R, "3"),
    ("errors as {error: {msg, data}}", _R, "4"),
    ("repeated slashes in a path are one", _C, "14"),
    ("tickets by view_id, and a view's items with next_items and prev_items; of its filters the plain ones", _C, "3"),
    ("macros are stored, listed and archived; none is applied", _D, "10"),
    ("301 with an empty body for what was merged away", _D, "4"),
    ("403 where the role is too low; which role may do what", _A, "4"),
    ("the unknown key of a body is refused on customers and users", _D, "6.2"),
    ("datetimes with offset and microseconds", _R, "5"),
    ("a create keeps given created and opened times; messages too", _R, "6.7"),
    ("up to 500 messages in a ticket create", _D, "6.7"),
    ("an agent's message without sent_datetime is sent; one with it, or an internal note, is not", _D, "7"),
    ("an incoming message gets its sent_datetime from its own time", _R, "7"),
    ("a fresh account has surveys on for four channels, auto-split on and auto-merge off", _R, "14"),
    ("a fresh account has seven active managed custom fields", _R, "14"),
    ("at most 25 active custom fields; managed ones count", _A, "6.5"),
    ("values are replaced as a whole set; one of a managed field cannot be left out", _R, "6.6"),
    ("a used e-mail address, tag name or label is refused", _C, "4"),
    ("a rule that replies does not fire on channel api", _D, "8"),
    ("a rule is off while deactivated_datetime is set", _D, "8"),
    ("what a rule does is declared beside it; of its code only the exclusion by a tag is read", _A, "8"),
    ("AI Agent answers open tickets unless they carry ai_ignore, as a user of the role bot", _A, "8"),
    ("an automatic answer is a message on the ticket; one of a rule names it", _A, "8"),
    ("a survey that is sent leaves the event satisfaction-survey-sent on the ticket", _D, "10"),
    ("auto-merge joins open tickets of one customer and channel within its window", _D, "14"),
    ("auto-split makes a ticket of a customer's e-mail after the silence", _D, "8"),
    ("writes make events with the API's user, and nobody can make or delete one", _R, "8"),
    ("uploads cannot be listed or deleted; a download redirects without credentials", _C, "9"),
    ("a deleted ticket takes its messages and survey", _D, "11"),
)
_GORGIAS_SWITCHES: dict[str, Basis] = {
    **dict.fromkeys(("G-20", "G-22", "G-32", "G-33", "G-39", "G-40", "G-44"), _D),
    **dict.fromkeys(("G-03", "G-27"), _R),
    **dict.fromkeys(("G-01", "G-43", "G-46"), _C),
}
"""Whose default is more than an assumption; G-44: that auto-split is on, not whom it hits."""
_IVINEX: tuple[tuple[str, Basis, str], ...] = (
    ("the classic calls by name and Records.php", _D, "1"),
    ("Offset and Limit are the only parameters that act on reads", _A, "3"),
    ("a blocked tab is missing; an unreadable one looks empty", _A, "10"),
    ("a write is carried out by GET as well", _A, "2"),
)


def behaviours() -> list[Behaviour]:
    """All of both sides, those with a switch last."""
    found = [Behaviour("Gorgias", *row) for row in _GORGIAS]
    found += [Behaviour("Ivinex", *row) for row in _IVINEX]
    found += [
        Behaviour("Gorgias", one.name, _GORGIAS_SWITCHES.get(one.id, _A), one.reference.partition(":")[0], one.id)
        for one in GORGIAS_SWITCHES
    ]
    return found + [Behaviour("Ivinex", one.name, _A, "12", one.id) for one in IVINEX_SWITCHES.values()]


def counts() -> list[tuple[str, int, int]]:
    """Basis, how many, and how many of these have a switch."""
    rows = behaviours()
    every, switched = (Counter(one.basis for one in some) for some in (rows, [one for one in rows if one.switch]))
    return [(basis, every[basis], switched[basis]) for basis in Basis]


@click.command()
def truth() -> None:
    """How sure each behaviour is, with its source and its switch; and how many there are of each kind."""
    for one in behaviours():
        click.echo(f"{one.basis:<17} {one.side:<8} {one.source:<7} {one.switch or '-':<5} {one.what}")
    click.echo()
    for basis, number, switched in counts():
        click.echo(f"{basis:<17} {number:>3}, of these {switched} with a switch")
