"""What the pages of dagster-webserver 1.13.27 send when a button is pressed: one function per button.

Captured in Chromium from the requests to /graphql while somebody clicked in a running `migrate ui`; each function says
where. The browser test presses the same buttons and holds what they send against these functions, so an upgrade that
changes a button fails there. What matters in each form is which assets and which checks it names: Dagster reads a check
selection that is left out as "all checks on these assets".

It belongs here: forms only. It does not: sending them and waiting (graphql_pages.py), and clicking (browser_pages.py).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ui_request import ASSETS_ALONE, LOCATION, Asset, Request, key

FROM_UI = {"key": "dagster/from_ui", "value": "true"}


def materialize(job: str, assets: Iterable[Asset], day: str | None = None) -> Request:
    """Page of a job > Materialize all, for one day or a job without days: the checks that belong to the job."""
    tags = [_tag("partition", day), _tag("partition_set", f"{job}_partition_set")] if day else []
    return _launch(job, assets, lambda asset, name: job in asset.checks[name], tags)


def materialize_asset(assets: Iterable[Asset], day: str | None = None) -> Request:
    """Page of an asset, or Lineage > Materialize all, for one day or without days: every check of the assets."""
    return _launch(ASSETS_ALONE, assets, lambda asset, name: True, [_tag("partition", day)] if day else [])


def launchpad(
    job: str, assets: Iterable[Asset], day: str | None = None, config: str = "{}", alone: bool = True
) -> Request:
    """Page of a job > arrow beside Materialize > Open launchpad > Materialize.

    Args:
        config: the page fills in the configuration of all resources.
        alone: the box "Include N separately executable checks", which is ticked at first.
    """
    tags = [_tag("partition", day), _tag("partition_set", f"{job}_partition_set")] if day else []
    return _launch(
        job, assets, lambda asset, name: job in asset.checks[name] and (alone or name not in asset.alone), tags, config
    )


def launch_op(job: str, config: str, tags: Mapping[str, str]) -> Request:
    """Page of a job of one op > Launchpad > Launch Run.

    Args:
        tags: the job's own; here the page sends them, for jobs of assets it does not.
    """
    own = [{"key": name, "value": value} for name, value in tags.items()]
    return _launch(job, [], lambda asset, name: False, [*own, _tag("solid_selection", "*")], config)


def without_checks(job: str, assets: Iterable[Asset], day: str) -> Request:
    """A launch with an empty check selection, which is not the same as one that is left out.

    Page of a run of a backfill > select a step > Re-execute sends it so (with the step besides), and so did the
    launchpad of a job whose checks were on the assets of another one.
    """
    return _launch(job, assets, lambda asset, name: False, [_tag("partition", day)])


def backfill(job: str, assets: Iterable[Asset], days: Sequence[str]) -> Request:
    """Page of a job > Materialize all, or its tab Partitions > Materialize, or arrow > Materialize unsynced; several
    days. No check selection at all, whatever the job selects.
    """
    params = _backfill(assets, days)
    params["selector"] = {"partitionSetName": f"{job}_partition_set", "repositorySelector": LOCATION}
    return Request("LaunchPartitionBackfill", {"backfillParams": params})


def backfill_asset(assets: Iterable[Asset], days: Sequence[str]) -> Request:
    """Page of an asset, or Lineage, for several days: the same without a job."""
    return Request("LaunchPartitionBackfill", {"backfillParams": _backfill(assets, days)})


def execute(asset: Asset, checks: Iterable[str]) -> Request:
    """Page of an asset > tab Checks > Execute all, or Execute of one: checks without their asset and without a day.

    The button is greyed out where none of them is separately executable.
    """
    named = [{"assetKey": key(asset.key), "name": name} for name in checks]
    selector = {**LOCATION, "jobName": ASSETS_ALONE, "assetSelection": [], "assetCheckSelection": named}
    params = {"mode": "default", "executionMetadata": {"tags": [FROM_UI]}, "runConfigData": "{}", "selector": selector}
    return Request("LaunchPipelineExecution", {"executionParams": params})


def reexecute(run: str, strategy: str = "FROM_FAILURE") -> Request:
    """Page of a run > arrow beside Re-execute > From failure; the list of runs sends the same for each ticked run."""
    params = {"parentRunId": run, "strategy": strategy, "extraTags": [FROM_UI]}
    return Request("LaunchPipelineReexecution", {"reexecutionParams": params})


def reexecute_backfill(backfill: str, strategy: str = "FROM_FAILURE") -> Request:
    """Page of a backfill, or its line in the list of runs > arrow > Re-execute from failure."""
    return Request("reexecuteBackfill", {"reexecutionParams": {"parentRunId": backfill, "strategy": strategy}})


def days_in_one_run(job: str, assets: Iterable[Asset], first: str, last: str) -> Request:
    """No button: the run that the daemon makes of a backfill over assets that take many days in one run."""
    request = _launch(job, assets, lambda asset, name: True, [_tag("asset_partition_range_start", first)])
    params = request.variables["executionParams"]
    params["executionMetadata"]["tags"].append(_tag("asset_partition_range_end", last))
    del params["selector"]["assetCheckSelection"]
    return request


def _launch(
    job: str,
    assets: Iterable[Asset],
    wanted: Callable[[Asset, str], bool],
    tags: list[dict[str, str]],
    config: str = "{}",
) -> Request:
    assets = sorted(assets, key=lambda asset: asset.key)
    checks = [
        {"name": name, "assetKey": key(asset.key)} for asset in assets for name in asset.checks if wanted(asset, name)
    ]
    selection = {"assetSelection": [key(asset.key) for asset in assets], "assetCheckSelection": checks}
    params = {
        "mode": "default",
        "executionMetadata": {"tags": [*tags, FROM_UI]},
        "runConfigData": config,
        "selector": {**LOCATION, "pipelineName": job, **selection},
    }
    return Request("LaunchPipelineExecution", {"executionParams": params})


def _backfill(assets: Iterable[Asset], days: Sequence[str]) -> dict[str, Any]:
    keys = [key(name) for name in sorted(asset.key for asset in assets)]
    return {"tags": [FROM_UI], "assetSelection": keys, "partitionNames": list(days), "fromFailure": False}


def _tag(name: str, value: str) -> dict[str, str]:
    return {"key": f"dagster/{name}", "value": value}
