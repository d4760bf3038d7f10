"""Custom field values, data, files, updates and deletions: what is done to an object that is there.

It belongs here: whether it was done. It does not: the objects themselves (records.py, named.py).
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from resources.gorgias.uploads import uploaded
from resources.gorgias.writer.object_types.object_type import Found, ObjectType, members
from resources.gorgias.writer.value_equality import (
    change_differences,
    flat_differences,
    message_differences,
    values_agree,
)
from resources.gorgias.writer.write import Write


class Values(ObjectType):
    """The set of a customer's custom field values: a PUT of the whole set, so repeating it changes nothing."""

    def find(self, write: Write) -> list[Found]:
        body = self.reader.get(write.path)
        rows = body.get("data", []) if isinstance(body, dict) else body
        return [Found(0, {"data": rows}, True)] if values_agree(write.body, rows) else []

    def named(self, write: Write, answer: Any) -> bool:
        return isinstance(answer.get("data") if isinstance(answer, Mapping) else answer, list)

    def differences(self, asked: Any, answer: Any) -> list[str]:
        rows = answer.get("data") if isinstance(answer, Mapping) else answer
        return [] if rows is None or values_agree(asked, rows) else ["custom_fields"]


class Data(ObjectType):
    """A customer's `data`: a PUT of the whole document, answered with an empty body."""

    answers_empty = True

    def find(self, write: Write) -> list[Found]:
        held = self.reader.get(write.path.rsplit("/", 1)[0])
        return [Found(held["id"], held, True)] if held.get("data") == write.body["data"] else []

    def differences(self, asked: Any, answer: Any) -> list[str]:
        return [] if answer is None or answer.get("data") in (None, asked["data"]) else ["data"]


class Files(ObjectType):
    """Uploads: no id, no list, and safe to repeat (uploads.py)."""

    repeatable = True

    def find(self, write: Write) -> list[Found]:
        return []

    def named(self, write: Write, answer: Any) -> bool:
        return bool(uploaded(write.body, answer))

    def differences(self, asked: Any, answer: Any) -> list[str]:
        return []


class Update(ObjectType):
    """A PUT on an object that exists: repeating it changes nothing.

    Attributes:
        asked: parameters of the read that shows whether it was carried out.
    """

    asked: ClassVar[dict[str, str]] = {}

    def find(self, write: Write) -> list[Found]:
        held = self.reader.get_object(write.path, **self.asked)
        return [] if isinstance(held, int) or self.differences(write.body, held) else [Found(held["id"], held, True)]


class MessageFiles(Update):
    """A message's whole list of attachments."""

    def differences(self, asked: Any, answer: Any) -> list[str]:
        return message_differences(asked, answer)


class TicketUpdate(Update):
    """A ticket, with sets that the plain comparison does not look into."""

    asked: ClassVar[dict[str, str]] = {"relationships": "custom_fields"}

    def differences(self, asked: Any, answer: Any) -> list[str]:
        return change_differences(asked, answer)


class TeamMembers(Update):
    """A team's whole member list."""

    def find(self, write: Write) -> list[Found]:
        return [one for one in super().find(write) if not flat_differences(write.body, one.body)]

    def differences(self, asked: Any, answer: Any) -> list[str]:
        return [] if members(asked) == members(answer) else ["members"]


class Choices(Update):
    """A dropdown's whole list of choices."""

    def differences(self, asked: Any, answer: Any) -> list[str]:
        lists = [one["definition"]["input_settings"].get("choices") or [] for one in (asked, answer)]
        return [] if set(lists[0]) == set(lists[1]) else ["choices"]


class Deletion(ObjectType):
    """A DELETE: what it named is gone, by us or before us (gorgias-api.md 11)."""

    answers_empty = True

    def find(self, write: Write) -> list[Found]:
        gone = isinstance(self.reader.get_object(write.path), int)
        return [Found(int(write.path.rsplit("/", 1)[1]), {}, True)] if gone else []

    def differences(self, asked: Any, answer: Any) -> list[str]:
        return []
