"""Which customers need no read of their own, and that nothing a list shows is missed by it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from target_account import CONFIG, Target, connected, load

from migration_assets.reconciliation.comparison.compare_objects import compare_objects
from migration_assets.reconciliation.target.call_counts import CallCounter
from migration_assets.reconciliation.target.customer_proof import (
    LISTED_AND_ANSWERED,
    READ,
    CustomerProof,
    customer_proofs,
)
from migration_assets.reconciliation.target.object_comparison import read_objects_back
from resources.gorgias.channel_digest import channel_digest
from resources.ledger import Ledger
from sandbox.serve import running_gorgias

ADA = "ivinex:10:1"


@pytest.fixture
def target(ledger: Ledger, tmp_path: Path) -> Iterator[tuple[Target, httpx.Client, Any]]:
    with running_gorgias(CONFIG) as served, connected(served, ledger, tmp_path) as made:
        load(made, 1)
        with httpx.Client(base_url=served.gorgias_url, auth=served.gorgias_auth, timeout=30, verify=False) as http:
            yield made, http, served.gorgias


def verified(target: Target, share: float = 0.0) -> tuple[dict[str, int], set[str], int]:
    """Proofs, fields of customers that differ, and reads of single customers."""
    target.connection.counts.take()
    read_objects_back(target.reader, target.ledger, target.warehouse, CallCounter(lambda: 0), None, share)
    compare_objects(target.warehouse, target.ledger, datetime.now(UTC))
    rows = target.warehouse.rows("SELECT field FROM reconciliation.differences WHERE object = 'customers'")
    reads = target.connection.counts.take().get("GET /api/customers/{id}", 0)
    return customer_proofs(target.warehouse), {row["field"] for row in rows}, reads


def test_a_customer_is_proved_by_the_list_and_its_writes_answer(target: tuple[Target, httpx.Client, Any]):
    assert verified(target[0]) == ({LISTED_AND_ANSWERED: 1}, set(), 0)


def test_with_the_whole_share_each_is_read_and_says_the_same(target: tuple[Target, httpx.Client, Any]):
    assert verified(target[0], share=1.0) == ({READ: 1}, set(), 1)


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("name", {"name": "Eve"}),
        ("external_id", {"external_id": "else"}),
        ("email", {"email": "eve@mail.example"}),
    ],
)
def test_what_the_list_shows_changed_is_read_and_named(
    target: tuple[Target, httpx.Client, Any], field: str, body: dict[str, str]
):
    made, http, _ = target
    assert http.put(f"/api/customers/{made.ledger.known_writes.gorgias_ids('customers')[ADA]}", json=body).is_success
    proofs, fields, reads = verified(made)
    assert (proofs, reads) == ({READ: 1}, 1)
    assert field in fields


def test_a_row_without_values_proves_nothing(target: tuple[Target, httpx.Client, Any]):
    made, http, _ = target
    proof = CustomerProof(made.warehouse, made.ledger, 0.0)
    (row,) = http.get("/api/customers").json()["data"]
    assert proof.proved(row) is not None
    for name in ("custom_fields", "data"):
        assert proof.proved({key: value for key, value in row.items() if key != name}) is None


def test_an_answer_that_was_not_kept_wants_a_read(target: tuple[Target, httpx.Client, Any]):
    made, _, _ = target
    with made.ledger.transaction() as tx:
        tx.exec_driver_sql("UPDATE writes SET answer_hash = 'of an earlier release' WHERE object = 'customers'")
    assert verified(made)[0] == {READ: 1}


def test_a_customer_that_was_there_before_wants_a_read(target: tuple[Target, httpx.Client, Any]):
    made, _, _ = target
    with made.ledger.transaction() as tx:
        tx.exec_driver_sql("UPDATE writes SET state = 'ADOPTED' WHERE object = 'customers'")
    assert verified(made)[0] == {READ: 1}


def test_an_answer_that_kept_other_channels_than_asked_is_not_taken_for_them():
    asked = [{"type": "email", "address": "Ada@x.example", "preferred": True}]
    kept = [{"type": "email", "address": "ada@x.example", "preferred": True, "id": 4}]
    assert channel_digest(asked) == channel_digest(kept)
    assert channel_digest(asked) != channel_digest([*kept, {"type": "phone", "address": "1"}])
    assert channel_digest(asked) != channel_digest([{**kept[0], "preferred": False}])
    assert channel_digest(asked) != channel_digest([])
