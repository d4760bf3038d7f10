"""The partitioned assets: one day, a range, and the same rows either way."""

from collections.abc import Callable

import dagster as dg
from ivinex_stage import Run, cut_days

from migration_assets.ivinex import assets as ivinex_assets


def cut(run: Run, **scope: object) -> dict[str, int]:
    result = cut_days(run.home, **scope)
    return {
        f"{event.asset_key.path[-1]}": int(event.materialization.metadata["dagster/partition_row_count"].value)  # type: ignore[arg-type,union-attr]
        for event in result.get_asset_materialization_events()
    }


def test_a_range_and_single_days_end_in_the_same_rows(finished: Callable[[str], Run]) -> None:
    run = finished("typical")
    days = [day for (day,) in run.rows("SELECT DISTINCT partition FROM ivinex.ticket_sweep ORDER BY 1 LIMIT 3")]
    single = [cut(run, partition_key=day) for day in days]
    after_days = run.rows("SELECT partition, ticket_source_id, source_id FROM ivinex.activities ORDER BY ALL")
    tags = {"dagster/asset_partition_range_start": days[0], "dagster/asset_partition_range_end": days[-1]}
    cut(run, tags=tags)
    assert run.rows("SELECT partition, ticket_source_id, source_id FROM ivinex.activities ORDER BY ALL") == after_days
    rows = "SELECT count(*) FROM ivinex.tickets WHERE list_contains(?, partition)"
    assert sum(counts["tickets"] for counts in single) == run.one(rows, days) > 0
    assert sum(counts["activities"] for counts in single) > 0


def test_both_share_the_partitions_of_the_platform() -> None:
    assert ivinex_assets.tickets.partitions_def == ivinex_assets.activities.partitions_def
    assert isinstance(ivinex_assets.tickets.partitions_def, dg.DailyPartitionsDefinition)
    assert ivinex_assets.tickets.partitions_def.timezone == "UTC"
