"""The order of the suite: what takes longest begins first, so that it does not run alone at the end.

It belongs here: order, and that no test leaves its secrets to the next. It does not: other fixtures, which are beside
the tests that use them.
"""

from collections.abc import Iterator

import hypothesis
import pytest

from resources.outgoing_text import close_door

# How long an example takes says how busy the machine is; what hangs is ended by the timeout of its test.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")

LONGEST = (
    "test_killed_runs.py",
    "test_cli_demo.py",
    "test_bad_input.py",
    "test_rollback_stops.py",
    "test_changed_target.py",
    "test_delta.py",
    "test_busy_account.py",
    "test_range_jobs.py",
    "test_rollback.py",
    "test_delta_agrees.py",
    "test_backfill_over_graphql.py",
    "test_target_gates.py",
    "test_orchestration_runs.py",
    "test_whole_files.py",
    "test_every_switch.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(LONGEST)))


@pytest.fixture(autouse=True)
def _closed_door() -> Iterator[None]:
    """A secret of one test, such as `secret`, is an ordinary word in the texts of another."""
    yield
    close_door()
