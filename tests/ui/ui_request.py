"""A request to start something, as a page of Dagster's UI sends it, and the assets that it names.

It belongs here: what a request is, and when two mean the same. It does not: which button sends which
(request_forms.py).
"""

import json
from dataclasses import dataclass
from typing import Any

LOCATION = {"repositoryName": "__repository__", "repositoryLocationName": "ivinex_to_gorgias"}
ASSETS_ALONE = "__ASSET_JOB"
"""The job of what is launched from an asset's own page."""


@dataclass(frozen=True)
class Asset:
    """An asset as the pages know it.

    Attributes:
        checks: name of each of its checks -> the jobs that it belongs to.
        alone: those of its checks that can be executed without it ("separately executable").
    """

    key: str
    checks: dict[str, tuple[str, ...]]
    alone: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Request:
    """One mutation with its variables."""

    mutation: str
    variables: dict[str, Any]

    def at(self, location: str) -> "Request":
        """The same, sent from a page of another code location."""

        def moved(value: Any) -> Any:
            if isinstance(value, dict):
                return {
                    name: location if name == "repositoryLocationName" else moved(part) for name, part in value.items()
                }
            return [moved(part) for part in value] if isinstance(value, list) else value

        return Request(self.mutation, moved(self.variables))

    @property
    def selector(self) -> dict[str, Any]:
        """The run that it means: for a backfill the run of each of its days, whose checks are left out."""
        if "executionParams" in self.variables:
            return self.variables["executionParams"]["selector"]
        sent = self.variables["backfillParams"]
        job = (
            sent["selector"]["partitionSetName"].removesuffix("_partition_set") if "selector" in sent else ASSETS_ALONE
        )
        return {**LOCATION, "pipelineName": job, "assetSelection": sent["assetSelection"]}


def meaning(request: Request) -> str:
    """A request without what means nothing: the order of lists, white space, the configuration of resources."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: plain(part) for name, part in value.items() if name != "runConfigData" or not _ours(part)}
        if isinstance(value, list):
            return sorted((plain(part) for part in value if not _step_tag(part)), key=json.dumps)
        return value.strip() if isinstance(value, str) else value

    return json.dumps([request.mutation, plain(request.variables)], sort_keys=True, indent=1)


def _step_tag(part: Any) -> bool:
    """The launchpad repeats the job's own tag of its step; the other buttons leave it to Dagster."""
    return isinstance(part, dict) and part.get("key") == "migrate/step"


def _ours(config: str) -> bool:
    return config.strip() == "{}" or config.startswith("resources:")


def key(asset: str) -> dict[str, list[str]]:
    """`gorgias/tickets` as GraphQL wants it."""
    return {"path": asset.split("/")}
