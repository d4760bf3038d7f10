"""Which tab plays which role, as `mapping.yaml` decides it.

Belongs here: the reading of the two keys of `mapping.yaml` that extraction needs before the map is confirmed (`roles`,
`partition_fallback`). Does not belong here: the proposal of roles (heuristics/role_proposal.py), fields, values, the
whole map (model.py).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

REQUIRED: Final = ("contact", "ticket")
FALLBACKS: Final = ("none", "first_activity", "modified_date")
NAMES: Final = ("contact", "organization", "ticket", "activity", "task")
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class SelectedRoles:
    """What `mapping.yaml` says so far.

    Attributes:
        roles: role -> CollectionTypeIDs, or None where the file does not exist or has no `roles`.
        partition_fallback: which day a ticket without a usable created date belongs to.
    """

    roles: dict[str, list[str]] | None = None
    partition_fallback: str = "none"


class BadRoles(ValueError):
    """`mapping.yaml` cannot be read, or its roles are not lists of CollectionTypeIDs."""


def selected_roles(home: Path) -> SelectedRoles:
    """Reads `roles` and `partition_fallback` from MIGRATION_HOME/mapping.yaml, where it exists.

    Raises:
        BadRoles: names the file and the key.
    """
    file = home / "mapping.yaml"
    if not file.exists():
        return SelectedRoles()
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER) or {}  # noqa: S506 - a safe one
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadRoles(f"{file} is not readable YAML: {error}") from None
    if not isinstance(content, dict):
        raise BadRoles(f"{file}: expected keys such as roles, got {type(content).__name__}")
    fallback = content.get("partition_fallback") or "none"
    if fallback not in FALLBACKS:
        raise BadRoles(f"{file}, partition_fallback: {fallback!r} is none of {', '.join(FALLBACKS)}")
    roles = content.get("roles")
    return SelectedRoles(None if roles is None else _roles(file, roles), fallback)


def _roles(file: Path, roles: object) -> dict[str, list[str]]:
    if not isinstance(roles, dict) or not set(roles) <= set(NAMES):
        raise BadRoles(f"{file}, roles: expected a map with the keys {', '.join(NAMES)}")
    seen: dict[str, str] = {}
    for role, numbers in roles.items():
        if not isinstance(numbers, list) or not all(isinstance(number, str | int) for number in numbers):
            raise BadRoles(f'{file}, roles.{role}: expected a list of CollectionTypeIDs such as ["1001"]')
        for number in map(str, numbers):
            if number in seen:
                raise BadRoles(f"{file}, roles.{role}: tab {number} already has the role {seen[number]}")
            seen[number] = role
    return {role: [str(number) for number in numbers] for role, numbers in roles.items()}
