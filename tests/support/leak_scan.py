"""Looks for people's data and credentials in everything that a migration leaves outside the places made for them.

It belongs here: what a dataset holds of people, and reading files, logs and databases for it. It does not: making the
migration that is looked at.
"""

import html
import json
import os
import re
import sqlite3
import zlib
from base64 import b64encode
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

PRIVATE = ("warehouse.duckdb", "warehouse.duckdb.wal", "files", "admin_exports", "private")
"""What holds people's data because it is for that (docs/security.md)."""
PRIVATE_COLUMNS = {("writes", "before"), ("images", "body"), ("confirmed_files", "content")}
"""Of the ledger: what was there before, for taking it back, and the files of a confirmation, for a lost home."""
_KEY = 8
_ADDRESS = re.compile(r"[\w.+-]{2,}@[\w-]+(?:\.[\w-]+)+")
_SENTENCE = re.compile(r"[^<>\n\r.!?;{}\[\]]{24,}")
_TEXTS = ("body", "body_plain", "description", "subject", "notes", "account_notes", "sales__returns__notes", "task")
_STREETS = ("mailing_street", "billing_street", "preferred_delivery_addres")


class Terms:
    """What must not be found, in every form in which a text may hold it."""

    def __init__(self) -> None:
        self._forms: dict[bytes, list[tuple[bytes, str]]] = {}

    def add(self, kind: str, value: str) -> None:
        value = " ".join(value.split())
        if len(value) < _KEY:
            return
        forms = {
            value,
            json.dumps(value)[1:-1],
            html.escape(value),
            *(quote(value, safe, errors="replace") for safe in ("/", "@")),
        }
        for form in {one.lower().encode("utf-8", "replace") for one in forms}:
            self._forms.setdefault(form[:_KEY], []).append((form, f"{kind}: {value[:60]}"))

    def __len__(self) -> int:
        return sum(map(len, self._forms.values()))

    def found_in(self, content: bytes) -> set[str]:
        content, forms, found = content.lower(), self._forms, set()
        for place in range(len(content) - _KEY + 1):
            for form, told in forms.get(content[place : place + _KEY], ()):
                if content.startswith(form, place):
                    found.add(told)
        return found


def terms_of(dataset: Path, credentials: Iterable[tuple[str, str]] = ()) -> Terms:
    """Every name, address, phone number, street, sentence and file name of the dataset, and every credential.

    An organization's name counts, because that of a sole trader is a person's. Names of groups do not: they are the
    shop's own words for its teams, and documents name a team by them (docs/security.md).

    Args:
        credentials: (user, secret) of either side.
    """
    terms = Terms()
    for path in dataset.glob("tabs/*/records.ndjson"):
        for row in _lines(path):
            _record(terms, row)
            if path.parent.name == "Organizations":
                terms.add("organization", str(row.get("organization_name") or ""))
    for path in dataset.glob("admin_exports/users.csv"):
        for line in path.read_text("utf-8-sig").splitlines()[1:]:
            cells = line.split(",")
            terms.add("agent", f"{cells[2]} {cells[3]}")
            terms.add("agent's address", cells[4])
    if (dataset / "files.ndjson").exists():
        for row in _lines(dataset / "files.ndjson"):
            terms.add("file name", str(row.get("name") or row.get("file_name") or ""))
    for user, secret in credentials:
        terms.add("credential", secret)
        terms.add("credential", b64encode(f"{user}:{secret}".encode()).decode())
    return terms


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text("utf-8").split("\n"):
        if line.strip():
            yield json.loads(line)


def _record(terms: Terms, row: dict[str, Any]) -> None:
    terms.add("name", f"{row.get('first_name') or ''} {row.get('last_name') or ''}")
    terms.add("name", f"{row.get('last_name') or ''}, {row.get('first_name') or ''}")
    for name, value in row.items():
        if not isinstance(value, str):
            continue
        for address in _ADDRESS.findall(value):
            terms.add("address", address)
        if "phone" in name:
            terms.add("phone", value)
        if name in _STREETS:
            terms.add("street", value)
        if name in _TEXTS:
            for sentence in _SENTENCE.findall(value)[:3]:
                terms.add("words", sentence.strip()[:40])


def leaks(home: Path, terms: Terms, more: dict[str, str] | None = None) -> list[str]:
    """`place: what`, of everything in the folder that is not made for people's data, and of texts given beside it.

    Args:
        more: name -> text, such as standard output.
    """
    contents = [(name, text.encode("utf-8", "replace")) for name, text in (more or {}).items()]
    for path in sorted(home.rglob("*")):
        place = path.relative_to(home)
        if path.is_file() and place.parts[0] not in PRIVATE and "dataset" not in place.parts:
            contents += _contents(path, str(place))
            contents.append((f"name of {place}", os.fsencode(str(place))))
    return sorted({f"{name}: {told}" for name, content in contents for told in terms.found_in(content)})


def _contents(path: Path, name: str) -> Iterator[tuple[str, bytes]]:
    content = path.read_bytes()
    if not content.startswith(b"SQLite format 3\x00"):
        if not path.name.endswith(("-wal", "-shm")):
            yield name, content
        return
    database = sqlite3.connect(path)
    try:
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            columns = [row[1] for row in database.execute(f'PRAGMA table_info("{table}")')]
            for column in columns:
                if (table, column) in PRIVATE_COLUMNS:
                    continue
                cells = database.execute(f'SELECT DISTINCT "{column}" FROM "{table}"')
                texts = [_readable(cell[0]) for cell in cells if cell[0] is not None]
                yield f"{name} {table}.{column}", b"\n".join(texts)
    finally:
        database.close()


def _readable(cell: Any) -> bytes:
    if not isinstance(cell, bytes):
        return str(cell).encode("utf-8", "replace")
    try:
        return zlib.decompress(cell)  # Dagster's snapshots
    except zlib.error:
        return cell


def raw_leaks(home: Path, terms: Terms) -> list[str]:
    """The same for a home in which nothing may be left: every byte of every file, deleted pages and logs included."""
    found = []
    for path in sorted(home.rglob("*")):
        if path.is_file():
            place = path.relative_to(home)
            found += [f"{place}: {told}" for told in terms.found_in(path.read_bytes())]
            if path.suffix in (".db", ".sqlite"):
                found += [
                    f"{name}: {told}"
                    for name, content in _contents(path, str(place))
                    for told in terms.found_in(content)
                ]
    return sorted(set(found))
