"""Customers that need no read of their own: their list row shows all but channels, and their write's answer held those.

It belongs here: judging a list row. It does not: walking the list (list_reads.py), reading the others one by one
(single_reads.py) and comparing fields: a row that is taken here is compared like any other.
"""

import json
from collections.abc import Mapping
from typing import Any

from migration_assets.reconciliation.target import response_parser
from migration_assets.reconciliation.target.file_contents import in_share
from migration_assets.reconciliation.target.target_tables import CUSTOMERS, upgrade
from resources.gorgias.channel_digest import channel_digest
from resources.ledger import Ledger
from resources.warehouse import Warehouse

READ, LISTED_AND_ANSWERED = "read", "list and answer"
"""Proofs: a read of its own; or its row in the list, and for the channels the answer to the write that set them."""
_SHOWN = ("external_id", "name", "email", "data", "custom_fields")
_STAGED = "SELECT source_id, external_id, name, email, channels, field_values, data FROM staging.customers"


class CustomerProof:
    """The staged customers that are in Gorgias, and which of them a list row and an answer prove.

    Args:
        share: of the customers, which are read by themselves all the same; the same ones each time.
    """

    def __init__(self, warehouse: Warehouse, ledger: Ledger, share: float):
        numbers = ledger.known_writes.gorgias_ids("customers")
        staged = warehouse.rows(_STAGED) if warehouse.exists("staging.customers") else []
        self._staged = {numbers[row["source_id"]]: row for row in staged if row["source_id"] in numbers}
        self._answers = ledger.known_writes.answers_of_customers() if share < 1 else {}
        self._fields = ledger.known_writes.gorgias_ids("custom_fields")
        self._share = share

    def proved(self, row: Mapping[str, Any]) -> dict[str, Any] | None:
        """The customer as it is shown, from its list row; None: it has to be read by itself."""
        expected = self._staged.get(row["id"])
        if expected is None or not all(name in row for name in _SHOWN) or in_share(row["id"], self._share):
            return None
        channels = json.loads(expected["channels"])
        if self._answers.get(expected["source_id"]) != channel_digest(channels) or self._differs(row, expected):
            return None
        return response_parser.customer({**row, "channels": channels})

    def _differs(self, row: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:
        """Whether anything that the row shows is not as staged, to the letter: then its own read says more."""
        held = json.loads(response_parser.values(row["custom_fields"]) or "{}")
        given = json.loads(expected["field_values"] or "{}")
        values = {str(self._fields[name]): value for name, value in given.items() if name in self._fields}
        own = row["data"].get("ivinex", {}) if isinstance(row["data"], dict) else {}
        return (
            row["external_id"] != expected["external_id"]
            or (row["name"] or "") != (expected["name"] or "")
            or (row["email"] or "").lower() != (expected["email"] or "").lower()
            or held != values
            or own != json.loads(expected["data"] or "{}")
        )


def customer_proofs(warehouse: Warehouse) -> dict[str, int]:
    """Proof -> customers, of the last read of everything."""
    if not warehouse.exists(CUSTOMERS):
        return {}
    with warehouse.transaction() as tx:
        upgrade(tx)
        rows = tx.rows(
            f"SELECT coalesce(proof, '{READ}') AS proof, count(*) AS customers FROM {CUSTOMERS.name} "  # noqa: S608
            "GROUP BY ALL ORDER BY ALL"
        )
    return {row["proof"]: int(row["customers"]) for row in rows}
