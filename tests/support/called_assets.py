"""Assets called without Dagster's engine, which costs more than what most of them do: half a second a run.

It belongs here: one call with a stand-in for the context, and what came out of it. It does not: runs, storage, retries,
pools and the order of a graph, which tests of the engine look at (tests/migration_assets/orchestration, tests/ui).
"""

import inspect
import logging
from collections.abc import Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import dagster as dg


def function_of(asset: dg.AssetsDefinition) -> Any:
    """The function that was decorated."""
    return asset.op.compute_fn.decorated_fn  # type: ignore[union-attr]


def context_of(run_id: str, days: Sequence[str] = (), tags: Mapping[str, str] | None = None) -> Any:
    """What assets ask of their context."""
    silent = SimpleNamespace(fetch_materializations=lambda *_, **__: SimpleNamespace(records=[]))
    return SimpleNamespace(
        run=SimpleNamespace(run_id=run_id, job_name="", tags=dict(tags or {})),
        run_id=run_id,
        partition_keys=list(days),
        partition_key=days[0] if len(days) == 1 else None,
        log=logging.getLogger("called_assets"),
        instance=silent,
        op_execution_context=SimpleNamespace(log_event=lambda _: None, op_config={}),
    )


def call(function: Any, context: Any, resources: Mapping[str, Any]) -> Any:
    """What an asset's function returned, or all that it yielded."""
    given = {"context": context, **resources}
    result = function(**{name: given[name] for name in inspect.signature(function).parameters})
    return list(result) if inspect.isgenerator(result) else result


def checks_in(given: Any) -> Iterator[dg.AssetCheckResult]:
    """The check results in what an asset returned or yielded."""
    for one in given if isinstance(given, list) else [given]:
        if isinstance(one, dg.AssetCheckResult):
            yield one
        elif isinstance(one, dg.MaterializeResult):
            yield from one.check_results or ()


class Called:
    """What one call after the other told.

    Attributes:
        metadata: last part of an asset's key -> name -> value.
        checks: `asset:check` -> its result.
    """

    def __init__(self) -> None:
        self.metadata: dict[str, dict[str, Any]] = {}
        self.checks: dict[str, dg.AssetCheckResult] = {}

    def call(self, assets: Sequence[dg.AssetsDefinition], context: Any, resources: Mapping[str, Any]) -> None:
        """Call in the given order, as one run would.

        Raises:
            Exception: what an asset raised; those after it are not called.
        """
        try:
            for asset in assets:
                self._take(asset, call(function_of(asset), context, resources))
        finally:
            for resource in resources.values():
                if hasattr(resource, "teardown_after_execution"):
                    resource.teardown_after_execution(None)

    def _take(self, asset: dg.AssetsDefinition, given: Any) -> None:
        for one in given if isinstance(given, list) else [given]:
            if isinstance(one, dg.MaterializeResult):
                key = one.asset_key or asset.key
                told = dg.AssetMaterialization(key, metadata=one.metadata).metadata
                self.metadata[key.path[-1]] = {name: value.value for name, value in told.items()}
        for check in checks_in(given):
            key = check.asset_key or next(iter(asset.check_keys)).asset_key
            self.checks[f"{key.path[-1]}:{check.check_name or next(iter(asset.check_keys)).name}"] = check
