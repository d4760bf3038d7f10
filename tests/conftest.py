"""The order of the suite: what takes longest begins first, so that it does not run alone at the end.

It belongs here: order, which tests are fast, one PostgreSQL for all, an empty ledger, and that no test leaves its
secrets to the next. It does not: other fixtures, which are beside the tests that use them.
"""

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from fast_tests import is_fast
from postgres_server import NoPostgres, postgres_server

import migration_assets  # noqa: F401 - first, because of what it says to numpy and to Python
from resources.ledger import Ledger
from resources.outgoing_text import close_door
from resources.warehouse import instance

# How long an example takes says how busy the machine is; what hangs is ended by the timeout of its test.
# A third of the examples that hypothesis would try: what each commit tries is new, so that many commits try them all.
hypothesis.settings.register_profile("suite", deadline=None, max_examples=30)
hypothesis.settings.load_profile("suite")

# Workers share the cores already, and a statement over a few rows costs a fifth less on one thread.
instance.CONFIG["threads"] = 1

LONGEST = (
    "test_cli_demo.py",
    "test_bad_input.py",
    "test_whole_files.py",
    "test_every_switch.py",
    "test_backfill_over_graphql.py",
    "test_busy_account.py",
    "test_range_jobs.py",
    "test_changed_target.py",
    "test_delta.py",
    "test_rollback.py",
    "test_rollback_stops.py",
    "test_killed_load.py",
    "test_served_cases.py",
    "test_delta_agrees.py",
    "test_target_gates.py",
    "test_nothing_outside_private.py",
    "test_orchestration_runs.py",
    "test_comparison.py",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fast", action="store_true", help="only files that start nothing and stage no site")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    tests = collection_path.name.startswith("test_") and collection_path.suffix == ".py"
    return True if config.getoption("--fast") and tests and not is_fast(collection_path) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(LONGEST)))


def pytest_collection_finish() -> None:
    """Modules and tests stay until the end, and need not be looked through for garbage before."""
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """DuckDB writes of each object that Python leaves over at its end, after pytest's closing line."""
    gc.unfreeze()


@pytest.fixture(scope="session", autouse=True)
def _revisions_read_once() -> Iterator[None]:
    """Each of some hundred instances of Dagster would read its revisions anew, twice."""
    if "dagster" not in sys.modules:
        yield
        return
    from migration_assets.orchestration.event_log_engines import revisions_read_once

    with revisions_read_once():
        yield


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database of this worker on a real PostgreSQL, which all workers share."""
    import psycopg2

    worker, base = os.environ.get("PYTEST_XDIST_WORKER"), tmp_path_factory.getbasetemp()
    name = worker or "main"
    try:
        with postgres_server(base.parent if worker else base) as folder:
            connection = psycopg2.connect(host=folder, user="postgres", dbname="postgres")
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f"CREATE DATABASE {name}")
            connection.close()
            yield f"postgresql+psycopg2://postgres@/{name}?host={folder}"
    except NoPostgres as error:
        pytest.skip(str(error))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty one of the demo account."""
    opened = Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}", "demo:sandbox")
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def _closed_door() -> Iterator[None]:
    """A secret of one test, such as `secret`, is an ordinary word in the texts of another."""
    yield
    close_door()
