"""The three-way merge of docs/cutover.md, per field: base (what we wrote), source now, target now. Pure.

It belongs here: the rule, over flat states. It does not: how a request body or an answer becomes a state
(field_state.py) and what is done with the result.

A state is a dict from (field, element) to a value; an element is '' for a plain field and names the member of a set
(a tag, a custom field, a channel, a key of meta), so that sets merge member by member. What is empty is left out.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

Key = tuple[str, str]
State = Mapping[Key, Any]
ABSENT: Any = None
"""The value of a key that a state does not hold."""


@dataclass(frozen=True)
class Conflict:
    """A field that changed on both sides, differently. The target keeps its value."""

    key: Key
    base: Any
    source: Any
    target: Any

    @property
    def field(self) -> str:
        return name_of(self.key)


@dataclass(frozen=True)
class Base:
    """What both sides agreed on when they were last merged.

    Attributes:
        written: the target's state as we left it.
        declined: source values that a person turned down for the target's; not offered again while they last.
    """

    written: State
    declined: State = field(default_factory=dict)


@dataclass
class Merged:
    """What a merge asks for.

    Attributes:
        write: keys whose source value is to be written, with that value (ABSENT: to be removed).
        written, declined: the base once that is done.
    """

    write: dict[Key, Any] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    written: dict[Key, Any] = field(default_factory=dict)
    declined: dict[Key, Any] = field(default_factory=dict)


def merge(
    base: Base | None, source: State, target: State, ours: Collection[str] = (), theirs: Collection[str] = ()
) -> Merged:
    """
    Args:
        base: None where what we wrote is not known: then a differing field is a conflict, never overwritten.
        ours, theirs: fields (`name_of`) for which a person took the source's or the target's value.
    """
    known = base or Base({})
    merged = Merged(written=dict(known.written), declined=dict(known.declined))
    for key in sorted(known.written.keys() | known.declined.keys() | source.keys()):
        was, wanted, held = (state.get(key, ABSENT) for state in (known.written, source, target))
        name = name_of(key)
        moved = base is None or wanted != known.declined.get(key, was)
        if wanted == held or name in ours or (moved and base is not None and held == was and name not in theirs):
            if wanted != held:
                merged.write[key] = wanted
            _keep(merged.written, key, wanted)
            merged.declined.pop(key, None)
        elif name in theirs:
            _keep(merged.written, key, held)
            merged.declined[key] = wanted
        elif moved:
            merged.conflicts.append(Conflict(key, was, wanted, held))
    return merged


def differing(one: State, other: State) -> set[Key]:
    """Keys whose values differ."""
    return {key for key in one.keys() | other.keys() if one.get(key, ABSENT) != other.get(key, ABSENT)}


def after(target: State, write: State) -> dict[Key, Any]:
    """The target's state once this is written."""
    state = dict(target)
    for key, value in write.items():
        _keep(state, key, value)
    return state


def name_of(key: Key) -> str:
    """`status`, `tags.vip`, `custom_fields.<field>`."""
    return ".".join(part for part in key if part)


def _keep(state: dict[Key, Any], key: Key, value: Any) -> None:
    if value is ABSENT:
        state.pop(key, None)
    else:
        state[key] = value
