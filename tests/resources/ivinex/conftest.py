"""A small generated site, plain or with one switch flipped."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from ivinex_site import Site, changed, serving

from resources.ivinex.client import IvinexClient
from resources.ivinex.sender import Sender
from resources.pacing import SteadyPacer
from sandbox.generator.generate import generate_dataset

Serve = Callable[..., Site]


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A typical dataset of 30 tickets."""
    folder = tmp_path_factory.mktemp("ivinex") / "small"
    generate_dataset(folder, tickets=30, seed=5)
    return folder


@pytest.fixture
def serve(small: Path, tmp_path: Path) -> Iterator[Serve]:
    """Serves the small dataset; keyword arguments replace keys of site.json."""
    with ExitStack() as stack:

        def start(**site: Any) -> Site:
            return stack.enter_context(serving(changed(small, tmp_path / "site", **site)))

        yield start


@pytest.fixture
def connect() -> Iterator[Callable[..., IvinexClient]]:
    """Makes clients that do not wait."""
    made: list[IvinexClient] = []

    def client(site: Site, **options: Any) -> IvinexClient:
        username, password = options.pop("credentials", site.credentials)
        options["credentials"] = options.pop("credentials_by", "auto")
        dialect = options.pop("dialect", "auto")
        settings = {"pacer": SteadyPacer(100_000), "sleep": lambda seconds: None} | options
        made.append(IvinexClient(Sender(site.url, username, password, **settings), dialect=dialect))
        return made[-1]

    yield client
    for one in made:
        one.close()
