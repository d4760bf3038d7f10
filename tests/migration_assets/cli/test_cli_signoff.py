"""`migrate signoff`: what is signed, what is lacking, and a refusal that names what is open."""

import json
from collections.abc import Callable

import pytest
from click.testing import Result
from connected_settings import connected_to_nobody

from resources.ledger import Ledger


def test_nothing_is_signed_off_before_there_is_a_map(migrate: Callable[..., Result], ledger: Ledger):
    assert migrate("signoff", "--by", "Ann").exit_code in {2, 4}
    assert ledger.sign_offs.all() == []
    assert migrate("signoff", "--scope").exit_code == 2


def test_without_a_name_it_shows_what_production_lacks(
    migrate: Callable[..., Result], ledger: Ledger, monkeypatch: pytest.MonkeyPatch
):
    assert json.loads(migrate("signoff", "--json").stdout) == {"sign_offs": [], "not_met": [], "exit_code": 0}
    monkeypatch.setenv("GORGIAS_ROLE", "production")
    result = migrate("signoff", "--json")
    assert (result.exit_code, "the map is not confirmed here" in json.loads(result.stdout)["not_met"][0]) == (4, True)
    ledger.decisions.confirm_mapping("m1", "f", {}, "Ann")
    told = json.loads(migrate("signoff", "--json").stdout)["not_met"]
    assert ["MIGRATION_STAGING_HOME" in one for one in told] == [True, False]


def test_a_role_that_contradicts_the_target_is_a_mistake_of_the_settings(
    migrate: Callable[..., Result], ledger: Ledger, monkeypatch: pytest.MonkeyPatch
):
    for name, value in connected_to_nobody(MIGRATION_TARGET="staging", GORGIAS_ROLE="production").items():
        monkeypatch.setenv(name, value)
    result = migrate("run")
    assert result.exit_code == 2
    assert "Set both to the same" in result.stderr
