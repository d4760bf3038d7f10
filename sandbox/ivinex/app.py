"""The Ivinex application: its routes. What happens to an API request on its way is in `dispatch.py`."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Route

from sandbox.ivinex import control, dispatch
from sandbox.ivinex.server import Server


def build_app(dataset: Path, *, clock: Callable[[], float] = time.time, rate: float | None = None) -> Starlette:
    """The Ivinex side of the sandbox.

    Args:
        dataset: folder as in docs/sandbox.md.
        clock: seconds since the epoch.
        rate: requests a second, instead of what switch A-19 says.

    Returns:
        The application; `state.credentials` is the first usable API user's (username, password) and
        `state.server` the site itself.

    Raises:
        DatasetError: the folder cannot be served; names file, line and key.
    """
    server = Server(dataset, clock=clock, rate=rate)
    app = Starlette(
        routes=[
            Route("/API/{path}", partial(dispatch.api, server), methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
            Route("/_moved/{path:path}", partial(dispatch.moved, server), methods=["GET", "POST"]),
            Route("/_sandbox/stats", partial(control.stats, server), methods=["GET", "POST"]),
            Route("/_sandbox/stats/reset", partial(control.stats, server), methods=["POST"]),
            Route("/_sandbox/faults", partial(control.faults, server), methods=["GET", "POST"]),
            Route("/_sandbox/records", partial(control.records, server), methods=["POST"]),
            Route("/_sandbox/fields", partial(control.fields, server), methods=["POST"]),
        ]
    )
    app.state.server = server
    app.state.credentials = server.site.credentials()
    return app
