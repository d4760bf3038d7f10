"""The shop's own mailboxes: by which addresses it is the shop that writes.

It belongs here: what the source itself shows, addresses at which many senders reach the shop, and the domains of its
users. A person may name more (IVINEX_MAILBOXES). It does not: whose words a message holds (authorship.py).
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from migration_assets.mapping.model import Mapping
from migration_assets.staging.chunks import chunks
from migration_assets.transforms.addresses import read_addresses
from migration_assets.transforms.lookups import Lookups
from resources.warehouse import Connection, Table

SENDERS = 5
"""So many different senders make a receiver one of the shop's mailboxes, where it is no contact's address."""
TABLE = Table(
    "staging.mailboxes",
    {"address": ("VARCHAR", "address that customers reach the shop by"), "senders": ("BIGINT", "who wrote to it")},
)
_PUBLIC_WORDS = (
    "aol.com att.net bluewin.ch btinternet.com charter.net comcast.net cox.net docomo.ne.jp earthlink.net ezweb.ne.jp "
    "fastmail.com free.fr gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hey.com hotmail.co.uk "
    "hotmail.com hotmail.de hotmail.fr icloud.com laposte.net libero.it live.com live.co.uk live.de mac.com mail.com "
    "mail.de mail.ru me.com msn.com naver.com orange.fr outlook.com outlook.de pm.me posteo.de proton.me "
    "protonmail.com qq.com rocketmail.com sbcglobal.net sfr.fr softbank.ne.jp t-online.de tutanota.com verizon.net "
    "virgilio.it wanadoo.fr web.de yahoo.ca yahoo.co.jp yahoo.co.uk yahoo.com yahoo.de yahoo.fr yandex.com yandex.ru "
    "ymail.com zoho.com 126.com 163.com"
)
_PUBLIC = frozenset(_PUBLIC_WORDS.split())
CHUNK_ROWS = 20_000
_ENDS = """
INSERT INTO work.mail_ends
SELECT DISTINCT receiver, lower(sender)
FROM (
    SELECT json_extract_string(record, ?) AS receiver, json_extract_string(record, ?) AS sender
    FROM (SELECT CASE WHEN json_valid(raw) THEN raw END AS record FROM ivinex.activity_sweep
          WHERE source_id IN (SELECT unnest(?::VARCHAR[])))
)
WHERE receiver IS NOT NULL AND sender IS NOT NULL AND receiver <> '' AND sender <> ''
"""
_RECEIVERS = """
SELECT receiver, count(DISTINCT sender) AS senders FROM work.mail_ends
WHERE NOT EXISTS (SELECT 1 FROM (SELECT unnest(?::VARCHAR[]) AS own) WHERE contains(sender, own))
GROUP BY receiver HAVING senders >= ? ORDER BY senders DESC, receiver LIMIT 500
"""


def domains_of(addresses: Iterable[str]) -> frozenset[str]:
    """The mail domains of the users, without providers where anybody may have an address."""
    found = {str(address).strip().lower().rpartition("@")[2] for address in addresses}
    return frozenset(found - _PUBLIC - {""})


def find_mailboxes(tx: Connection, mapping: Mapping, lookups: Lookups) -> None:
    """Fill the table from the receivers of all activities and from staging.customers.

    Only strangers' mails count: a customer is written to by many agents as well.
    """
    found: dict[str, int] = {}
    domains = domains_of(lookups.senders)
    own = [f"@{domain}" for domain in sorted(domains)]
    own += sorted(address for address in lookups.senders if address.rpartition("@")[2] not in domains)
    for tab in mapping.roles.get("activity", []):
        named = {item.target.name: item.source for item in mapping.of("activity", tab) if item.target.to == "standard"}
        if "to" in named and "from" in named and tx.exists("ivinex.activity_sweep"):
            _collect_ends(tx, tab, _path(named["to"]), _path(named["from"]))
            for row in tx.rows(_RECEIVERS, [own, SENDERS]):
                for one in read_addresses(row["receiver"]).found:
                    found[one["address"]] = max(found.get(one["address"], 0), int(row["senders"]))
    customers = set(tx.query("SELECT address FROM work.address_owner")["address"])
    kept = [
        {"address": address, "senders": senders}
        for address, senders in sorted(found.items())
        if address not in customers and address not in lookups.senders
    ]
    tx.replace(TABLE, pd.DataFrame(kept, columns=list(TABLE.columns)))


def _collect_ends(tx: Connection, tab: str, receiver: str, sender: str) -> None:
    """Who wrote to whom. In chunks: parsing what is around the addresses costs many times its size."""
    tx.execute("CREATE OR REPLACE TABLE work.mail_ends (receiver VARCHAR, sender VARCHAR)")
    plan = tx.query(
        "SELECT source_id, strlen(raw) AS bytes FROM ivinex.activity_sweep WHERE collection_type_id = ?", [tab]
    )
    for ids in chunks(plan, CHUNK_ROWS):
        tx.execute(_ENDS, [receiver, sender, ids])


def _path(name: str) -> str:
    return '$."' + name.replace('"', "") + '"'
