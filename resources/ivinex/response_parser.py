"""What an answer says: its list, its error, its tabs, fields and related items, under every known set of key names.

Belongs here: the tolerance of ivinex-api.md 11.3 and of the assumptions A-04, A-05, A-11, A-22. Does not belong
here: bytes (body.py), requests, and the meaning of single values (wire.py).
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from resources.ivinex.types import kind_of

_ID: Final = ("CollectionTypeID", "Module_ID", "ModuleID", "ID")
_NAME: Final = ("Tab", "Module", "Name", "TabName", "ModuleName", "DisplayText", "Label")
_RECORD: Final = ("collection_id", "CollectionID")
_ID_TEXT: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
"""Numbers on every known site; never what our own ids are put together with."""
_NAMELESS: Final = "without-id-"


class ShapeProblem(ValueError):
    """An answer that is readable but does not hold what its call is known for; the text names the assumption.

    Attributes:
        keys: what the answer has instead, which may be anything: kept, not said.
    """

    def __init__(self, told: str, row: Mapping[str, Any] | None = None) -> None:
        super().__init__(told)
        self.keys = f"the keys are {sorted(map(str, row))[:10]}" if row is not None else ""


class SaidNo(ValueError):
    """An answer that carries a Status other than success; the text is the site's own Message."""


@dataclass(frozen=True)
class Tab:
    """One record type that the API user sees.

    Attributes:
        name: what classic calls want.
        collection_type_id: what Records JSON wants; the name stands in where a site gives no number.
        numbered: whether the site gave a number.
    """

    name: str
    collection_type_id: str
    numbered: bool = True


@dataclass(frozen=True)
class Option:
    """One choice of a dropdown."""

    id: str
    label: str


@dataclass(frozen=True)
class Field:
    """One field as GetFields describes it; types are the site's own words (see types.py)."""

    field_id: str
    name: str
    label: str
    data_type: str
    display_type: str
    linked_collection_type_id: str | None
    options: tuple[Option, ...] = ()
    position: int = 0

    @property
    def kind(self) -> str:
        """What the site's words mean."""
        return kind_of(self.name, self.data_type, self.display_type)


@dataclass(frozen=True)
class Related:
    """One record that hangs together with the one asked about."""

    collection_type_id: str
    collection_id: str
    link_type: str
    record: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Link:
    """One row of a whole tab's links: both ends, as (collection type id, record id)."""

    one: tuple[str, str]
    other: tuple[str, str]
    link_type: str


@dataclass(frozen=True)
class BrokenLink:
    """A row among others that is no link.

    Attributes:
        name: what it is called, as it has no id.
        ends: those of its two ends that can be read.
    """

    name: str
    ends: tuple[tuple[str, str], ...]


def text(value: Any) -> str:
    """An id or a name as text: reads give strings, writes give numbers (ivinex-api.md 11.5)."""
    return "" if value is None else str(value).strip()


def rows_in(value: Any, *names: str) -> list[Any]:
    """Returns the list of an answer: a bare array, the named list, or the only list there is.

    Raises:
        SaidNo: the answer carries an error.
        ShapeProblem: no list, or several and none of them by name.
    """
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        raise ShapeProblem(f"expected an object with {names[0]}, got {type(value).__name__}")
    if (said := refusal(value)) is not None:
        raise SaidNo(said)
    for name in names:
        if isinstance(value.get(name), list):
            return list(value[name])
    lists = [key for key, item in value.items() if isinstance(item, list)]
    if len(lists) == 1:
        return list(value[lists[0]])
    raise ShapeProblem(f"expected the list {names[0]}, got an object with other keys", value)


def refusal(value: Mapping[str, Any]) -> str | None:
    """Returns the Message of an answer whose Status is not success (any case), else None."""
    status = value.get("Status")
    if status is None or text(status).lower() == "success":
        return None
    return text(value.get("Message")) or f"Status {text(status)}"


def empty_marker(value: Any) -> bool:
    """Whether the answer says that the tab is readable and empty (A-07)."""
    return isinstance(value, dict) and text(value.get("empty_fields")).lower() in ("true", "1", "yes")


def record_id(row: Mapping[str, Any]) -> str:
    """Returns the id of a record.

    Raises:
        ShapeProblem: the row has none, so it could be neither told apart nor loaded once.
    """
    if not isinstance(row, Mapping):
        raise ShapeProblem("a record that is no object")
    found = text(_pick(row, _RECORD))
    if not found:
        raise ShapeProblem("a record without collection_id", row)
    if not _ID_TEXT.fullmatch(found):
        raise ShapeProblem("a record whose collection_id is no id")
    return found


def nameless_id(row: Any) -> str:
    """What a record without an id of its own is called: the same on every reading, as long as it stays the same."""
    try:
        content = repr(row)
    except (ValueError, RecursionError):  # nested deeper than a text can be made of
        content = type(row).__name__
    return _NAMELESS + hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def is_nameless(identity: str) -> bool:
    return identity.startswith(_NAMELESS)


