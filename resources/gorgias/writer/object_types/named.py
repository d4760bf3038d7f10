"""Tags, teams and custom fields: what tickets refer to by name.

It belongs here: finding them again by the name that Gorgias keeps unique, and judging them.
"""

from typing import Any

from resources.gorgias.writer.object_types.object_type import Found, ObjectType, matching, members
from resources.gorgias.writer.value_equality import flat_differences
from resources.gorgias.writer.write import Write


class Named(ObjectType):
    """Tags, teams: no external_id; the name is the natural key."""

    identity = ("name",)
    natural = True
    path = ""

    def find(self, write: Write) -> list[Found]:
        rows = matching(self.reader.rows(self.path), "name", write.body["name"])
        return [Found(row["id"], row, False) for row in rows]


class Tags(Named):
    path = "/api/tags"


class Teams(Named):
    """A team of the same name in other letter case is the same team, unless one fits exactly."""

    path = "/api/teams"

    def find(self, write: Write) -> list[Found]:
        wanted = write.body["name"]
        rows = [row for row in self.reader.rows(self.path) if str(row.get("name")).casefold() == wanted.casefold()]
        exact = [row for row in rows if row["name"] == wanted]
        return [Found(row["id"], row, False) for row in exact or rows]

    def differences(self, asked: Any, answer: Any) -> list[str]:
        lacking = "members" in answer and not members(asked) <= members(answer)
        return flat_differences(asked, answer) + (["members"] if lacking else [])

    def fill(self, asked: dict[str, Any], found: Found) -> tuple[dict[str, Any], list[str]]:
        """A written list replaces the members, so those who are there stay in it (gorgias-api.md 6.3)."""
        held, wanted = members(found.body), members(asked)
        return ({} if wanted <= held else {"members": [{"id": number} for number in sorted(held | wanted)]}), []


class CustomFields(ObjectType):
    """A field of the same label is the same field; one that Gorgias manages only where the label is exactly its own."""

    natural = True

    def find(self, write: Write) -> list[Found]:
        asked = write.body
        rows = list(self.reader.rows("/api/custom-fields", object_type=asked["object_type"]))
        own = matching(rows, "external_id", asked["external_id"])
        same = own or [row for row in rows if _means(asked["label"], row)]
        return [Found(row["id"], row, bool(own), bool(row.get("deactivated_datetime"))) for row in same]

    def fill(self, asked: dict[str, Any], found: Found) -> tuple[dict[str, Any], list[str]]:
        held = found.body.get("definition") or {}
        if held.get("data_type") != asked["definition"]["data_type"]:
            return {}, ["definition.data_type"]
        wanted = asked["definition"].get("input_settings", {}).get("choices") or []
        settings = dict(held.get("input_settings") or {})
        if settings.get("input_type") != asked["definition"]["input_settings"]["input_type"]:
            return {}, ["definition.input_settings.input_type"]
        missing = [choice for choice in wanted if choice not in (settings.get("choices") or [])]
        if not missing:
            return {}, []
        settings["choices"] = [*(settings.get("choices") or []), *missing]
        return {
            "object_type": asked["object_type"],
            "label": found.body["label"],
            "definition": {"data_type": held["data_type"], "input_settings": settings},
        }, []


def _means(label: str, row: dict[str, Any]) -> bool:
    held = str(row.get("label", ""))
    return held == label if row.get("managed_type") else held.casefold() == label.casefold()
