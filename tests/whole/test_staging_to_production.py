"""docs/staging-to-production.md on two accounts of one Ivinex site: production is refused with the exact condition that
is not met, at each step before it is met, and loads when all are; by the command, and by the jobs of the UI.

The conditions one by one, of ledgers alone: tests/checks/test_production.py.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from both_sides import writes
from click.testing import CliRunner, Result
from connected_settings import account_of, connected_to
from mini_migration import ALLOWANCE, clean_environment, dataset_of
from started_jobs import StartedJobs, started_jobs

from migration_assets.cli import main
from sandbox.serve import Running, running

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(3600)]
TICKETS, SAMPLE = 8, 2
BY = ("--by", "Ann Lee")
NOT_SIGNED = "staging is not signed off as reconciled"
NO_SAMPLE = "the sample is not approved"
NO_SCOPE = "the scope is not signed off"
ONE_ACCOUNT = "staging and production must not be one account"


@dataclass
class Home:
    """One migration: its folder, its role, and its own account beside the Ivinex site of both."""

    folder: Path
    role: str
    site: Running
    account: Running
    staging: Path | None = None

    @property
    def environment(self) -> dict[str, str]:
        told = {
            "MIGRATION_HOME": str(self.folder),
            "MIGRATION_TARGET": self.role,
            "GORGIAS_ROLE": self.role,
            **connected_to(self.site),
            **account_of(self.account.gorgias_url, self.account.gorgias_auth),
        }
        return told | ({"MIGRATION_STAGING_HOME": str(self.staging)} if self.staging else {})

    def migrate(self, *words: str, code: int = 0, **instead: str) -> Result:
        with clean_environment(**self.environment | instead):
            result = CliRunner().invoke(main, list(words))
        assert result.exit_code == code, (words, result.exit_code, result.output[-3000:])
        return result

    def read(self, *words: str, code: int = 0, **instead: str) -> dict[str, Any]:
        return dict(json.loads(self.migrate(*words, "--json", code=code, **instead).stdout))

    @contextmanager
    def jobs(self) -> Iterator[StartedJobs]:
        with clean_environment(**self.environment), started_jobs() as jobs:
            yield jobs

    def decide(self) -> None:
        for point in self.read("preflight", "show", code=4)["points"]:
            if point["open"]:
                self.migrate("preflight", "decide", point["point"], point["options"][0], *BY, "--reason", "a test")

    def requests(self) -> dict[str, int]:
        """Of its account, since they were asked for last; the test's own are none."""
        with httpx.Client(base_url=self.account.gorgias_url) as client:
            told = client.get("/_sandbox/stats").json()["requests"]
            client.post("/_sandbox/stats/reset")
        return dict(told)

    def tickets(self) -> int:
        return len(self.account.gorgias.tickets.rows)


@pytest.fixture
def homes(tmp_path: Path) -> Iterator[tuple[Home, Home]]:
    """Staging with its map confirmed and its account decided, and an empty folder for production."""
    dataset = dataset_of(tmp_path / "dataset", tickets=TICKETS)
    options = {"rate": f"{ALLOWANCE}/20", "ivinex_rate": None}
    with running(dataset, **options) as site, running(dataset, **options) as other:  # type: ignore[arg-type]
        staging = Home(tmp_path / "staging", "staging", site, site)
        production = Home(tmp_path / "production", "production", site, other, staging.folder)
        for home in (staging, production):
            home.folder.mkdir(mode=0o700)
            shutil.copytree(dataset / "admin_exports", home.folder / "admin_exports")
        staging.migrate("discover")
        staging.migrate("mapping", "confirm", *BY)
        staging.decide()
        yield staging, production


def _same_map(staging: Home, production: Home) -> None:
    """What the page says of the home of production."""
    shutil.copy(staging.folder / "mapping.yaml", production.folder / "mapping.yaml")
    production.migrate("discover")
    production.migrate("mapping", "confirm", *BY)
    production.decide()


