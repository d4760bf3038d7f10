from collections.abc import Iterator

import pytest
from staged_site import Site, open_site


@pytest.fixture
def site(tmp_path) -> Iterator[Site]:
    with open_site(tmp_path) as made:
        yield made
