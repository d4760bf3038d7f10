"""Cutting a slice into chunks that fit in memory: by rows and by bytes, because a few bodies may be a megabyte each."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

CHUNK_ROWS = 2_000
CHUNK_BYTES = 16_000_000


def chunks(plan: pd.DataFrame, rows: int = CHUNK_ROWS, size: int = CHUNK_BYTES) -> Iterator[list[str]]:
    """Group ids in the plan's order.

    Args:
        plan: columns source_id and bytes.
        rows: at most so many ids a chunk.
        size: at most so many bytes a chunk, unless a single record is larger.
    """
    chunk: list[str] = []
    held = 0
    for source_id, weight in zip(plan["source_id"].tolist(), plan["bytes"].tolist(), strict=True):
        if chunk and (len(chunk) >= rows or held + weight > size):
            yield chunk
            chunk, held = [], 0
        chunk.append(source_id)
        held += int(weight)
    if chunk:
        yield chunk
