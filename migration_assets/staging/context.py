"""What every staging asset starts from: the confirmed map, the lookups, and the settings that shape addresses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson
import pandas as pd

from migration_assets.mapping.confirm import load_confirmed
from migration_assets.mapping.model import Mapping
from migration_assets.mapping.source_site import stub_domain_of
from migration_assets.settings import Settings, Target
from migration_assets.staging.mailboxes import TABLE as MAILBOXES
from migration_assets.staging.mailboxes import domains_of
from migration_assets.transforms.lookups import Lookups
from migration_assets.transforms.people import mask, mask_all
from migration_assets.transforms.privacy import hash_key
from resources.ledger import Ledger
from resources.warehouse import Connection, Warehouse

STAGE = "staging"
"""The stage under which this stage speaks in the books."""


@dataclass(frozen=True)
class StagingContext:
    """Attributes:
    masked: customers' addresses are replaced by stub addresses (a staging account, docs/mapping.md).
    listed_users: user ids and user names in the admin's list; ids that were only harvested are not.
    teams: name of a staged team, folded (`folded`) -> its source id.
    mailboxes: addresses that the shop receives and sends mail by.
    domains: mail domains of the users, public providers left out.
    site: host of the Ivinex site, by which bodies name its tickets and images.
    files_later: files are left for a later pass, so that nothing is said of them yet.
    """

    mapping: Mapping
    lookups: Lookups
    fields: pd.DataFrame
    stub_domain: str
    stub_role: str
    masked: bool
    listed_users: frozenset[str]
    teams: dict[str, str]
    mailboxes: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    site: str = ""
    files_later: bool = False

    def masked_address(self, address: str) -> str:
        """A customer's address as the target account may see it. Addresses of agents stay."""
        return mask(address, self.stub_domain) if self.masked and address not in self.lookups.senders else address

    def is_shops(self, address: str) -> bool:
        """Is it one of the shop's mailboxes, or of the domain of its users?"""
        return address in self.mailboxes or address.rpartition("@")[2] in self.domains

    def masked_row(self, row: dict[str, Any], *names: str) -> dict[str, Any]:
        """The row with the addresses in these columns masked, JSON or text, where the target is a staging account."""
        if not self.masked:
            return row
        kept = frozenset(self.lookups.senders)
        return row | {name: _mask_column(row[name], self.stub_domain, kept) for name in names if row[name]}

    def name_of(self, user: str) -> str:
        """How a note calls a user, by source id: the name, else the login, else the number."""
        known = self.lookups.accounts.get(user, {})
        return str(known.get("name") or known.get("username") or f"Ivinex user {user.rsplit(':', 1)[-1]}")


def read_context(settings: Settings, ledger: Ledger, warehouse: Warehouse) -> StagingContext:
    """Load the confirmed map and the lookups.

    Raises:
        MappingError, NotConfirmed: as `load_confirmed`.
    """
    mapping = load_confirmed(settings.home, ledger, warehouse, settings.ivinex_timezone)
    with warehouse.transaction() as tx:
        fields = tx.query("SELECT * FROM ivinex.fields ORDER BY collection_type_id, position, field_name")
        users = tx.query("SELECT * FROM ivinex.users ORDER BY source_id")
        teams = tx.rows("SELECT name, source_id FROM staging.teams", if_exists="staging.teams")
        found = tx.rows(f"SELECT address FROM {MAILBOXES.name}", if_exists=MAILBOXES.name)  # noqa: S608
    listed = users[users["origin"] == "users.csv"]
    names = [*listed["user_id"], *listed["username"].dropna()]
    return StagingContext(
        mapping=mapping,
        lookups=Lookups.of(mapping, fields, users, _hash_key(settings, mapping)),
        fields=fields,
        stub_domain=stub_domain_of(settings, ledger),
        stub_role=settings.gorgias_stub_role,
        masked=settings.target is Target.staging,
        listed_users=frozenset(str(name) for name in names),
        teams={normalized_name(team["name"]): team["source_id"] for team in teams},
        mailboxes=frozenset([*settings.ivinex_mailboxes, *(row["address"] for row in found)]),
        domains=domains_of(listed["email"].dropna()),
        site=urlsplit(settings.ivinex_base_url or "").hostname or "",
        files_later=settings.files_later,
    )


def _hash_key(settings: Settings, mapping: Mapping) -> bytes:
    """The key of the transform hash; none is made where no field has it."""
    if not any(item.transform == "hash" for _, _, item in mapping.each()):
        return b""
    given = settings.hash_key
    return hash_key(settings.home, given.get_secret_value() if given else None)


def _mask_column(text: str, stub_domain: str, kept: frozenset[str]) -> str:
    """JSON is masked value by value, so that an escape in it hides no address; numbers of `..phone..` keys too."""
    try:
        value = mask_all(orjson.loads(text), stub_domain, kept)
    except orjson.JSONDecodeError:
        return str(mask_all(text, stub_domain, kept))
    if isinstance(value, dict):
        for key in [key for key in value if "phone" in key and isinstance(value[key], str)]:
            value[key] = _NUMBER.sub(lambda found: mask(found[0], stub_domain), value[key])
    return orjson.dumps(value).decode()


_NUMBER = re.compile(r"\+?\d[\d ()./-]{5,}\d")


def normalized_name(name: str) -> str:
    """A team's name as it is compared: blanks and letter case do not make another team."""
    return " ".join(name.split()).casefold()


def tabs_with_rows(tx: Connection, table: str) -> list[str]:
    """The tabs that a sweep filled, in order; [] where it never ran."""
    if not tx.exists(table):
        return []
    return list(tx.query(f"SELECT DISTINCT collection_type_id AS tab FROM {table} ORDER BY tab")["tab"])  # noqa: S608
