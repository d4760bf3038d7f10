"""Production waits for staging: each unmet condition is named, and only what is met opens it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest

from checks.production import Account, one_account, unmet
from migration_assets.gorgias.preflight import role
from migration_assets.gorgias.preflight.role import require_role
from resources.ledger import Ledger

Sign = Callable[..., None]
CONFIRMED = ("f1", {}, "Ann")


@pytest.fixture
def staging(tmp_path: Path) -> Iterator[Ledger]:
    (tmp_path / "staging").mkdir()
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'staging' / 'ledger.sqlite'}", "staging:try.gorgias.com")
    yield ledger
    ledger.close()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Account]:
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'own.sqlite'}", "production:shop.gorgias.com")
    ledger.decisions.confirm_mapping("m1", *CONFIRMED)
    yield Account(ledger, "shop.gorgias.com", "digest-of-shop")
    ledger.close()


def sign(ledger: Ledger, subject: str, version: str = "m1", target: str = "try.gorgias.com", role: str = "") -> None:
    ledger.sign_offs.sign_off(
        subject, "Ann", role=role, target=target, map_version=version, program_version="1", note="read"
    )


def test_what_is_signed_off_under_the_same_map_opens_production(own: Account, staging: Ledger):
    sign(staging, "report")
    sign(staging, "scope")
    assert unmet(own, staging, needs_sample=False) == []
    row = staging.sign_offs.all()[0]
    assert (row.signed_by, row.map_version, row.note, row.at.tzinfo is not None) == ("Ann", "m1", "read", True)


def test_each_condition_is_named_by_itself(own: Account, staging: Ledger):
    first, scope = unmet(own, None, needs_sample=False)
    assert "MIGRATION_STAGING_HOME" in first
    first, scope = unmet(own, staging, needs_sample=False)
    assert "`migrate signoff --by NAME`" in first
    sign(staging, "report")
    (scope,) = unmet(own, staging, needs_sample=False)
    assert "`migrate signoff --scope --by NAME`" in scope
    sign(own.ledger, "scope")
    assert unmet(own, staging, needs_sample=False) == []
    (sample,) = unmet(own, staging, needs_sample=True)
    assert sample.startswith("the sample is not approved")


def test_another_map_than_staging_s_is_not_enough(own: Account, staging: Ledger):
    for subject in ("report", "scope"):
        sign(staging, subject)
    sign(staging, "sample")
    own.ledger.decisions.confirm_mapping("m2", *CONFIRMED)
    report, sample, scope = unmet(own, staging, needs_sample=False)
    assert "under map m1" in report
    assert "m2 is confirmed here" in report
    assert "approved under map m1" in sample
    assert "under map m1, not under m2" in scope


def test_a_sample_that_exists_closes_production_until_it_is_approved(own: Account, staging: Ledger):
    for subject in ("report", "scope"):
        sign(staging, subject)
    staging.samples.add_to_sample("tickets", {"t1": "2026-01-05"})
    (told,) = unmet(own, staging, needs_sample=False)
    assert told.startswith("the sample is not approved")
    assert "`migrate sample approve --by NAME`" in told
    sign(staging, "sample", version="m0")
    (told,) = unmet(own, staging, needs_sample=False)
    assert "approved under map m0" in told
    sign(staging, "sample")
    assert unmet(own, staging, needs_sample=False) == []


def test_a_sample_that_was_taken_back_closes_nothing(own: Account, staging: Ledger):
    for subject in ("report", "scope"):
        sign(staging, subject)
    staging.samples.add_to_sample("tickets", {"t1": "2026-01-05"})
    staging.samples.leave_sample("tickets", ["t1"])
    assert unmet(own, staging, needs_sample=False) == []


def test_a_gate_that_closed_in_staging_after_the_sign_off_closes_production_until_it_opens(
    own: Account, staging: Ledger
):
    for subject in ("report", "scope"):
        sign(staging, subject)
    gate = "reconciliation/comparison:tickets_compared", "2026-01-05"
    staging.quality_gates.record_gate(*gate, False, "2 differ", "run")
    (told,) = unmet(own, staging, needs_sample=False)
    assert "reconciliation/comparison:tickets_compared 2026-01-05" in told
    staging.quality_gates.override_gate(*gate, "Ann", "known")
    assert unmet(own, staging, needs_sample=False) == []


@pytest.mark.parametrize(
    ("target", "digest", "same"),
    [
        ("shop.gorgias.com", "another", True),
        ("SHOP.gorgias.com", "another", True),
        ("alias.gorgias.com", "digest-of-shop", True),
        ("try.gorgias.com", "another", False),
        ("127.0.0.1:81", "digest-of-shop", True),
    ],
)
def test_staging_and_production_are_not_one_account_by_address_or_by_domain(
    own: Account, staging: Ledger, target: str, digest: str, same: bool
):
    staging.images.note_target(digest, [])
    sign(staging, "report", target=target)
    sign(staging, "scope", target=target)
    assert ["one account" in one for one in unmet(own, staging, needs_sample=False)] == [True] * same


def test_an_account_that_was_loaded_in_one_role_is_not_loaded_in_the_other(own: Account, staging: Ledger):
    own.ledger.decisions.decide("role", "staging", "GORGIAS_ROLE")
    assert "loaded as staging" in unmet(own, staging, needs_sample=False)[0]
    own.ledger.decisions.decide("role", "production", "GORGIAS_ROLE")
    assert "this one is production" in one_account(own)[0]
    assert one_account(Account(staging, "try.gorgias.com")) == []
    sign(staging, "report", role="production")
    assert "this one is production" in one_account(Account(staging, "try.gorgias.com"))[0]


def test_a_sign_off_of_production_itself_is_none_of_staging(own: Account):
    sign(own.ledger, "report", role="production")
    sign(own.ledger, "report")
    (told,) = [one for one in unmet(own, own.ledger, needs_sample=False) if "scope" not in one]
    assert "staging is not signed off" in told


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(role, "owner_digest", lambda reader: "digest-of-shop")
    monkeypatch.setenv("MIGRATION_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MIGRATION_TARGET", "production")
    monkeypatch.setenv("GORGIAS_BASE_URL", "https://shop.gorgias.com")
    monkeypatch.setenv("MIGRATION_STAGING_HOME", str(tmp_path / "staging"))
    return monkeypatch


def test_a_load_is_refused_with_every_condition_and_goes_through_when_they_are_met(
    own: Account, staging: Ledger, environment: pytest.MonkeyPatch
):
    require_role(own.ledger, None)  # no role, nothing asked
    assert own.ledger.decisions.decision("role") is None
    environment.setenv("GORGIAS_ROLE", "production")
    with pytest.raises(dg.Failure, match="2 conditions are not met, so nothing was written") as refused:
        require_role(own.ledger, None)
    assert refused.value.metadata["closed"].value == 2
    sign(staging, "report")
    sign(staging, "scope")
    require_role(own.ledger, None)
    assert own.ledger.decisions.decision("role") == "production"


def test_a_home_that_another_account_was_loaded_from_is_not_production_s(
    own: Account, staging: Ledger, environment: pytest.MonkeyPatch
):
    environment.setenv("GORGIAS_ROLE", "production")
    with own.ledger.transaction() as tx:
        tx.exec_driver_sql(
            "INSERT INTO writes (account, object, source_id, part, state, payload_hash, mapping_version, attempts, "
            "run_id, fence, intent_at, detail) VALUES ('staging:try.gorgias.com', 'tags', 'a', 'create', 'DONE', '', "
            "'', 1, '', 1, '2026-01-01 00:00:00', '')"
        )
    with pytest.raises(dg.Failure, match=r"(?s)1 condition is not met.*Set MIGRATION_HOME"):
        require_role(own.ledger, None)
