"""The rows of a generated dataset, as the sandbox completes them."""

from typing import Any

from sandbox.ivinex.dataset import Dataset


def tab_rows(dataset: Dataset, tab: str) -> list[dict[str, Any]]:
    table = dataset.by_name[tab]
    return [table.record(record_id) for record_id in table.ids]
