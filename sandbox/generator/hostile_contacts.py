"""Contacts that are hard to turn into customers, one case each, by the contact's index."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sandbox.generator import nasty
from sandbox.generator.people import Contact
from sandbox.generator.tables import Table

CASES: tuple[dict[str, str], ...] = (
    {"email": "", "phone": ""},
    {"email": "", "phone": "3035550199"},
    {"email": "family@mail.example"},
    {"email": "family@mail.example"},
    {"email": "Casey.Jones@Mail.Example"},
    {"email": "casey.jones@mail.example"},
    {"email": "not an address"},
    {"email": "two@@signs.example"},
    {"email": "  spaced@mail.example \t"},
    {"email": "first@mail.example; second@mail.example"},
    {"first": nasty.RIGHT_TO_LEFT, "last": "כהן"},
    {"first": nasty.EMOJI, "last": ""},
    {"first": nasty.long_text(10_000), "last": "Long"},
    {"first": nasty.CONTROL, "notes": nasty.SURROGATE},
    {"owner": nasty.UNKNOWN_USER},
    {"organization": nasty.NOWHERE},
    {"country": nasty.LOST_OPTION, "interests": f"{nasty.LOST_OPTION},29002"},
    {"phone": "call my mother", "phone2": "+43 (0)1 / 234-56 78 ext. 9", "since": "2023-02-30"},
    {"email": f"{nasty.long_text(330, 'a')}@mail.example", "since": "0001-01-01"},
    {"email": "undefined", "first": "", "last": ""},
    {"email": "üma.ñandú@bücher.example"},
)


def change_contact(table: Table, index: int, contact: Contact, row: dict[str, Any]) -> Contact:
    """Changes the row in place where its index is one of the cases; returns what tickets will know of it."""
    if index >= len(CASES):
        return contact
    case = CASES[index]
    for key, value in case.items():
        row[table.names[key]] = value
    name = f"{row[table.names['first']]} {row[table.names['last']]}".strip() or "Nobody"
    organization = contact.organization if "organization" not in case else 0
    email, phone = str(row[table.names["email"]]), str(row[table.names["phone"]])
    return replace(contact, name=name, email=email, phone=phone, organization=organization)
