"""What the tests of parts share: statements over a few rows, which are planned for longer than they run.

It belongs here: that DuckDB plans them as they are written. It does not: whole migrations (tests/whole), the UI, the
demo and the benchmarks, where it plans as it does for users.
"""

from collections.abc import Iterator

import pytest

from resources.warehouse import instance


@pytest.fixture(scope="module", autouse=True)
def _plans_as_written() -> Iterator[None]:
    """Of statements over ten tickets a tenth of all the time of these tests is optimizing."""
    before = instance.CONNECTION_SETUP
    instance.CONNECTION_SETUP = f"{before}; PRAGMA disable_optimizer"
    yield
    instance.CONNECTION_SETUP = before
