"""The admin's exports: what no API shows, read from MIGRATION_HOME/admin_exports (ivinex-api.md 8, A-26).

Belongs here: CSV files as Excel and people write them (BOM, CRLF, semicolons, `="007"`), with errors that name file,
line and column, and what is said of a file that is not there. Does not belong here: JSON files (json_export.py) and
what the rows mean to an asset.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from migration_assets.losses import EXPORT_MISSING
from resources.ivinex import wire
from resources.ledger import Ledger, Loss

USER_COLUMNS: Final = {
    "id": ("id", "user_id", "userid", "user id"),
    "username": ("username", "user name", "user_name", "login"),
    "first": ("first", "first name", "first_name"),
    "last": ("last", "last name", "last_name"),
    "email": ("email", "e-mail", "email address"),
    "active": ("active", "is_active", "status"),
}
GROUP_COLUMNS: Final = {
    "group_id": ("group_id", "groupid", "group id"),
    "group": ("group", "group name", "group_name"),
    "user_id": ("user_id", "userid", "user id"),
    "username": ("username", "user name", "user_name", "login"),
}
TAB_COLUMNS: Final = {"tab": ("tab", "module", "name")}
RESTRICTED_COLUMNS: Final = {
    "tab": ("tab", "module"),
    "field": ("field", "field name", "field_name", "display text"),
    "group": ("group", "group name", "group_name"),
}
HISTORY_FILE: Final = "change_history.csv"
HISTORY_COLUMNS: Final = {
    "changed_date": ("changed_date", "changed date", "date", "changed at", "date changed", "time"),
    "tab": ("tab", "module"),
    "collection_id": ("collection_id", "collectionid", "record id", "record_id", "id"),
    "field": ("field", "field name", "display text"),
    "old_value": ("old_value", "old value", "old", "from"),
    "new_value": ("new_value", "new value", "new", "to"),
    "changed_by": ("changed_by", "changed by", "user", "username"),
}
_OPTIONAL_TITLE: Final = ("title", "role", "job title")
_ACTIVE_WORDS: Final = {"active": True, "inactive": False}
_EXCEL_TEXT: Final = re.compile(r'="(.*)"', re.DOTALL)
csv.field_size_limit(16 * 2**20)  # an old value may be a whole description; Python's own limit is 128 KB


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


@dataclass(frozen=True)
class Membership:
    """One line of groups.csv; `user_id` is None on the line of a group without members."""

    group_id: str
    group_name: str
    user_id: str | None
    username: str


def export_file(home: Path, name: str) -> Path:
    """Where an export of the admin is expected."""
    return home / "admin_exports" / name


def users_file(home: Path) -> Path:
    """Where the list of users is expected."""
    return export_file(home, "users.csv")


def missing_export_message(file: Path, columns: Iterable[str]) -> str:
    """One sentence on a file that is not there and what would be in it."""
    return f"{file} is missing; it needs {', '.join(columns)}"


def record_missing(ledger: Ledger, object: str, file: Path, problem: str) -> None:
    """Say for the report that an export is missing (`problem` from `missing_export_message`), or with "" that it is
    there."""
    ledger.losses.record_losses("ivinex", object, [Loss(file.name, EXPORT_MISSING, detail=problem)] if problem else [])


def read_users(home: Path) -> list[ExportedUser] | None:
    """Reads users.csv; None where there is no such file.

    Raises:
        ExportProblem: a column is missing, an id is no number or occurs twice, `active` is neither yes nor no.
    """
    file = users_file(home)
    if not file.exists():
        return None
    users: dict[str, ExportedUser] = {}
    for line, row in read_rows(file, USER_COLUMNS, {"title": _OPTIONAL_TITLE}):
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


def groups_file(home: Path) -> Path:
    """Where the list of groups is expected."""
    return export_file(home, "groups.csv")


def read_groups(home: Path) -> list[Membership] | None:
    """Reads groups.csv, a line per member; None where there is no such file.

    Raises:
        ExportProblem: a column is missing, an id is no number, a group has no name or two names.
    """
    file = groups_file(home)
    if not file.exists():
        return None
    names: dict[str, str] = {}
    members: dict[tuple[str, str], Membership] = {}
    for line, row in read_rows(file, GROUP_COLUMNS, {}):
        group, name, user = row["group_id"], row["group"], row["user_id"]
        if not group.isdecimal():
            raise ExportProblem(f"{file}, line {line}, column group_id: a group id is a number")
        if not name or names.setdefault(group, name) != name:
            raise ExportProblem(f"{file}, line {line}, column group: group {group} needs one name on all its lines")
        if not user.isdecimal() and (user or row["username"]):
            raise ExportProblem(f"{file}, line {line}, column user_id: a user id is a number")
        members[group, user] = Membership(group, name, user or None, row["username"])
    return list(members.values())


def read_tab_names(home: Path) -> list[str]:
    """Reads the tab names of tabs.csv, the admin's own list; empty where there is no such file.

    Raises:
        ExportProblem: the column `tab` is missing.
    """
    file = export_file(home, "tabs.csv")
    return [row["tab"] for _, row in read_rows(file, TAB_COLUMNS, {})] if file.exists() else []


def read_rows(
    file: Path, required: Mapping[str, Sequence[str]], optional: Mapping[str, Sequence[str]]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Reads a CSV file line by line, however long it is.

    Args:
        required: our name of a column -> the headings that people give it, in lower case.
        optional: the same, for columns that may be absent.

    Yields:
        Line number, and our names -> cells without blanks around them. Empty lines are left out.

    Raises:
        ExportProblem: no UTF-8, no such column, another number of cells than the first line has, broken quotes.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            yield from _rows(file, lines, required, optional)
    except UnicodeDecodeError:
        raise ExportProblem(f"{file}, line {_not_utf8(file)}: is not UTF-8; save it as 'CSV UTF-8'") from None


def _rows(
    file: Path,
    lines: Iterator[str],
    required: Mapping[str, Sequence[str]],
    optional: Mapping[str, Sequence[str]],
) -> Iterator[tuple[int, dict[str, str]]]:
    head, before = next(lines, ""), 1
    if head.lower().startswith("sep="):  # Excel's own line on which character parts the cells
        head, before = next(lines, ""), 2
    delimiter = max(",;\t", key=head.count)
    header = [cell.strip().lower() for cell in next(csv.reader([head], delimiter=delimiter), [])]
    places = {key: _place(header, names) for key, names in {**required, **optional}.items()}
    if missing := [key for key in required if places[key] is None]:
        found = ", ".join(header)
        raise ExportProblem(f"{file}, line {before}: missing columns {', '.join(missing)}; found {found}")
    kept = [(key, at) for key, at in places.items() if at is not None]
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            line = before + reader.line_num
            if len(cells) != len(header):
                raise ExportProblem(f"{file}, line {line}: {len(cells)} columns where the first has {len(header)}")
            yield line, {key: _plain(cells[at]) for key, at in kept}
    except csv.Error as error:
        raise ExportProblem(f"{file}, line {before + reader.line_num}: {error}") from None


def _plain(cell: str) -> str:
    """A cell as it is meant: Excel writes `="007"` for a text that looks like a number."""
    found = _EXCEL_TEXT.fullmatch(text := cell.strip())
    return found[1].replace('""', '"') if found else text


def _not_utf8(file: Path) -> int:
    """The first line that is no UTF-8."""
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return 1


def _place(header: Sequence[str], names: Sequence[str]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)