def tabs(value: Any) -> list[Tab]:
    """Reads GetTabs (A-04). Raises: SaidNo, ShapeProblem."""
    found = []
    for row in rows_in(value, "Tabs", "Modules"):
        if isinstance(row, str):
            row = {"Tab": row}
        name, number = text(_pick(row, _NAME)), text(_pick(row, _ID))
        if not name:
            raise ShapeProblem("assumption A-04: a tab without a name-like key", row)
        found.append(Tab(name, number or name, bool(number)))
    return found


def fields(value: Any) -> list[Field]:
    """Reads GetFields (A-05). Raises: SaidNo, ShapeProblem."""
    found = []
    for position, row in enumerate(rows_in(value, "Fields")):
        name = text(_pick(row, ("FieldName", "MachineName", "Name")))
        if not name:
            raise ShapeProblem("assumption A-05: a field without a name-like key", row)
        linked = text(_pick(row, ("LinkedCollectionTypeID", "LinkedModuleID", "LinkedModule_ID", "LinkedTab")))
        found.append(
            Field(
                field_id=text(_pick(row, ("FieldID", "Field_ID", "ID"))),
                name=name,
                label=text(_pick(row, ("DisplayText", "Label"))) or name,
                data_type=text(_pick(row, ("DataType", "Type"))),
                display_type=text(_pick(row, ("DisplayType", "Display"))),
                linked_collection_type_id=linked or None,
                options=_options(_pick(row, ("Options", "Values", "Choices"))),
                position=position,
            )
        )
    return found


def related(value: Any) -> list[Related]:
    """Reads GetAllRelatedItems of one record (A-11). Raises: SaidNo, ShapeProblem."""
    found = []
    for row in rows_in(value, "RelatedItems"):
        record = row.get("Record") if isinstance(row.get("Record"), dict) else {}
        number = text(_pick(row, ("CollectionTypeID", "Module_ID", "ModuleID")))
        item = text(_pick(row, _RECORD)) or text(_pick(record, _RECORD))
        if not number or not item or _end_keys(row, "From"):
            raise ShapeProblem("assumption A-11: no items of one record", row)
        found.append(Related(number, item, text(row.get("LinkType")), record))
    return found


def links(value: Any) -> list[Link | BrokenLink]:
    """Reads GetAllRelatedItems of a whole tab (A-11). Raises: SaidNo; ShapeProblem, where no row is a link."""
    rows = rows_in(value, "RelatedItems", "Links")
    found = [_link(row) for row in rows]
    if rows and not any(isinstance(one, Link) for one in found):
        raise ShapeProblem("assumption A-11: no rows with both ends of a link", _first_row(rows))
    return found


def _link(row: Any) -> Link | BrokenLink:
    ends = [_end(row, *prefixes) for prefixes in (("From",), ("To", "Related", ""))]
    try:
        if all(ends):
            return Link(ends[0], ends[1], text(row.get("LinkType")))  # type: ignore[arg-type]
    except (ValueError, RecursionError):  # a type that no text can be made of
        pass
    return BrokenLink(nameless_id(row), tuple(end for end in ends if end))


def _end(row: Any, *prefixes: str) -> tuple[str, str] | None:
    """One end of a link, under the first of these names that the row has; None where it is not there, or no id."""
    keys = next((keys for prefix in prefixes if (keys := _end_keys(row, prefix))), None)
    try:
        found = tuple(text(row[key]) for key in keys or ())
    except (ValueError, RecursionError):
        return None
    return (found[0], found[1]) if found and all(map(_ID_TEXT.fullmatch, found)) else None


def _first_row(rows: Sequence[Any]) -> Mapping[str, Any] | None:
    return rows[0] if isinstance(rows[0], Mapping) else None


def _end_keys(row: Any, prefix: str) -> tuple[str, str] | None:
    """The names under which a link row carries one of its ends."""
    if not isinstance(row, Mapping):
        return None
    tab = next((key for key in (f"{prefix}CollectionTypeID", f"{prefix}Module_ID") if key in row), None)
    item = next((key for key in (f"{prefix}CollectionID", f"{prefix}collection_id") if key in row), None)
    return (tab, item) if tab and item else None


def _options(value: Any) -> tuple[Option, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return ()
    found = []
    for row in value:
        if not isinstance(row, Mapping):
            found.append(Option(text(row), text(row)))
            continue
        number = text(_pick(row, ("OptionID", "Option_ID", "ID", "Value")))
        given = _pick(row, ("DisplayText", "Label", "Name", "Text"))
        label = text(given)
        # A blank label is one: it is not replaced by the number, which no reader has ever seen.
        found.append(Option(number or label, label if given is not None else number))
    return tuple(found)


def _pick(row: Mapping[str, Any], names: Sequence[str]) -> Any:
    """The first of the names that the row has, whatever its letter case."""
    for name in names:
        if name in row:
            return row[name]
    lowered = {key.lower(): value for key, value in row.items()}
    return next((lowered[name.lower()] for name in names if name.lower() in lowered), None)
