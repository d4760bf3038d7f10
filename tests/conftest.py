"""What holds for the whole suite: its order, and the days that its processes have partitions for.

What takes longest begins first, so that it does not run alone at the end. Fixtures do not belong here: they are
beside the tests that use them.
"""

import os

import pytest

LONGEST = ("test_killed_runs.py", "test_backfill_over_graphql.py", "test_cli_demo.py")


def pytest_configure(config: pytest.Config) -> None:
    """Partitions begin where they do without a migration, whatever lies in the folder that the tests run in."""
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        return  # the process that only hands out the tests
    from migration_assets.partitions import daily_partitions

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIGRATION_HOME", os.devnull)
        patch.delenv("MIGRATION_START_DATE", raising=False)
        daily_partitions()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(LONGEST)))
