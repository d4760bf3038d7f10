"""The hostile profile through the real command on a staging target: every row ends somewhere, with a reason.

42 tickets hold every hard ticket, contact, activity and file of the generator's list; hard contacts with tickets of
their own begin with the 105th, so the 300 tickets of `make acceptance` hold all.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from served_home import served_home

from migration_assets.cli import main
from migration_assets.reconciliation.balance.balance import OUTCOMES
from sandbox.generator.generate import generate_dataset
from sandbox.gorgias.control import outbox
from sandbox.serve import Running

Migrate = Callable[..., dict[str, Any]]

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(1800)]


@pytest.fixture(params=[42, 300])
def sandbox(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    """The hostile site and an empty account, and the environment that a user of them would set."""
    dataset, home = tmp_path / "dataset", tmp_path / "home"
    generate_dataset(dataset, tickets=request.param, seed=3, profile="hostile", days=request.param // 2)
    with served_home(dataset, home, "staging") as served:
        yield served


@pytest.fixture
def migrate() -> Migrate:
    """Runs `migrate ARGS --json`; the command must end well."""

    def call(*args: str) -> dict[str, Any]:
        result = CliRunner().invoke(main, [*args, "--json"])
        assert result.exit_code == 0, result.output[-3000:]
        return json.loads(result.stdout)

    return call


def test_every_row_of_a_hostile_site_ends_with_a_reason_and_none_stops_the_run(
    sandbox: Running, migrate: Migrate, tmp_path: Path
):
    migrate("discover")
    migrate("mapping", "propose")
    migrate("mapping", "confirm", "--by", "Ann Lee")
    said = migrate("run")

    for row in said["books"]:
        assert row["balanced"], row
        assert row["source"] == sum(row[name] for name in OUTCOMES), row
    assert {row["object"]: row["source"] > 0 for row in said["books"]}["tickets"]
    assert (said["closed_gates"], said["failed_check"], said["conflicts"]) == ([], None, 0)

    reasons = json.loads((tmp_path / "home/handoff/reconciliation.json").read_text())["reasons"]
    assert all(row["reason"] for row in reasons if row["outcome"] in ("skipped", "quarantined", "merged")), reasons
    quarantine = migrate("quarantine", "list")["quarantine"]
    tickets = [row for row in quarantine if row["object"] == "tickets"]
    assert len(tickets) == next(row["quarantined"] for row in said["books"] if row["object"] == "tickets")
    assert all("no partition: " in row["message"] for row in tickets)

    account = sandbox.gorgias
    assert outbox(account)["mails"] == []
    assert all(row["sent_datetime"] for row in account.messages)
    addresses = [channel["address"] for row in account.customers for channel in row["channels"]]
    assert [one for one in addresses if "@" in one and not one.endswith("@stubs.invalid")] == []
    for path in (tmp_path / "home/handoff").iterdir():
        content = path.read_text(encoding="utf-8").lower()
        assert "<script" not in content, path.name
        assert "javascript:" not in content, path.name
