"""Settings, rules and integrations: what is switched off for a load, and restored. Not: what a load writes."""

from typing import Any

from resources.gorgias.client import Reader
from resources.gorgias.failures import GorgiasError
from resources.gorgias.writer.object_types.object_type import Found, ObjectType
from resources.gorgias.writer.value_equality import flat_differences
from resources.gorgias.writer.write import Write

SETTINGS = "/api/account/settings"


def settings_of(reader: Reader) -> list[dict[str, Any]]:
    """The settings of the account: all at once, without pages.

    Raises:
        GorgiasError: they cannot be read, or are no list.
    """
    answer = reader.get(SETTINGS)
    if not isinstance(answer, dict) or not isinstance(answer.get("data"), list):
        raise GorgiasError("GET", SETTINGS, 200, "no list in the answer (no `data`)")
    return list(answer["data"])


class Switched(ObjectType):
    """A PUT that leaves a setting, rule or integration as it says: repeating it changes nothing."""

    def find(self, write: Write) -> list[Found]:
        held = self._actual_values(write.path)
        return [] if isinstance(held, int) or self.differences(write.body, held) else [Found(held["id"], held, True)]

    def differences(self, asked: Any, answer: Any) -> list[str]:
        found = flat_differences(asked, answer)
        return found + (["data"] if "data" in asked and answer.get("data", asked["data"]) != asked["data"] else [])

    def _actual_values(self, path: str) -> dict[str, Any] | int:
        """A setting is shown by the list only."""
        if not path.startswith(SETTINGS):
            return self.reader.get_object(path)
        number = int(path.rsplit("/", 1)[1])
        return next((row for row in settings_of(self.reader) if row["id"] == number), 404)
