"""What the UI's catalog shows of every asset beside what its own file says: owners, tags, version, age, code.

It belongs here: what is one rule for many assets. It does not: what is particular to one (its own decorator).
"""

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from checks.verification import LASTS
from migration_assets.mapping.confirm import FILE
from migration_assets.mapping.mapping_file import MappingError, load
from migration_assets.settings import Settings

WRITES = {"migrate/writes": "gorgias"}
READS_ONLY = frozenset({"gorgias/preflight"})
"""Of the assets of the load."""
PERSONAL = {"migrate/personal_data": "true"}
PERSONAL_DATA = frozenset(
    {
        *("ivinex/users", "ivinex/groups", "ivinex/organizations", "ivinex/contacts", "ivinex/tasks"),
        *("ivinex/ticket_sweep", "ivinex/activity_sweep", "ivinex/change_history"),
        *("ivinex/tickets", "ivinex/activities", "ivinex/attachments", "ivinex/unmapped_tabs"),
        *("staging/users", "staging/customers", "staging/tickets", "staging/messages", "staging/attachments"),
        *("gorgias/users", "gorgias/customers", "gorgias/customer_changes"),
        *("gorgias/files", "gorgias/tickets", "gorgias/ticket_messages", "gorgias/ticket_changes"),
        *("reconciliation/target_sweep", "reconciliation/readback", "reconciliation/comparison"),
        *("handoff/team_membership", "handoff/change_history_export", "handoff/unattached_activities"),
        *("handoff/task_rebuild_scope", "handoff/undelivered_files", "handoff/organization_relations"),
    }
)
"""Assets whose table, target objects or files (the private folder included) hold names, addresses or people's words.

Not those that hold ids, counts and definitions only. Workflows and saved views are an admin's, not people's.
"""
AGES = {"reconciliation/target_sweep": dg.FreshnessPolicy.time_window(fail_window=LASTS)}
"""How long a result says something; the same rule as the cutover asks (checks/verification.py)."""
_BETA = ".*`(with_source_code_references|CodeReferencesMetadataValue|LocalFileCodeReference)`"


def labelled(assets: Sequence[Any], settings: Settings) -> Sequence[Any]:
    """The assets with their labels, and with the place of their code for the UI's link."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", _BETA, dg.BetaWarning)
        located = dg.with_source_code_references(assets)
    return dg.map_asset_specs(_label(settings), located)  # type: ignore[arg-type]  # only its annotation is narrower


def map_version(home: Path) -> str | None:
    """Version of the map in MIGRATION_HOME; None while there is none that can be read.

    Taken from the file alone, because a code location loads without a secret and without a database.
    """
    try:
        return load(home / FILE).mapping_version
    except (MappingError, OSError):
        return None


def _label(settings: Settings) -> Callable[[dg.AssetSpec], dg.AssetSpec]:
    version = map_version(settings.home)

    def label(spec: dg.AssetSpec) -> dg.AssetSpec:
        key = spec.key.to_user_string()
        tags = (WRITES if spec.group_name == "gorgias" and key not in READS_ONLY else {}) | (
            PERSONAL if key in PERSONAL_DATA else {}
        )
        return spec.replace_attributes(
            owners=list(settings.owners),
            tags={**spec.tags, **tags},
            # A staged row is what the map makes of a source row: with another map it is out of date.
            code_version=version if spec.group_name == "staging" else spec.code_version,
            freshness_policy=AGES.get(key, spec.freshness_policy),
        )

    return label
