"""Which Ivinex site an account is loaded from: bound at the first confirmation, and asked before anything is loaded.

Ids of two sites look alike (`ivinex:20:70003`), so a mistyped address would mix one shop's records into another's. A
site is known by its host, and by what does not change in it: when some of its tickets were created. In Gorgias its name
is part of each external id (resources/gorgias/external_ids.py), so that two sites stay apart in one account even where
somebody opens the gate between them.

It belongs here: what a site is known by, and whether two are the same. It does not: what Gorgias holds (gorgias/).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from migration_assets.setting_values import LOOPBACK
from migration_assets.settings import Settings
from migration_assets.settings_source import load_settings

if TYPE_CHECKING:
    from resources.ledger import Ledger
    from resources.warehouse import Warehouse

_NAME = 6
WITNESSES, FEWEST = 50, 3
"""Tickets that are remembered, and how many must contradict before a site is called another one."""


class OtherSite(Exception):
    """The source is not the site that this account is loaded from; nothing was written."""


@dataclass(frozen=True)
class Site:
    """
    Attributes:
        host: of IVINEX_BASE_URL; empty for this machine, where it says nothing.
        tabs: id -> name.
        witnesses: ticket -> when it was created.
    """

    host: str
    tabs: Mapping[str, str]
    witnesses: Mapping[str, str]

    def description(self) -> str:
        named = ", ".join(f"{name} ({number})" for number, name in list(self.tabs.items())[:6])
        return f"{self.host or 'a site on this machine'} with the tabs {named}"


def present_site(warehouse: Warehouse) -> Site:
    """The site that was read last."""
    with warehouse.transaction() as tx:
        if not tx.exists("ivinex.fields"):
            return Site(present_host(), {}, {})
        listed = tx.rows("SELECT DISTINCT collection_type_id AS id, tab FROM ivinex.fields ORDER BY ALL")
        tabs = {str(row["id"]): str(row["tab"]) for row in listed}
        rows = tx.rows(
            "SELECT source_id, created_at FROM ivinex.ticket_sweep WHERE created_at IS NOT NULL "
            "ORDER BY md5(source_id) LIMIT ?",
            [WITNESSES],
            if_exists="ivinex.ticket_sweep",
        )
    return Site(present_host(), tabs, {row["source_id"]: _second(row["created_at"]) for row in rows})


def present_host() -> str:
    host = urlsplit(load_settings().ivinex_base_url or "").hostname or ""
    return "" if host in LOOPBACK else host


def site_name(settings: Settings) -> str:
    """What external ids of this site hold, where the ledger does not know better: IVINEX_SITE, or made of the host.

    Empty on this machine, where the host says nothing.
    """
    host = urlsplit(settings.ivinex_base_url or "").hostname or ""
    if settings.ivinex_site or host in LOOPBACK or not host:
        return settings.ivinex_site
    return hashlib.sha256(host.encode()).hexdigest()[:_NAME]


def stub_domain_of(settings: Settings, ledger: Ledger) -> str:
    """Where made-up addresses live: Gorgias keeps one customer for an address, so those of two sites must differ."""
    site = ledger.sources.site_of_ids(site_name(settings))
    return f"{site}.{settings.gorgias_stub_domain}" if site else settings.gorgias_stub_domain


def bind_site(ledger: Ledger, warehouse: Warehouse, in_ids: str | None = None) -> None:
    """Remember the site at the first confirmation of an account; a later one changes nothing.

    Args:
        in_ids: what external ids turned out to hold, where that is known better.
    """
    site, bound = present_site(warehouse), ledger.sources.site()
    if bound is None or not bound["witnesses"] or in_ids is not None:
        if in_ids is None:
            in_ids = ledger.sources.site_of_ids(site_name(load_settings()))
        ledger.sources.bind_site(site.host, dict(site.tabs), dict(site.witnesses), in_ids)


def require_same_site(ledger: Ledger, warehouse: Warehouse) -> None:
    """
    Raises:
        OtherSite: what was read is of another site than the one that this account is loaded from; names both.
    """
    kept = ledger.sources.site()
    if kept is None:
        return
    bound = Site(kept["host"], kept["tabs"], kept["witnesses"])
    require_same_host(ledger)
    created = created_of(warehouse, list(bound.witnesses))
    if contradicts(bound.witnesses, created) or _disjoint(bound, created, present_site(warehouse)):
        _refuse(ledger, bound, present_site(warehouse))


def require_same_host(ledger: Ledger) -> None:
    """The same by the address alone, before anything is read.

    Raises:
        OtherSite: IVINEX_BASE_URL names another host.
    """
    kept, host = ledger.sources.site(), present_host()
    asked, in_ids = load_settings().ivinex_site, ledger.sources.site_of_ids("")
    if kept is not None and asked and asked != in_ids:
        held, way = (f"the site {in_ids}", f"set it to {in_ids}, or ") if in_ids else ("no site", "")
        raise OtherSite(
            f"IVINEX_SITE is {asked}, and the external ids of {ledger.account} hold {held} since its map was confirmed "
            f"first. That cannot change: {way}take IVINEX_SITE away; or, for another site, set GORGIAS_BASE_URL to "
            "its own account and MIGRATION_HOME to a folder of its own. Nothing was written."
        )
    if kept is not None and kept["host"] and host and kept["host"] != host:
        _refuse(ledger, Site(kept["host"], kept["tabs"], {}), Site(host, {}, {}))


def created_of(warehouse: Warehouse, source_ids: list[str]) -> dict[str, str]:
    """Ticket -> when it was created, of those that the last sweep found."""
    rows = warehouse.rows(
        "SELECT source_id, created_at FROM ivinex.ticket_sweep WHERE list_contains(?, source_id) "
        "AND created_at IS NOT NULL",
        [source_ids],
        if_exists="ivinex.ticket_sweep",
    )
    return {row["source_id"]: _second(row["created_at"]) for row in rows}


def contradicts(remembered: Mapping[str, str], present: Mapping[str, str]) -> bool:
    """Whether the tickets that both know were mostly created at other times: then the ids are of another site."""
    both = [one for one in remembered if one in present]
    differing = sum(remembered[one] != present[one] for one in both)
    return differing >= FEWEST and differing * 2 > len(both)


def _disjoint(bound: Site, created: Mapping[str, str], present: Site) -> bool:
    """None of many remembered tickets is there, though others are."""
    return len(bound.witnesses) >= 10 and not created and len(present.witnesses) >= 10


def _refuse(ledger: Ledger, bound: Site, present: Site) -> None:
    raise OtherSite(
        f"{ledger.account} is loaded from {bound.description()}, and what is read now is another site: {present.description()}. Its "  # noqa: E501
        "records would be mixed with those of the first one, because ids of two sites look alike. Set IVINEX_BASE_URL "
        "to the first site and read it again (the job discover, or `migrate discover`); or, for the other site, set "
        "GORGIAS_BASE_URL to its own account and MIGRATION_HOME to a folder of its own. Nothing was written."
    )


def _second(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")[:19]
