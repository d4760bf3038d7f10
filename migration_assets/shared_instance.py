"""The definitions of one migration under its own names, so that many share one Dagster instance and one UI.

Dagster keeps one node for each asset key and one queue for each pool, whatever code location they come from. So keys,
groups, jobs, schedules and sensors begin with the migration's name, and pools are named by what has the allowance: the
account and the site. Two migrations into one account still take turns; shops with accounts of their own do not wait for
each other. Steps, checks in the ledger and all messages keep the names of the code.

It belongs here: renaming what was built. It does not: building (build.py), and the rule of a name (own_names.py).
"""

from collections.abc import Sequence
from copy import copy
from typing import Any
from urllib.parse import urlsplit

import dagster as dg
from dagster._core.definitions.target import AutomationTarget
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from dagster_shared.record import replace

from migration_assets.own_names import MIGRATION_TAG, own_name, own_path
from migration_assets.settings import Settings


class OwnNames:
    """Renames the parts of one code location; where the settings have no name, everything stays as it is."""

    def __init__(self, settings: Settings):
        self._name = settings.migration
        self._pools = {
            "gorgias_api": f"gorgias_api/{settings.account}",
            "ivinex_api": f"ivinex_api/{(urlsplit(settings.ivinex_base_url or '').netloc or 'unset').lower()}",
        }

    def assets(self, assets: Sequence[Any]) -> list[Any]:
        if not self._name:
            return list(assets)
        keys = {key: dg.AssetKey(own_path(self._name, key.path)) for asset in assets for key in asset.keys}
        renamed = [self._in_own_pool(asset).with_attributes(asset_key_replacements=keys) for asset in assets]
        return list(dg.map_asset_specs(self._in_own_group, renamed))

    def jobs(self, jobs: Sequence[Any], assets: Sequence[Any]) -> list[Any]:
        """
        Args:
            assets: under their old keys, which the jobs select.
        """
        return [self._job(job, assets) for job in jobs] if self._name else list(jobs)

    def automations(self, found: Sequence[Any]) -> list[Any]:
        """Schedules or sensors."""
        return [self._automation(one) for one in found] if self._name else list(found)

    def _in_own_pool(self, asset: Any) -> Any:
        pool = self._pools.get(asset.op.pool or "")
        if pool is None:
            return asset
        return type(asset).dagster_internal_init(
            **{**asset.get_attributes_dict(), "node_def": _with_pool(asset.op, pool)}
        )

    def _in_own_group(self, spec: dg.AssetSpec) -> dg.AssetSpec:
        return spec.replace_attributes(group_name=own_name(self._name, spec.group_name or "default"))

    def _job(self, job: Any, assets: Sequence[Any]) -> Any:
        tags = {**(job.tags or {}), MIGRATION_TAG: self._name}
        if isinstance(job, UnresolvedAssetJobDefinition):
            chosen = [own_path(self._name, key.path) for key in job.selection.resolve(assets)]
            selection = dg.AssetSelection.assets(*chosen)
            return replace(job, name=own_name(self._name, job.name), selection=selection, tags=tags, run_tags=tags)
        ops = [_with_pool(op, self._pools.get(op.pool or "", op.pool)) for op in job.graph.node_defs]
        graph = dg.GraphDefinition(job.graph.name, node_defs=ops, dependencies=job.graph.dependencies)
        return graph.to_job(
            own_name(self._name, job.name), description=job.description, config=job.config_mapping, tags=tags
        )

    def _automation(self, found: Any) -> Any:
        # Dagster has no public way to give a decorated one another name.
        renamed = copy(found)
        renamed._name = own_name(self._name, found.name)
        if isinstance(found, dg.ScheduleDefinition):
            renamed._target = AutomationTarget(own_name(self._name, found.job_name))
        else:
            renamed._targets = [AutomationTarget(own_name(self._name, target.job_name)) for target in found.targets]
        return renamed


def _with_pool(op: Any, pool: str | None) -> Any:
    renamed = copy(op)
    renamed._pool = pool
    return renamed
