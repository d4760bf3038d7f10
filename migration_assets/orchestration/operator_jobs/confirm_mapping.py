"""The job confirm_mapping: a person's word on the map, as `migrate mapping confirm`."""

from collections import Counter

import dagster as dg
from pydantic import Field

from migration_assets.mapping.confirm import confirm, render_diff
from migration_assets.mapping.decision_changes import decision_changes
from migration_assets.orchestration.operator_jobs.operator_job import Work, by_field, operator_job


class ConfirmMapping(dg.Config):
    """Whose word it is."""

    by: str = by_field("Who read the map and stands for it")
    note: str | None = Field(None, description="What is to be remembered of it. May be left out.")
    version: str | None = Field(
        None,
        description="The version that was read, as the asset mapping/proposal shows it. Where mapping.yaml is another "
        "one by now, nothing is confirmed. May be left out: then it is the one that is there.",
    )


def confirm_present_mapping(work: Work, config: ConfirmMapping) -> None:
    """Confirms mapping.yaml as it is now, against the schema as it is now."""
    chosen = work.settings
    decisions = decision_changes(work.ledger)
    mapping = confirm(
        chosen.home,
        work.ledger,
        work.warehouse,
        config.by,
        max_fields=chosen.gorgias_max_active_fields,
        note=config.note or "",
        version=(config.version or "").strip(),
        zone=chosen.ivinex_timezone,
    )
    targets = Counter(item.target.to for _, _, item in mapping.each())
    work.say("\n".join([f"mapping {mapping.mapping_version} is confirmed by {config.by}", *decisions]))
    work.context.add_output_metadata(
        {
            "mapping_version": mapping.mapping_version,
            "confirmed_by": config.by.strip(),
            **({"decisions": "; ".join(decisions)} if decisions else {}),
            "fields": len(render_diff(mapping)),
            **{f"fields_{to}": count for to, count in sorted(targets.items())},
        }
    )


confirm_mapping = operator_job(
    "confirm_mapping",
    confirm_present_mapping,
    ConfirmMapping,
    "Confirms mapping.yaml by name, as it is now. Read the asset mapping/proposal first; edit the file where it is "
    "wrong. An edit, a change of the schema in Ivinex, or another decision of preflight wants a new confirmation. The "
    "command: `migrate mapping confirm --by NAME`.",
    needs=("settings", "ledger", "warehouse"),
)
