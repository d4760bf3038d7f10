"""The order of the suite: what takes longest begins first, so that it does not run alone at the end.

It belongs here: order only. It does not: fixtures, which are beside the tests that use them.
"""

import pytest

LONGEST = ("test_killed_runs.py", "test_backfill_over_graphql.py", "test_cli_demo.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(LONGEST)))
