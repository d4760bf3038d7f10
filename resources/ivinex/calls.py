"""The calls that may leave for Ivinex: names, methods and parameters.

Belongs here: the closed list of read calls and how a call becomes a path. Does not belong here: sending,
credentials, answers. A write call (AddRecord, UpdateRecord, LinkRecords, POST on Records) has no member, so it
cannot be formed (ivinex-api.md 11.8).
"""

import json
import re
from collections.abc import Mapping
from enum import Enum
from typing import Final


class ReadCall(Enum):
    """Every request that the client can make; the value is the call's name in the URL."""

    GET_TABS = "GetTabs"
    GET_FIELDS = "GetFields"
    GET_RECORDS = "GetRecords"
    GET_ALL_RELATED_ITEMS = "GetAllRelatedItems"
    RECORDS = "Records"

    @property
    def classic(self) -> bool:
        """True for the calls of the classic dialect; `Records` belongs to the other one."""
        return self is not ReadCall.RECORDS


PARAMETERS: Final = (
    "UserName",
    "Password",
    "Tab",
    "Offset",
    "Limit",
    "CollectionID",
    "CollectionTypeID",
)

_WRITES: Final = re.compile(r"add|update|link|delete|create|write", re.IGNORECASE)
_TEMPLATE: Final = re.compile(r"[A-Za-z0-9_./-]*\{Call\}[A-Za-z0-9_./-]*")


def call_paths(template: str) -> list[str]:
    """Returns the path templates to try in turn: the configured one, then the guesses of A-01.

    Raises:
        ValueError: the template has no `{Call}`, holds a query, leaves the API folder, or names a write call.
    """
    if not _TEMPLATE.fullmatch(template) or ".." in template or _WRITES.search(template):
        raise ValueError(
            f"IVINEX_CALL_PATH={template!r} is not a path with {{Call}} in it, such as '{{Call}}.php'; "
            "queries, '..' and write calls are not allowed"
        )
    return list(dict.fromkeys([template.lstrip("/"), "{Call}.php", "{Call}"]))


def parameter_names(given: str | Mapping[str, str] | None) -> dict[str, str]:
    """Returns the site's name for each documented parameter.

    Args:
        given: IVINEX_PARAMETER_NAMES: a JSON object such as `{"Tab": "TabName"}`, a mapping, or nothing.

    Raises:
        ValueError: not a JSON object of strings, or a parameter that the client does not send.
    """
    try:
        named = json.loads(given or "{}") if isinstance(given, str) else dict(given or {})
    except json.JSONDecodeError as error:
        raise ValueError(f"IVINEX_PARAMETER_NAMES is not JSON: {error}") from None
    if not isinstance(named, dict) or not all(isinstance(value, str) and value for value in named.values()):
        raise ValueError('IVINEX_PARAMETER_NAMES must be a JSON object of strings, such as {"Tab": "TabName"}')
    if unknown := sorted(set(named) - set(PARAMETERS)):
        raise ValueError(f"IVINEX_PARAMETER_NAMES names unknown parameters {unknown}; known are {list(PARAMETERS)}")
    return {name: named.get(name, name) for name in PARAMETERS}
