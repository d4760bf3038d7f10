"""The one way in which a step refuses to go on, said in a sentence and not tried again.

It belongs here: making it. It does not: when (the stages), and what it becomes in the UI and in the command
(migration_assets/expected_failures.py).
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg


def refusal(sentence: str, metadata: Mapping[str, Any] | None = None) -> dg.Failure:
    """To be raised; `metadata` holds counts only, as GATE_CLOSED (quality_gates.py)."""
    return dg.Failure(sentence, metadata=metadata, allow_retries=False)
