"""A run of days that do not lie side by side: Dagster knows one day or a whole range, so the others are left out of it.

Twenty changed days of half a year are one run in place of fifteen, and no day between them is made anew. It belongs
here: what a range holds while a run of this process lasts. It does not: which days those are (day_ranges.py). Executed
again from the UI, such a run takes the whole range, which is safe and longer.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from dagster._core.definitions.partitions.definition.time_window import TimeWindowPartitionsDefinition

_KEYS, _SUBSET = "get_partition_keys_in_range", "get_partition_subset_in_time_window"


@contextmanager
def without_days(left_out: Collection[str]) -> Iterator[None]:
    """Every range of days that Dagster asks for meanwhile is without these.

    Dagster has no option for it. It asks a range for its days by one method when it plans events, when an asset asks
    for its `partition_keys` and when it records what was made; and by another for what it keeps with the run.
    """
    if not left_out:
        yield
        return
    keys_of, subset_of = (
        getattr(TimeWindowPartitionsDefinition, _KEYS),
        getattr(TimeWindowPartitionsDefinition, _SUBSET),
    )

    def some_keys(self: Any, partition_key_range: Any) -> Sequence[str]:
        return [key for key in keys_of(self, partition_key_range) if key not in left_out]

    def some_of_window(self: Any, window: Any) -> Any:
        found = subset_of(self, window).get_partition_keys()
        return self.subset_with_partition_keys([key for key in found if key not in left_out])

    setattr(TimeWindowPartitionsDefinition, _KEYS, some_keys)
    setattr(TimeWindowPartitionsDefinition, _SUBSET, some_of_window)
    try:
        yield
    finally:
        setattr(TimeWindowPartitionsDefinition, _KEYS, keys_of)
        setattr(TimeWindowPartitionsDefinition, _SUBSET, subset_of)
