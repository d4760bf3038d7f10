"""How a stored row looks on the wire: file lists, layout items, and what switches or the classic dialect change.

A row that needs no change is passed on as the bytes it was stored in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.ivinex import wire
from sandbox.ivinex.dataset import Dataset
from sandbox.ivinex.fields import DEFAULT_FIELDS, OPTION_TYPES, FieldModel
from sandbox.ivinex.files_index import StoredFile
from sandbox.ivinex.site import ApiUser
from sandbox.ivinex.tabs import Record, TabRows

_FILE_MARK = re.compile(rb"\{\{file:(\d+)\}\}")
ZERO_TIME = "0000-00-00 00:00:00"
CHECKBOX = {
    "true_false": ("true", "false"),
    "one_zero": ("1", "0"),
    "yes_no": ("Yes", "No"),
}
FileUrl = Callable[[StoredFile], str]
Changes = dict[str, Callable[[str], Any]]


class Renderer:
    """Renders rows of every tab under one set of switches."""

    def __init__(self, dataset: Dataset) -> None:
        """Takes the switches from the dataset's site."""
        self._site = dataset.site
        self._files = dataset.files
        self._switches = dataset.site.switches
        self._zone = ZoneInfo(dataset.site.time_zone)
        self._static: dict[int, tuple[int, bytes]] = {}
        self._prepared: dict[tuple[int, str, bool], tuple[int, Changes]] = {}

    def rows(self, tab: TabRows, ids: Iterable[int], user: ApiUser, file_url: FileUrl, *, classic: bool) -> list[bytes]:
        """JSON objects of the given rows.

        Args:
            tab: the tab of the rows.
            ids: existing collection ids, in the order wanted.
            user: decides the zone under switch A-20 = user.
            file_url: makes the download URL of a file at the moment of the read.
            classic: usernames and option labels instead of ids, as switches A-08 and A-33 say.
        """
        classic = classic and (self._switches["A-08"] == "labels" or self._switches["A-33"] != "true_false")
        rendered = [self._with_extras(tab, record_id, file_url) for record_id in ids]
        if not classic and not self._changes_values():
            return rendered
        changes = self._changes(tab, user, classic=classic)
        return [wire.dumps(self._apply(changes, wire.loads(row))) for row in rendered]

    def _changes_values(self) -> bool:
        switches = self._switches
        return (switches["A-20"], switches["A-21"], switches["A-29"]) != ("site", "zero", "comma")

    def _with_extras(self, tab: TabRows, record_id: int, file_url: FileUrl) -> bytes:
        files = tab.files.get(record_id)
        own = tab.own_file_values.get(record_id, ())
        if not files and not own:
            extras = self._plain_extras(tab)
        else:
            values: Record = {
                name: self._file_value((files or {}).get(name, []), file_url)
                for name in sorted(tab.file_fields)
                if name not in own
            }
            extras = wire.dumps(values | self._layout(tab))[1:-1]
        if record_id in tab.deleted:
            extras += b',"deleted":"1"' if extras else b'"deleted":"1"'
        raw = self._with_urls(tab.raw(record_id), file_url)
        return b"{" + extras + b"," + raw[1:] if extras else raw

    def _with_urls(self, raw: bytes, file_url: FileUrl) -> bytes:
        """Puts download URLs where a text says `{{file:<FileID>}}`: an image inside a body, say."""
        if b"{{file:" not in raw:
            return raw

        def url(found: re.Match[bytes]) -> bytes:
            stored = self._files.get(found[1].decode())
            return wire.dumps(file_url(stored))[1:-1] if stored else found[0]

        return _FILE_MARK.sub(url, raw)

    def _plain_extras(self, tab: TabRows) -> bytes:
        version, extras = self._static.get(tab.number, (-1, b""))
        if version != tab.version:
            extras = wire.dumps(dict.fromkeys(sorted(tab.file_fields), "") | self._layout(tab))[1:-1]
            self._static[tab.number] = (tab.version, extras)
        return extras

    def _layout(self, tab: TabRows) -> Record:
        return dict.fromkeys(sorted(tab.layout_fields), "1") if self._switches["A-31"] == "ones" else {}

    def _file_value(self, files: list[StoredFile], file_url: FileUrl) -> Any:
        if not files:
            return ""
        listed = [
            {
                "FileID": stored.FileID,
                "FileName": stored.FileName,
                "Size": str(stored.Size),
                "ContentType": stored.ContentType,
                "URL": file_url(stored),
            }
            for stored in files
        ]
        return listed if self._switches["A-12"]["form"] == "list" else wire.dumps(listed).decode()

    def _changes(self, tab: TabRows, user: ApiUser, *, classic: bool) -> Changes:
        key = (tab.number, user.username, classic)
        version, changes = self._prepared.get(key, (-1, {}))
        if version != tab.version:
            changes = self._prepare(tab, user, classic=classic)
            self._prepared[key] = (tab.version, changes)
        return changes

    def _prepare(self, tab: TabRows, user: ApiUser, *, classic: bool) -> Changes:
        changes: Changes = {}
        for field in (*DEFAULT_FIELDS, *tab.fields.values()):
            change = self._change(field, user, classic=classic)
            if change is not None:
                changes[field.FieldName] = change
        return changes

    def _change(self, field: FieldModel, user: ApiUser, *, classic: bool) -> Callable[[str], Any] | None:
        if field.DataType == "DATE TIME" and (self._switches["A-20"] != "site" or self._switches["A-21"] != "zero"):
            return self._date_time(user)
        labels = classic and self._switches["A-08"] == "labels"
        if field.DataType in OPTION_TYPES and labels:
            known = {option.OptionID: option.DisplayText for option in field.Options} | {"0": ""}
            return lambda value: known.get(value, value)
        if field.DataType == "MULTI SELECT":
            return self._multi_select(field, labels=labels)
        if field.DataType == "USER" and labels:
            usernames = self._site.users | {"0": ""}
            return lambda value: usernames.get(value, value)
        if field.DataType == "CHECKBOX" and classic and self._switches["A-33"] != "true_false":
            true, false = CHECKBOX[self._switches["A-33"]]
            return lambda value: {"true": true, "false": false}.get(value, value)
        return None

    def _multi_select(self, field: FieldModel, *, labels: bool) -> Callable[[str], Any] | None:
        as_list = self._switches["A-29"] == "list"
        if not labels and not as_list:
            return None
        known = {option.OptionID: option.DisplayText for option in field.Options} if labels else {}

        def change(value: str) -> Any:
            parts = [known.get(part, part) for part in value.split(",") if part]
            return parts if as_list else ",".join(parts)

        return change

    def _date_time(self, user: ApiUser) -> Callable[[str], str]:
        unset = ZERO_TIME if self._switches["A-21"] == "zero" else ""
        zones = {"site": None, "utc": UTC, "user": ZoneInfo(user.time_zone)}
        zone = zones[self._switches["A-20"]]

        def change(value: str) -> str:
            if value in ("", ZERO_TIME):
                return unset
            if zone is None:
                return value
            try:
                local = datetime.fromisoformat(value).replace(tzinfo=self._zone)
                return local.astimezone(zone).replace(tzinfo=None).isoformat(" ")
            except (ValueError, OverflowError):
                return value

        return change

    @staticmethod
    def _apply(changes: Changes, record: Record) -> Record:
        for name, change in changes.items():
            value = record.get(name)
            if isinstance(value, str):
                record[name] = change(value)
        return record
