"""The runs of one command share a look at the account for an hour; nobody else does."""

from collections.abc import Iterator

import pytest

from migration_assets.gorgias.preflight import recent_look as looks
from migration_assets.gorgias.preflight.recent_look import LASTS, recent_look, remember_is_ours, remember_look

KEY = ("production:shop", "c0ffee", False)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    looks._LOOKS.clear()
    yield
    looks._LOOKS.clear()


def test_a_look_holds_for_the_same_command_and_account_within_the_hour():
    remember_look(KEY, {"surveys"}, lambda: 0.0)
    found = recent_look(KEY, {"surveys", "rule:1"}, lambda: LASTS - 1)
    assert found is not None
    assert (found.switched_off, found.is_ours) == ({"surveys"}, False)
    assert recent_look(KEY, {"surveys"}, lambda: LASTS) is None
    for other in (("production:shop", "other", False), ("staging:shop", "c0ffee", False), (*KEY[:2], True), None):
        assert recent_look(other, {"surveys"}, lambda: 1.0) is None


def test_what_was_switched_on_again_is_looked_at_again():
    remember_look(KEY, {"surveys"}, lambda: 0.0)
    assert recent_look(KEY, set(), lambda: 1.0) is None


def test_that_the_account_is_ours_is_remembered_with_the_look_and_not_without():
    remember_is_ours(KEY)
    assert recent_look(KEY, set()) is None
    remember_look(KEY, set())
    remember_is_ours(KEY)
    found = recent_look(KEY, set())
    assert found is not None
    assert found.is_ours


def test_a_run_of_no_command_remembers_nothing():
    remember_look(None, set())
    remember_is_ours(None)
    assert looks._LOOKS == {}
