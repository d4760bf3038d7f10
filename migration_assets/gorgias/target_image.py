"""The target as ids and digests: what there is, without what anybody wrote. Lists only, 100 objects a call.

It belongs here: reading. It does not: where the image is kept (resources/ledger/images.py), and comparing two of them
(proof.py).
"""

import hashlib
from collections.abc import Iterator
from typing import Any

import orjson

from resources.gorgias.client import Reader
from resources.gorgias.external_ids import PREFIX

LISTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("users", "/api/users", {}),
    ("teams", "/api/teams", {}),
    ("tags", "/api/tags", {}),
    ("custom_fields", "/api/custom-fields", {"object_type": "Ticket"}),
    ("custom_fields", "/api/custom-fields", {"object_type": "Customer"}),
    ("customers", "/api/customers", {"order_by": "created_datetime:asc"}),
    ("tickets", "/api/tickets", {"order_by": "created_datetime:asc"}),
)
MOVING = frozenset({"updated_datetime", "usage", "uri", "meta", "excerpt", "summary", "priority"})
"""What the server moves by itself, or shows differently from look to look."""


def target_image(reader: Reader, with_ours: bool = True) -> Iterator[tuple[str, int, str]]:
    """Object, Gorgias id and digest of everything that a migration may touch or make.

    Args:
        with_ours: also what a migration made, by its external id; another home may have done so before.
    """
    for name, path, asked in LISTS:
        for row in reader.rows(path, **asked):
            if with_ours or not str(row.get("external_id") or "").startswith(PREFIX):
                yield name, row["id"], digest_of(row)


def digest_of(row: dict[str, Any]) -> str:
    """Of one list row, by what a person could have changed.

    A row that shows values shows the definition of each field with it, which has times of its own: the value counts.
    """
    kept = {name: value for name, value in row.items() if name not in MOVING}
    shown = kept.get("custom_fields")
    if isinstance(shown, dict):
        kept["custom_fields"] = {
            name: one.get("value") if isinstance(one, dict) else one for name, one in shown.items()
        }
    return hashlib.sha256(orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)).hexdigest()


def owner_digest(reader: Reader) -> str:
    """Of the account's domain: another account has another one, whatever address it is reached by."""
    account = reader.get("/api/account")
    return hashlib.sha256(str(account.get("domain")).encode()).hexdigest()
