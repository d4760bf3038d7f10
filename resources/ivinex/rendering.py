"""Records as Records JSON would give them, whatever dialect they came in.

Belongs here: labels back to option ids, usernames back to user ids, checkbox forms, lists of options (A-08, A-29,
A-33). A label or a username that is not in its list stays as it is: keeping it is better than guessing.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from resources.ivinex import wire
from resources.ivinex.response_parser import Field

_USER_DEFAULTS: Final = ("created_by", "modified_by")


class Rendering:
    """Normalises the records of one tab.

    Args:
        fields: the tab's fields.
        user_ids: username -> user id, from the admin's list.
        classic: whether the records came in the classic dialect.
    """

    def __init__(self, fields: Sequence[Field], user_ids: Mapping[str, str], *, classic: bool) -> None:
        self._changes: dict[str, Callable[[Any], Any]] = {}
        for field in fields:
            ids = {option.label: option.id for option in field.options}
            if field.kind == "multi":
                self._changes[field.name] = partial(_multi, ids=ids if classic else {})
            elif field.kind == "dropdown" and classic:
                self._changes[field.name] = partial(_known, ids=ids)
            elif field.kind == "user" and classic:
                self._changes[field.name] = partial(_known, ids=user_ids)
            elif field.kind == "checkbox" and classic:
                self._changes[field.name] = _checkbox
        if classic:
            for name in _USER_DEFAULTS:
                self._changes[name] = partial(_known, ids=user_ids)

    def apply(self, row: dict[str, Any]) -> dict[str, Any]:
        """Returns the record in the form of Records JSON; the given one may be changed."""
        for name, change in self._changes.items():
            if name in row:
                row[name] = change(row[name])
        return row


def _known(value: Any, ids: Mapping[str, str]) -> Any:
    return ids.get(value, value) if isinstance(value, str) else value


def _multi(value: Any, ids: Mapping[str, str]) -> Any:
    parts = value if isinstance(value, list) else str(value or "").split(",")
    if not all(isinstance(part, str | int) for part in parts):
        return value
    return ",".join(ids.get(str(part).strip(), str(part).strip()) for part in parts if str(part).strip())


def _checkbox(value: Any) -> Any:
    read = wire.boolean(value).value
    return value if read is None else "true" if read else "false"
