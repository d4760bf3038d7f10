"""What the gate must know of one object type: how it is found again, whose it is, what an adopted one lacks.

Found again means: read back by our external_id, or by the natural key that Gorgias keeps unique (gorgias-api.md
12). It belongs here: reading and judging. It does not: sending, and the states that follow (writer/writer.py).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from resources.gorgias.client import Reader
from resources.gorgias.writer.value_equality import flat_differences
from resources.gorgias.writer.write import Write


@dataclass(frozen=True)
class Found:
    """An object of the target that may be the one asked for."""

    id: int
    body: dict[str, Any]
    ours: bool
    trashed: bool = False


class ObjectType:
    """What the gate must know of one object type.

    Attributes:
        identity: fields of a create that its answer repeats, where it shows them.
        natural: a refused create may mean that the object exists already.
        forbidden_is_refusal: a 403 may be about this one row (a seat limit), not about the credential.
        repeatable: carrying it out twice does no harm, so a lost answer is not waited for.
        answers_empty: success has no body; else an empty answer is none.
    """

    identity: tuple[str, ...] = ("external_id",)
    natural = False
    forbidden_is_refusal = False
    repeatable = False
    answers_empty = False

    def __init__(self, reader: Reader):
        self.reader = reader

    def find(self, write: Write) -> list[Found]:
        """Objects that may be the result of this write; [] when there is none (yet)."""
        raise LookupError(f"{write.key.object} cannot be read back")

    def read(self, write: Write, number: int) -> Found | None:
        """The object that is known by its id to be the result of this write; None where it is gone."""
        held = self.reader.get_object(f"{write.path}/{number}")
        return None if isinstance(held, int) else Found(number, held, True)

    def holder(self, write: Write) -> list[Found]:
        """Objects that may hold the natural key for which this write was refused."""
        return self.find(write)

    def named(self, write: Write, answer: Any) -> bool:
        """Is the answer one of this write: does it say which object was made or changed, and is it that one?"""
        if not isinstance(answer, dict) or not isinstance(answer.get("id"), int):
            return False
        if write.method == "PUT":
            target = write.path.rsplit("/", 1)[1]
            return not target.isdigit() or int(target) == answer["id"]
        if write.creates and isinstance(write.body, dict):
            # Something between may answer with a number of its own, or with what it kept of another call.
            shown = bool(answer.keys() & write.body.keys())
            return shown and all(_same(write.body.get(name), answer.get(name)) for name in self.identity)
        return True

    def differences(self, asked: Any, answer: Any) -> list[str]:
        return flat_differences(asked, answer)

    def fill(self, asked: dict[str, Any], found: Found) -> tuple[dict[str, Any], list[str]]:
        """For an adopted object that is not ours: (body that fills what is empty, fields that differ and stay)."""
        return {}, []


def matching(rows: Iterable[dict[str, Any]], name: str, wanted: Any) -> list[dict[str, Any]]:
    """A filter that the server ignored must not look like a hit, nor a row that is on two pages like two objects."""
    return list({row["id"]: row for row in rows if row.get(name) == wanted}.values())


def _same(asked: Any, shown: Any) -> bool:
    return asked is None or shown is None or str(asked).strip().casefold() == str(shown).strip().casefold()


def members(team: Mapping[str, Any]) -> set[int]:
    return {member["id"] for member in team.get("members") or ()}
