"""What an account says of itself, read before a load: settings, rules, integrations, users, the role of the credential.

It belongs here: reading, and noting what may not be read. It does not: what follows from it (points.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from migration_assets.mapping.account_fields import ActiveField, read_active_fields
from resources.gorgias.client import Reader
from resources.gorgias.failures import GorgiasError
from resources.gorgias.writer.object_types.account import SETTINGS, settings_of

Row = dict[str, Any]
HIDDEN = (403, 404)
"""The role is too low, or the plan has none: no word on whether there is something."""


@dataclass(frozen=True)
class AccountFacts:
    """
    Attributes:
        unreadable: lists that the credential may not see, with the status of the refusal.
        role: of the user behind the credential.
    """

    status: str = ""
    role: str = ""
    settings: list[Row] = field(default_factory=list)
    rules: list[Row] = field(default_factory=list)
    integrations: list[Row] = field(default_factory=list)
    users: list[Row] = field(default_factory=list)
    fields: list[ActiveField] = field(default_factory=list)
    unreadable: dict[str, int] = field(default_factory=dict)

    @property
    def bots(self) -> list[Row]:
        """Users that are none: a sign of AI Agent and of apps."""
        return [row for row in self.users if (row.get("role") or {}).get("name") == "bot"]


def read_account(reader: Reader) -> AccountFacts:
    """Eight calls, and one more for each further page."""
    unreadable: dict[str, int] = {}

    def rows(name: str, path: str) -> list[Row]:
        try:
            # Settings come all at once, and their list takes no parameter of a page.
            return settings_of(reader) if name == "settings" else list(reader.rows(path))
        except GorgiasError as error:
            if error.status not in HIDDEN:
                raise
            unreadable[name] = error.status
            return []

    account = reader.get("/api/account")
    me = reader.get("/api/users/0")
    return AccountFacts(
        status=str((account.get("status") or {}).get("status") or ""),
        role=str((me.get("role") or {}).get("name") or ""),
        settings=rows("settings", SETTINGS),
        rules=_by_id(rows("rules", "/api/rules")),
        integrations=_by_id(rows("integrations", "/api/integrations")),
        users=rows("users", "/api/users"),
        fields=read_active_fields(reader),
        unreadable=unreadable,
    )


def _by_id(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row["id"])
