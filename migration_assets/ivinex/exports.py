"""The admin's exports: what no API shows, read from MIGRATION_HOME/admin_exports (ivinex-api.md 8, A-26).

Belongs here: CSV files as Excel and people write them (BOM, CRLF, semicolons), with errors that name file, line
and column. Does not belong here: what the rows mean to an asset.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from resources.ivinex import wire

USER_COLUMNS: Final = {
    "id": ("id", "user_id", "userid", "user id"),
    "username": ("username", "user name", "user_name", "login"),
    "first": ("first", "first name", "first_name"),
    "last": ("last", "last name", "last_name"),
    "email": ("email", "e-mail", "email address"),
    "active": ("active", "is_active", "status"),
}
TAB_COLUMNS: Final = {"tab": ("tab", "module", "name")}
_OPTIONAL_TITLE: Final = ("title", "role", "job title")
_ACTIVE_WORDS: Final = {"active": True, "inactive": False}


class ExportProblem(ValueError):
    """An export that cannot be read; names file, line and column, and what would help."""


@dataclass(frozen=True)
class ExportedUser:
    """One line of users.csv."""

    user_id: str
    username: str
    name: str
    email: str
    active: bool
    title: str


def users_file(home: Path) -> Path:
    """Where the list of users is expected."""
    return home / "admin_exports" / "users.csv"


def read_users(home: Path) -> list[ExportedUser] | None:
    """Reads users.csv; None where there is no such file.

    Raises:
        ExportProblem: a column is missing, an id is no number or occurs twice, `active` is neither yes nor no.
    """
    file = users_file(home)
    if not file.exists():
        return None
    users: dict[str, ExportedUser] = {}
    for line, row in _read(file, USER_COLUMNS, {"title": _OPTIONAL_TITLE}):
        number = row["id"]
        if not number.isdecimal():
            raise ExportProblem(f"{file}, line {line}, column id: a user id is a number")
        if number in users:
            raise ExportProblem(f"{file}, line {line}, column id: user {number} is listed twice")
        active = _ACTIVE_WORDS.get(row["active"].lower(), wire.boolean(row["active"]).value)
        if active is None:
            raise ExportProblem(f"{file}, line {line}, column active: expected true or false")
        name = f"{row['first']} {row['last']}".strip() or row["username"]
        users[number] = ExportedUser(number, row["username"], name, row["email"].lower(), active, row.get("title", ""))
    return list(users.values())


def read_tab_names(home: Path) -> list[str]:
    """Reads the tab names of tabs.csv, the admin's own list; empty where there is no such file.

    Raises:
        ExportProblem: the column `tab` is missing.
    """
    file = home / "admin_exports" / "tabs.csv"
    return [row["tab"] for _, row in _read(file, TAB_COLUMNS, {})] if file.exists() else []


def _read(
    file: Path, required: Mapping[str, Sequence[str]], optional: Mapping[str, Sequence[str]]
) -> list[tuple[int, dict[str, str]]]:
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = file.read_bytes()[: error.start].count(b"\n") + 1
        raise ExportProblem(f"{file}, line {line}: is not UTF-8; save it as 'CSV UTF-8'") from None
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        places = {key: _place(header, names) for key, names in {**required, **optional}.items()}
        if missing := [key for key in required if places[key] is None]:
            raise ExportProblem(f"{file}, line 1: missing columns {', '.join(missing)}; found {', '.join(header)}")
        rows = []
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                raise ExportProblem(
                    f"{file}, line {reader.line_num}: {len(cells)} columns where the first line has {len(header)}"
                )
            rows.append((reader.line_num, {k: cells[at].strip() for k, at in places.items() if at is not None}))
        return rows
    except csv.Error as error:
        raise ExportProblem(f"{file}, line {reader.line_num}: {error}") from None


def _place(header: Sequence[str], names: Sequence[str]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)
