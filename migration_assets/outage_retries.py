"""A step that an outage ended is tried again, for nights without anybody: a pause, then the step from its beginning.

An outage is waited out for as long as the patience of its server lasts; what comes here lasted longer. Nothing else is
repeated: a refused credential, a closed gate or another home at work waits for a person. It is safe, because a step
begins with what the ledger has in doubt and sends what is done no second time. A command is ended instead: there is
somebody who can start it again.

It belongs here: which failure, how often, after which pause. It does not: waiting within a step
(resources/patience.py).
"""

from time import sleep
from typing import Any

import dagster as dg

from migration_assets.run_tags import ID_TAG, PARENT_TAG
from resources.gorgias.failures import Outlasted
from resources.ivinex.failures import OutOfOrder
from resources.ledger.connecting import LedgerUnreachable

OUTAGES = (Outlasted, OutOfOrder, LedgerUnreachable)
RETRIES = 12
PAUSE = 900.0
"""Seconds. With a patience of half an hour, twelve times is a night."""


def again_later(error: Exception) -> dg.RetryRequested | None:
    """What to raise instead of the failure, after the pause; None where it is final."""
    context = _context() if isinstance(error, OUTAGES) else None
    if context is None or _has_somebody(context.run) or context.retry_number >= RETRIES:
        return None
    context.log.warning(
        f"{error} This step is tried again in {PAUSE / 60:.0f} minutes ({context.retry_number + 1} of {RETRIES}); "
        "terminate the run to keep it from that."
    )
    # Here and not by Dagster, which would not end its own wait where somebody terminates the run.
    sleep(PAUSE)
    return dg.RetryRequested(max_retries=RETRIES)


def _context() -> Any:
    try:
        return dg.AssetExecutionContext.get().op_execution_context
    except dg.DagsterInvariantViolationError:
        return None


def _has_somebody(run: dg.DagsterRun) -> bool:
    """A command waits for it."""
    return ID_TAG in run.tags and PARENT_TAG not in run.tags and run.parent_run_id is None
