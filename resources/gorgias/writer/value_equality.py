"""Does the answer of a create say what was asked? Compared before a write counts as DONE (docs/write-gate.md).

It belongs here: field by field comparison of one request with its own answer. It does not: reconciliation, which
reads everything back with code of its own.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_TICKET = ("external_id", "subject", "status", "priority", "channel", "created_datetime")
_MESSAGE = ("external_id", "channel", "from_agent", "public", "created_datetime", "sent_datetime", "message_id")


def ticket_differences(asked: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str]:
    """Names of the fields in which a created ticket is not what was asked; [] when all agree."""
    found = _fields(asked, answer, _TICKET)
    for person in ("customer", "assignee_user", "assignee_team"):
        if person in asked and _id(answer.get(person)) != asked[person]["id"]:
            found.append(person)
    if {tag["name"] for tag in asked.get("tags", ())} - {tag.get("name") for tag in answer.get("tags") or ()}:
        found.append("tags")
    if "custom_fields" in asked and not values_agree(asked["custom_fields"], answer.get("custom_fields")):
        found.append("custom_fields")
    if asked.get("meta") and not _contains(answer.get("meta"), asked["meta"]):
        found.append("meta")
    messages = answer.get("messages")
    if messages is None:
        return found
    if len(messages) != len(asked["messages"]):
        found.append("messages: number")
    for one, other in pair_messages(asked["messages"], messages):
        found += [f"messages.{name}" for name in message_differences(one, other)]
    return sorted(set(found))


def change_differences(asked: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str]:
    """The same for a PUT on a ticket: every field that was asked for, sets as wholes."""
    people = ("customer", "assignee_user", "assignee_team")
    plain = tuple(name for name in asked if name not in {*people, "tags", "custom_fields", "meta"})
    found = _fields(asked, answer, plain)
    found += [name for name in people if name in asked and _id(answer.get(name)) != _id(asked[name])]
    if "tags" in asked:
        names = [{tag.get("name") for tag in body.get("tags") or ()} for body in (asked, answer)]
        found += ["tags"] if names[0] != names[1] else []
    if "custom_fields" in asked and not values_agree(asked["custom_fields"], answer.get("custom_fields")):
        found.append("custom_fields")
    if asked.get("meta") and not _contains(answer.get("meta"), asked["meta"]):
        found.append("meta")
    return sorted(found)


def message_differences(asked: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str]:
    """The same for one message. A failed or unsent message is a difference of its own."""
    found = _fields(asked, answer, _MESSAGE)
    if asked.get("meta") and not _contains(answer.get("meta"), asked["meta"]):
        found.append("meta")
    if asked.get("attachments") and not _attached(asked["attachments"], answer.get("attachments")):
        found.append("attachments")
    if answer.get("failed_datetime") or answer.get("last_sending_error"):
        found.append("failed_datetime")
    for person in ("sender", "receiver"):
        if person in asked and answer.get(person) and _id(answer[person]) != asked[person]["id"]:
            found.append(person)
    return found


def flat_differences(asked: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str]:
    """For customers, users, tags, teams and field definitions: every asked scalar must come back."""
    scalars = [name for name, value in asked.items() if not isinstance(value, (dict, list))]
    found = [
        name for name in scalars if name in answer and name != "priority" and not _same(asked[name], answer[name], name)
    ]
    if "channels" in asked and answer.get("channels") is not None:
        held = {(c.get("type"), str(c.get("address")).lower()) for c in answer["channels"]}
        if {(c["type"], c["address"].lower()) for c in asked["channels"]} - held:
            found.append("channels")
    definition = asked.get("definition")
    if definition and definition["data_type"] != (answer.get("definition") or {}).get("data_type"):
        found.append("definition")
    return found


def pair_messages(
    asked: list[dict[str, Any]], answer: list[dict[str, Any]]
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Pair by external_id, because Gorgias may re-order messages; by position where no answer shows that id."""
    by_id = {message["external_id"]: message for message in answer if message.get("external_id")}
    if not by_id:
        return list(zip(asked, answer, strict=False))
    return [(one, by_id[one["external_id"]]) for one in asked if one["external_id"] in by_id]


def values_agree(asked: list[dict[str, Any]], answer: Any) -> bool:
    """Values come back as a map keyed by field id, or as a list of {field: {id}, value} (gorgias-api.md 6.6)."""
    if answer is None:
        return True  # not shown in this answer; the read-back looks
    if isinstance(answer, Mapping):
        held = {
            str(key): (value.get("value") if isinstance(value, Mapping) else value) for key, value in answer.items()
        }
    else:
        held = {str((row.get("field") or row).get("id")): row.get("value") for row in answer}
    pairs = [(held.get(str(row["id"])), row["value"]) for row in asked]
    return all(one == other or str(one) == str(other) for one, other in pairs)


def _fields(asked: Mapping[str, Any], answer: Mapping[str, Any], names: tuple[str, ...]) -> list[str]:
    return [name for name in names if name in asked and not _same(asked[name], answer.get(name), name)]


def _same(one: Any, other: Any, name: str) -> bool:
    if name.endswith("_datetime"):
        return _instant(one) == _instant(other)
    if name == "email":
        return str(one).lower() == str(other).lower()
    return bool(one == other)


def _instant(value: Any) -> datetime | None:
    """A naive time in an answer is UTC (gorgias-api.md 5)."""
    try:
        parsed = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _id(person: Any) -> Any:
    return person.get("id") if isinstance(person, Mapping) else None


def _attached(asked: list[dict[str, Any]], answer: Any) -> bool:
    """By name and size, which Gorgias may show as text; an answer may leave attachments out, a read-back looks."""
    if answer is None:
        return True

    def listed(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
        return sorted((str(row.get("name")), str(row.get("size"))) for row in rows)

    return listed(asked) == listed(answer)


def _contains(whole: Any, part: Mapping[str, Any]) -> bool:
    return isinstance(whole, Mapping) and all(whole.get(name) == value for name, value in part.items())
