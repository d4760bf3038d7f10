"""The definitions of one migration under its own names, so that many share one Dagster instance and one UI.

Dagster keeps one node for each asset key and one queue for each pool, whatever code location they come from. So keys,
groups, jobs, schedules and sensors begin with the migration's name, and pools are named by what has the allowance: the
account and the site. Two migrations into one account still take turns; shops with accounts of their own do not wait for
each other. In one code location each has its own days, too. Checks in the ledger keep the names of the code.

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

from migration_assets.own_names import MIGRATION_TAG, own_name, own_op, own_path
from migration_assets.own_words import words_of
from migration_assets.partitions import daily_partitions
from migration_assets.process_migrations import meant
from migration_assets.settings import Settings
from resources.outgoing_text import kept_in


class OwnNames:
    """Renames the parts of one code location; where the settings have no name, everything stays as it is."""

    def __init__(self, settings: Settings):
        self._name, self._private = settings.migration, settings.home / "private"
        with meant(self._name):
            self._days = daily_partitions()
        self._pools = {
            "gorgias_api": f"gorgias_api/{settings.account}",
            "ivinex_api": f"ivinex_api/{(urlsplit(settings.ivinex_base_url or '').netloc or 'unset').lower()}",
        }

    def assets(self, assets: Sequence[Any]) -> list[Any]:
        if not self._name:
            return list(assets)
        keys = {key: dg.AssetKey(own_path(self._name, key.path)) for asset in assets for key in asset.keys}
        renamed = [self._own_asset(asset).with_attributes(asset_key_replacements=keys) for asset in assets]
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

    def _own_asset(self, asset: Any) -> Any:
        """In its own pool, and of its own days: an asset that was made for another migration has the days of that."""
        given = asset.get_attributes_dict()
        own = {
            "node_def": self._own_op(asset.op),
            "specs": [
                spec.replace_attributes(**self._own_days(spec), description=self._description_of(spec))
                for spec in given["specs"]
            ],
            "check_specs_by_output_name": {
                name: check._replace(**self._own_days(check), description=self._description_of(check))
                for name, check in given["check_specs_by_output_name"].items()
            },
        }
        return type(asset).dagster_internal_init(**{**given, **own})

    def _description_of(self, of: Any) -> str | None:
        return words_of(self._name, of.description) if of.description else None

    def _own_days(self, of: Any) -> dict[str, Any]:
        return {"partitions_def": self._days} if of.partitions_def is not None else {}

    def _in_own_group(self, spec: dg.AssetSpec) -> dg.AssetSpec:
        return spec.replace_attributes(group_name=own_name(self._name, spec.group_name or "default"))

    def _job(self, job: Any, assets: Sequence[Any]) -> Any:
        tags = {**(job.tags or {}), MIGRATION_TAG: self._name}
        if isinstance(job, UnresolvedAssetJobDefinition):
            chosen = [own_path(self._name, key.path) for key in job.selection.resolve(assets)]
            selection = dg.AssetSelection.assets(*chosen)
            own = {"name": own_name(self._name, job.name), "description": self._description_of(job)}
            return replace(job, selection=selection, tags=tags, run_tags=tags, **own)
        (op,) = job.graph.node_defs
        renamed, name = self._own_op(op), own_name(self._name, job.name)
        # Its config and its step keep the name of the code.
        step: Any = {dg.NodeInvocation(renamed.name, alias=op.name): {}}
        graph = dg.GraphDefinition(name, node_defs=[renamed], dependencies=step)
        return graph.to_job(name, description=self._description_of(job), config=job.config_mapping, tags=tags)

    def _own_op(self, op: Any) -> Any:
        # Dagster has no public way to give one another pool, or another name and nothing else.
        renamed = copy(op)
        renamed._name, renamed._pool = own_op(self._name, op.name), self._pools.get(op.pool or "", op.pool)
        return renamed

    def _automation(self, found: Any) -> Any:
        # Dagster has no public way to give a decorated one another name.
        renamed = copy(found)
        renamed._name, renamed._description = own_name(self._name, found.name), self._description_of(found)
        if isinstance(found, dg.ScheduleDefinition):
            renamed._target = AutomationTarget(own_name(self._name, found.job_name))
        else:
            renamed._targets = [AutomationTarget(own_name(self._name, target.job_name)) for target in found.targets]
        return self._evaluated_as_own(renamed)

    def _evaluated_as_own(self, found: Any) -> Any:
        """Others are evaluated beside it in the same process, and the resources that it asks for are made meanwhile."""
        evaluate, copied = found.evaluate_tick, found.with_attributes

        def evaluate_tick(context: Any) -> Any:
            with meant(self._name), kept_in(self._private):
                return evaluate(context)

        def with_attributes(**changed: Any) -> Any:
            return self._evaluated_as_own(copied(**changed))

        # Dagster makes a copy of each where it loads a component.
        found.evaluate_tick, found.with_attributes = evaluate_tick, with_attributes
        return found
