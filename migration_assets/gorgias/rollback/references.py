"""Who refers to what among the objects that stay: an object that one of them needs is kept with it.

It belongs here: references by id. It does not: which objects stay (plan.py).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from migration_assets.gorgias.field_state import restored

Row = Mapping[str, Any]
_SAYING = ("code", "code_ast", "effects", "unless_tag", "filters", "filters_ast")
"""What a rule or view says, beside its own name and times."""


class References:
    """(object, Gorgias id) -> the first object that needs it, as `ticket 5001`; tags go by their name."""

    def __init__(self) -> None:
        self._by: dict[tuple[str, int | str], str] = {}
        self._texts: list[tuple[str, str]] = []
        self._values: dict[int, set[str]] = {}

    def of(self, object: str, row: Row) -> str | None:
        """Who needs this object."""
        found = self._by.get((object, row["name"] if object == "tags" else row["id"]))
        return found or next((told for told, text in self._texts if _names(text, object, row)), None)

    def values_of(self, field: int) -> set[str]:
        """The values of a custom field that objects which stay hold."""
        return self._values.get(field, set())

    def add_text(self, told: str, row: Row) -> None:
        """A rule or view: what it says is code, so a name in quotes or an id as a number counts as a reference."""
        self._texts.append((told, " ".join(_leaves([row.get(name) for name in _SAYING]))))

    def add_ticket(self, row: Row) -> None:
        """A ticket as Gorgias shows it, singly or in a list."""
        told = f"ticket {row['id']}"
        for name, kind in (("customer", "customers"), ("assignee_user", "users"), ("assignee_team", "teams")):
            self._add(kind, (row.get(name) or {}).get("id"), told)
        for tag in row.get("tags") or ():
            self._add("tags", tag.get("name"), told)
        self._fields(row.get("custom_fields"), told)
        for message in row.get("messages") or ():
            for name in ("sender", "receiver"):
                self._person((message.get(name) or {}).get("id"), told)

    def add_base(self, number: int, base: Row) -> None:
        """What we left in a ticket: also what a list does not show of it."""
        told = f"ticket {number}"
        for (name, element), value in restored(base["ticket"]).items():
            if name == "customer":
                self._add("customers", value, told)
            elif name in {"assignee_user", "assignee_team"}:
                self._add(f"{name.removeprefix('assignee_')}s", value, told)
            elif name == "tags":
                self._add("tags", element, told)
            elif name == "custom_fields":
                self._value(int(element), value, told)
        for message in base["messages"].values():
            state = restored(message["state"])
            for name in ("sender", "receiver"):
                self._person(state.get((name, "")), told)

    def add_customer(self, row: Row) -> None:
        self._fields(row.get("custom_fields"), f"customer {row['id']}")

    def add_team(self, row: Row) -> None:
        for member in row.get("members") or ():
            self._add("users", member.get("id"), f"team {row['id']}")

    def _fields(self, values: Any, told: str) -> None:
        if isinstance(values, Mapping):
            for number, value in values.items():
                held = value.get("value") if isinstance(value, Mapping) else value
                if held not in (None, "", []):
                    self._value(int(number), held, told)

    def _value(self, field: int, value: Any, told: str) -> None:
        self._add("custom_fields", field, told)
        self._values.setdefault(field, set()).update(map(str, value if isinstance(value, list) else [value]))

    def _person(self, number: Any, told: str) -> None:
        """A sender is a customer or a user; ids are of one range."""
        self._add("customers", number, told)
        self._add("users", number, told)

    def _add(self, kind: str, number: Any, told: str) -> None:
        if number is not None:
            self._by.setdefault((kind, number), told)


def _names(text: str, object: str, row: Row) -> bool:
    if object in {"tags", "teams"} and any(f"{quote}{row['name']}{quote}" in text for quote in "\"'"):
        return True
    return object not in {"tags", "customers"} and re.search(rf"\b{row['id']}\b", text) is not None


def _leaves(value: Any) -> Iterator[str]:
    """Every value, texts of structures in quotes as in code."""
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _leaves(one if not isinstance(one, str) else f'"{one}"')
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    elif value is not None:
        yield str(value)
