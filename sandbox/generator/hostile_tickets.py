"""Tickets that are hard to migrate, one case each, by the ticket's index."""

from __future__ import annotations

from sandbox.generator import nasty
from sandbox.generator.hostile_contacts import CASES as CONTACT_CASES
from sandbox.generator.people import FIRST_CONTACT
from sandbox.generator.tables import Table
from sandbox.generator.tickets import Made

DEFAULT_KEYS = frozenset({"created_date", "created_by", "modified_date", "modified_by"})
CASES: tuple[dict[str, str | None], ...] = (
    {"created_date": nasty.BEFORE_2015},
    {"created_date": None},
    {"created_date": nasty.ZERO},
    {"created_date": nasty.IMPOSSIBLE},
    {"created_date": nasty.ANCIENT},
    {"created_date": nasty.LAST_YEAR},
    {"created_date": nasty.FUTURE, "modified_date": nasty.FUTURE},
    {"contact": "0"},
    {"contact": nasty.NOWHERE},
    {"subject": nasty.long_text(1_200)},
    {"subject": nasty.CONTROL, "description": f"<p>{nasty.CONTROL}</p>"},
    {"subject": nasty.SURROGATE, "description": f"<p>{nasty.SURROGATE}</p>"},
    {"subject": nasty.RIGHT_TO_LEFT, "description": f"<p dir=rtl>{nasty.RIGHT_TO_LEFT}</p>"},
    {"subject": nasty.EMOJI, "description": nasty.SCRIPT},
    {"status": nasty.LOST_OPTION, "priority": "29002"},
    {"owner": nasty.UNKNOWN_USER, "escalated_to": nasty.UNKNOWN_USER},
    {"description": f"<p>{nasty.long_text(1_100_000)}</p>"},
    {"due": "2023-02-30", "closed": nasty.LAST_YEAR},
    {"tracking": nasty.long_text(70_000), "essay": nasty.long_text(40_000)},
    {"description": ""},
    {"store": "last option", "mystery": "from another dimension", "emoji": "🎀"},
    {"created_by": nasty.UNKNOWN_USER, "modified_by": nasty.UNKNOWN_USER},
    {"subject": ""},
    {"subject": " \n\t \r\n", "number": ""},
    {"order_total": "12,345.67", "items": "many", "refund": "-0.01", "age": "NaN"},
    {"tags": f"{nasty.LOST_OPTION},29002,"},
    {"modified_date": nasty.BEFORE_2015},
    {"link": "javascript:alert(1)", "escalated": "Yes"},
)
FIRST_WITH_HARD_CONTACT = 105


def change_ticket(table: Table, made: Made) -> None:
    """Changes a ticket in place where its index is one of the cases; later ones get the hard contacts."""
    if made.index < len(CASES):
        for key, value in CASES[made.index].items():
            name = key if key in DEFAULT_KEYS else table.names[key]
            made.row[name] = value
        if "store" in CASES[made.index]:
            made.row[table.names["store"]] = list(table.options["store"].values())[-1]
    hard = made.index - FIRST_WITH_HARD_CONTACT
    if 0 <= hard < len(CONTACT_CASES):
        made.row[table.names["contact"]] = str(FIRST_CONTACT + hard)