def _not_met(production: Home, *expected: str, **instead: str) -> None:
    """Exactly these conditions, as `migrate signoff` shows them and as a load is refused with them; nothing written."""
    told = production.read("signoff", code=4, **instead)["not_met"]
    assert [next((one for one in expected if one in line), line) for line in told] == list(expected)
    production.requests()
    refused = production.migrate("run", code=4, **instead).output
    said = " ".join(refused.split())
    count = "1 condition is" if len(expected) == 1 else f"{len(expected)} conditions are"
    assert f"GORGIAS_ROLE is production, and {count} not met, so nothing was written" in said, refused[-3000:]
    assert [one for one in expected if one not in said] == []
    assert writes(production.requests()) == {}
    assert production.tickets() == 0


def test_production_is_refused_until_each_condition_is_met_and_then_loads(homes: tuple[Home, Home]):
    staging, production = homes
    staging.migrate("sample", "--tickets", str(SAMPLE))
    assert "do not balance" in staging.migrate("signoff", *BY, code=4).output
    _same_map(staging, production)
    _not_met(production, NOT_SIGNED, NO_SCOPE)

    staging.migrate("run")
    staging.migrate("signoff", *BY, "--note", "read with the support lead")
    _not_met(production, NO_SAMPLE, NO_SCOPE)
    staging.migrate("sample", "approve", *BY)
    _not_met(production, NO_SCOPE)
    production.migrate("signoff", "--scope", *BY)
    _not_met(production, ONE_ACCOUNT, GORGIAS_BASE_URL=staging.account.gorgias_url)
    assert staging.tickets() == TICKETS

    assert production.read("signoff")["not_met"] == []
    production.migrate("run")
    assert production.tickets() == TICKETS
    assert production.read("verify")["exit_code"] == 0
    # A home that staging was loaded from is none of production, whatever account it is given.
    as_production = {"MIGRATION_TARGET": "production", "GORGIAS_ROLE": "production"}
    assert "another account was loaded from this home" in str(staging.read("signoff", code=4, **as_production))

    map_file = production.folder / "mapping.yaml"
    map_file.write_text(map_file.read_text("utf-8") + "link_notes: []\n", "utf-8")
    production.migrate("mapping", "confirm", *BY)
    told = production.read("signoff", code=4)["not_met"]
    assert [one.split(",")[0].split(" under map ")[0] for one in told] == [
        "staging was signed off",
        "the sample is approved",
        "the scope is signed off",
    ]
    assert "confirm here the map of staging" in told[0]
    production.requests()
    assert "3 conditions are not met" in " ".join(production.migrate("run", code=4).output.split())
    assert writes(production.requests()) == {}
    # Taking back is never refused by these.
    production.migrate("rollback")
    back = production.read("rollback", "--execute", *BY, "--reason", "the map was changed")
    assert back["verdict"] == "OK"
    assert production.tickets() == 0


def test_the_same_by_the_jobs_of_the_ui(homes: tuple[Home, Home]):
    staging, production = homes
    _same_map(staging, production)
    with staging.jobs() as jobs:
        early = jobs.start("sign_off", by="Ann Lee")
        assert (early.success, early.numbers["exit_code"]) == (False, 4)
        assert "no ticket is in Gorgias yet" in early.said
    for expected in ([NOT_SIGNED, NO_SCOPE], [NO_SAMPLE, NO_SCOPE], [NO_SCOPE]):
        with production.jobs() as jobs:
            production.requests()
            for job in ("prepare", "migrate_range", "migrate_sample"):
                refused = jobs.start(job)
                assert not refused.success, job
                assert [one for one in (NOT_SIGNED, NO_SAMPLE, NO_SCOPE) if one in refused.said] == expected, refused
            assert writes(production.requests()) == {}
        with staging.jobs() as jobs:
            if NOT_SIGNED in expected:
                steps = ("migrate_sample", {"tickets": SAMPLE}), ("migrate_range", {}), ("verify_range", {})
                for job, config in (*steps, ("report", {}), ("handoff", {})):
                    assert (done := jobs.start(job, **config)).success, (job, done.said)
                signed = jobs.start("sign_off", by="Ann Lee", note="read with the support lead")
            else:
                subject = "sample" if NO_SAMPLE in expected else "scope"
                signed = jobs.start("sign_off", by="Ann Lee", subject=subject)
            assert signed.success, signed.said
            assert signed.tags["migrate/by"] == "Ann Lee"
    with production.jobs() as jobs:
        loaded = jobs.start("migrate_range")
        assert loaded.success, loaded.said
    assert production.tickets() == TICKETS
