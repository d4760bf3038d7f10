"""What a discovery read, redacted, as a folder that the sandbox serves: to try a map or a fault on a site of that form.

Ids, options, links and flags stay, since the form of a site is in them. Every text becomes another one of the same
form: letters and digits are replaced under a key that is forgotten, so that equal texts stay equal and nobody finds
back. It belongs here: redaction, and writing the folder. It does not: reading Ivinex, and files, which are left out.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson

from migration_assets.documents import private_folder
from migration_assets.mapping.profile import SWEEPS
from migration_assets.mapping.target_fields import PLATFORM_FIELDS
from migration_assets.transforms.apply import parse_raw
from resources.warehouse import Warehouse

FOLDER = "capture"
_KEPT = frozenset({"dropdown", "multi", "checkbox", "user", "link", "default"})
_LEFT_OUT = frozenset({"file", "layout"})
_DATES = frozenset({"date", "datetime"})
_DAY = re.compile(r"^([12]\d{3})-(\d\d)-(\d\d)")
_ADDRESS = re.compile(r"([^@\s<>\"',;:()]+)@([^@\s<>\"',;:()]+)")
_TAG = re.compile(r"<(/?[a-zA-Z][a-zA-Z0-9]*)[^>]*>|<!--.*?-->|<[!?][^>]*>", re.DOTALL)
_WORD = re.compile(r"[^\W_]+")
_NUMBERS = frozenset({"0", "0.00", "0000-00-00", "0000-00-00 00:00:00", "true", "false", "null"})


def write_capture(warehouse: Warehouse, home: Path, zone: str) -> Path:
    """Write MIGRATION_HOME/private/capture anew, and return it.

    Args:
        zone: IVINEX_TIMEZONE.
    """
    folder = private_folder(home) / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    private_folder(home, FOLDER, "tabs")
    redact = redactor(secrets.token_bytes(32))
    users = warehouse.rows("SELECT user_id FROM ivinex.users", if_exists="ivinex.users")
    _write(
        folder / "site.json",
        {
            "time_zone": zone,
            "api_users": [{"id": "2", "username": "capture", "password": "capture"}],
            "users": {str(row["user_id"]): f"user{row['user_id']}" for row in users},
        },
    )
    _write(folder / "gorgias.json", {"auth": [{"email": "capture@sandbox.example", "api_key": "capture"}]})
    listed = warehouse.rows(
        "SELECT collection_type_id AS number, tab FROM ivinex.tabs WHERE listed AND "
        "regexp_full_match(collection_type_id, '[0-9]+') ORDER BY 1"
    )
    for tab in listed:
        inside = private_folder(home, FOLDER, "tabs", str(tab["number"]))
        fields = warehouse.rows(
            "SELECT * FROM ivinex.fields WHERE collection_type_id = ? AND kind <> 'default' ORDER BY position",
            [tab["number"]],
        )
        _write(inside / "fields.json", _tab(str(tab["number"]), str(tab["tab"]), fields))
        kinds = {str(field["field_name"]): str(field["kind"]) for field in fields}
        with (inside / "records.ndjson").open("wb") as file:
            for record in _records(warehouse, str(tab["number"])):
                file.write(orjson.dumps(redacted(record, kinds, redact)) + b"\n")
    with (folder / "links.ndjson").open("wb") as file:
        for link in _links(warehouse):
            file.write(orjson.dumps(link) + b"\n")
    return folder


def redactor(key: bytes) -> Callable[[str], str]:
    """Replaces letters by letters and digits by digits, the same in every text."""

    def word(found: re.Match[str]) -> str:
        return _replaced(found[0], key)

    def text(value: str) -> str:
        parts, end = [], 0
        for tag in _TAG.finditer(value):
            parts += [_words(value[end : tag.start()], word), f"<{tag[1]}>" if tag[1] else ""]
            end = tag.end()
        return "".join([*parts, _words(value[end:], word)])

    return text


def redacted(record: dict[str, Any], kinds: dict[str, str], redact: Callable[[str], str]) -> dict[str, Any]:
    """A record with other words in it. A key that no field explains is left out."""
    found: dict[str, Any] = {}
    for name, value in record.items():
        kind = kinds.get(name, "")
        if name in PLATFORM_FIELDS or kind in _KEPT:
            found[name] = value if isinstance(value, str) else "" if value is None else orjson.dumps(value).decode()
        elif kind in _LEFT_OUT or not kind or not isinstance(value, str):
            continue
        elif value.strip() in _NUMBERS:
            found[name] = value
        elif kind in _DATES and _DAY.match(value):
            digits = int(hashlib.sha256(redact(value).encode()).hexdigest(), 16)
            found[name] = _DAY.sub(lambda day, n=digits: f"{day[1]}-{n % 12 + 1:02}-{n // 12 % 28 + 1:02}", value)  # type: ignore[misc]
        else:
            found[name] = redact(value)
    return found


def _words(text: str, word: Callable[[re.Match[str]], str]) -> str:
    """Addresses end in .invalid, so that no replaced one is anybody's."""
    parts, end = [], 0
    for address in _ADDRESS.finditer(text):
        local, domain = (_WORD.sub(word, part) for part in address.groups())
        parts += [_WORD.sub(word, text[end : address.start()]), f"{local}@{domain}.invalid"]
        end = address.end()
    return "".join([*parts, _WORD.sub(word, text[end:])])


def _replaced(word: str, key: bytes) -> str:
    digest = hmac.new(key, word.casefold().encode("utf-8", "replace"), hashlib.sha256).digest()
    made = []
    for place, one in enumerate(word):
        byte = digest[place % len(digest)] ^ place // len(digest)
        if one.isdecimal():
            made.append(str(byte % 10))
        else:
            letter = chr(ord("a") + byte % 26)
            made.append(letter.upper() if one.isupper() else letter)
    return "".join(made)


def _tab(number: str, name: str, fields: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "CollectionTypeID": number,
        "Tab": name,
        "Fields": [
            {
                "FieldID": str(field["field_id"]),
                "FieldName": field["field_name"],
                "DisplayText": field["label"] or field["field_name"],
                "DataType": field["data_type"],
                "DisplayType": field["display_type"] or "",
                "Options": [
                    {"OptionID": str(one["id"]), "DisplayText": str(one["label"])}
                    for one in orjson.loads(field["options"] or "[]")
                ],
                "LinkedCollectionTypeID": field["linked_collection_type_id"] or None,
            }
            for field in fields
        ],
    }


def _records(warehouse: Warehouse, number: str) -> Iterator[dict[str, Any]]:
    for table in SWEEPS:
        if warehouse.exists(table):
            rows = warehouse.rows(
                f"SELECT raw FROM {table} WHERE collection_type_id = ? "  # noqa: S608
                "QUALIFY row_number() OVER (PARTITION BY collection_id) = 1 ORDER BY TRY_CAST(collection_id AS BIGINT)",
                [number],
            )
            yield from parse_raw([row["raw"] for row in rows])


def _links(warehouse: Warehouse) -> Iterator[dict[str, str]]:
    """Those that no field holds."""
    if warehouse.exists("ivinex.links"):
        for row in warehouse.rows("SELECT * FROM ivinex.links WHERE via = 'related' ORDER BY ALL"):
            ends = [str(row[name]).removeprefix("ivinex:") for name in ("from_source_id", "to_source_id")]
            if all(re.fullmatch(r"\d+:\d+", end) for end in ends):
                yield {"From": ends[0], "To": ends[1]}


def _write(path: Path, content: Any) -> None:
    path.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))
