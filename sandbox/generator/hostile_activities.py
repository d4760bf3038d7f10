"""Activities that are hard to migrate: each case spoils the first activity of one ticket.

One ticket, which has no description either, loses all of its activities: they hang on no ticket.
"""

from __future__ import annotations

from typing import Any

from sandbox.generator import nasty
from sandbox.generator.hostile_tickets import DEFAULT_KEYS
from sandbox.generator.people import SUPPORT_ADDRESS
from sandbox.generator.schema import TICKETS
from sandbox.generator.tables import Table
from sandbox.generator.tickets import FIRST_TICKET, Made

WITHOUT_ACTIVITIES = 19
FIRST_CASE = 40
MANY = ", ".join(f"person{number}@mail.example" for number in range(60))
CASES: tuple[dict[str, str | None], ...] = (
    {"body": f"<p>{nasty.CONTROL}</p>", "plain": nasty.CONTROL},
    {"body": f"<p>{nasty.SURROGATE}</p>", "plain": nasty.SURROGATE},
    {"body": f"<p>{nasty.long_text(1_048_576 - 7)}</p>", "plain": ""},
    {"body": f"<p>{nasty.long_text(1_200_000)}</p>", "plain": nasty.long_text(1_150_000)},
    {"body": nasty.SCRIPT, "plain": ""},
    {"body": nasty.IMAGES, "plain": "See [image]"},
    {"body": f"<p dir=rtl>{nasty.RIGHT_TO_LEFT} {nasty.EMOJI}</p>", "plain": nasty.RIGHT_TO_LEFT},
    {"to": '["ann@mail.example", "bob@mail.example"]', "cc": "[]"},
    {"to": "Ann; Bob Builder <bob@mail.example>; support"},
    {"to": "undisclosed-recipients:;", "bcc": "null"},
    {"sender": ""},
    {"sender": "Stranger <stranger@elsewhere.example>"},
    {"sender": '"Quoted, Name" <quoted@mail.example>', "to": MANY},
    {"files": "see the mail"},
    {"created_date": None},
    {"created_date": nasty.IMPOSSIBLE, "start": nasty.IMPOSSIBLE},
    {"created_date": nasty.LAST_YEAR},
    {"created_date": nasty.BEFORE_2015},
    {"created_by": nasty.UNKNOWN_USER, "assigned": nasty.UNKNOWN_USER},
    {"kind": nasty.LOST_OPTION},
    {"kind": "0", "subject": "", "body": "", "plain": ""},
    {"email_id": "<same@mail.example>"},
    {"email_id": "<same@mail.example>"},
    {"email_id": "no brackets, and spaces"},
    {"duration": "a while", "disposition": nasty.LOST_OPTION},
    {"subject": nasty.long_text(1_500)},
    {"body": "", "plain": "Plain only.\r\nSecond line."},
    {"ticket": "0"},
    {"ticket": nasty.NOWHERE},
)
ON_TWO_TICKETS = FIRST_CASE + len(CASES)


def change_activities(table: Table, made: Made) -> tuple[str, str] | None:
    """Spoils the ticket's first activity in place where its index is one of the cases.

    Returns:
        The ends of a Related link to write, for the one activity that hangs on two tickets.
    """
    if made.index == WITHOUT_ACTIVITIES:
        for row in made.activities:
            row[table.names["ticket"]] = "0"
    row = made.activities[0]
    if made.index == ON_TWO_TICKETS:
        return f"{table.number}:{row['collection_id']}", f"{TICKETS}:{FIRST_TICKET + made.index - 1}"
    case = made.index - FIRST_CASE
    if 0 <= case < len(CASES):
        make_email(table, row)
        for key, value in CASES[case].items():
            row[key if key in DEFAULT_KEYS else table.names[key]] = value
    return None


def make_email(table: Table, row: dict[str, Any]) -> None:
    """Turns any activity into an incoming e-mail."""
    names = table.names
    row[names["kind"]] = table.option("kind", "Email In")
    row[names["sender"]] = row[names["sender"]] or "someone@mail.example"
    row[names["to"]] = row[names["to"]] or SUPPORT_ADDRESS
    row[names["email_id"]] = row[names["email_id"]] or f"<{row['collection_id']}@mail.example>"
    row["created_by"] = "0"
