"""site.json: the site's clock, its users, who may see what, and the switches and faults in force.

The records and their fields are in `dataset.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

from sandbox.ivinex import switches
from sandbox.ivinex.errors import read_json
from sandbox.ivinex.faults import Fault


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise ValueError(f"{name!r} is not an IANA time zone") from error
    return name


class RowFilter(BaseModel):
    """One condition of a Read permission (ivinex-api.md 1.2): rows that fail it are hidden, without an error."""

    model_config = ConfigDict(extra="forbid")

    field: str
    operator: Literal["equal", "not_equal", "in"] = "equal"
    value: str | list[str]

    def admits(self, found: str) -> bool:
        """Whether a row with this wire value may be seen."""
        if self.operator == "in":
            return found in self.value
        return (found == self.value) == (self.operator == "equal")


class ApiUser(BaseModel):
    """A user who may call the API.

    Attributes:
        id: the numeric user id, as in created_by.
        visible_tabs: names of the tabs this user may read; `*` for all. Others are left out of GetTabs.
        unreadable_tabs: tabs that GetTabs lists although this user may not read them.
        row_filters: tab name to the conditions that every row shown must meet.
        time_zone: the user's own zone, which counts with switch A-20 = user only.
    """

    model_config = ConfigDict(extra="forbid")

    id: str
    username: str
    password: str = Field(repr=False)
    active: bool = True
    api_permission: bool = True
    visible_tabs: list[str] | Literal["*"] = "*"
    unreadable_tabs: list[str] = []
    row_filters: dict[str, list[RowFilter]] = {}
    time_zone: str = "America/New_York"

    _zone = field_validator("time_zone")(_known_zone)

    def may_read(self, tab: str) -> bool:
        """Whether rows and fields of the tab are shown to this user."""
        return tab not in self.unreadable_tabs and (self.visible_tabs == "*" or tab in self.visible_tabs)

    def may_list(self, tab: str) -> bool:
        """Whether GetTabs names the tab to this user."""
        return tab in self.unreadable_tabs or self.may_read(tab)


class Site(BaseModel):
    """The whole of site.json; `users` are the site's user ids and usernames, needed by the classic dialect."""

    model_config = ConfigDict(extra="forbid")

    time_zone: str
    api_users: list[ApiUser] = Field(min_length=1)
    users: dict[str, str] = {}
    switches: dict[str, Any] = {}
    faults: list[Fault] = []

    _zone = field_validator("time_zone")(_known_zone)

    def credentials(self) -> tuple[str, str]:
        """Username and password of the first active API user with the API permission, else of the first."""
        able = [user for user in self.api_users if user.active and user.api_permission]
        chosen = (able or self.api_users)[0]
        return chosen.username, chosen.password


def load_site(dataset: Path) -> Site:
    """Reads and checks site.json; the switches come back complete.

    Raises:
        DatasetError: missing, unreadable, unknown or ill-typed, naming file and key.
    """
    file = dataset / "site.json"
    site = read_json(file, Site, "a dataset folder")
    site.switches = switches.resolve(site.switches, file)
    return site
