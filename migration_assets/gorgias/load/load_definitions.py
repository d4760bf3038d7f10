"""One load of what records refer to by id: teams, custom fields and tags. It does not belong here: their requests."""

from checks.quality_gates import require_open
from migration_assets.gorgias.load.custom_fields import custom_field_writes, enter_custom_fields, new_choices
from migration_assets.gorgias.load.reactivate import reactivate
from migration_assets.gorgias.load.tags import tag_rows, tag_writes
from migration_assets.gorgias.load.teams import enter_teams, team_writes
from migration_assets.gorgias.load.written_definitions import enter_definitions
from migration_assets.gorgias.load_step import LoadResult, apply_writes, merged, require_all
from migration_assets.gorgias.preflight.loading import loading
from migration_assets.gorgias.step_context import TargetStep
from migration_assets.set_aside import first_set_aside


def load_teams(step: TargetStep) -> LoadResult:
    """Teams made of Ivinex groups; members are the users who are in Gorgias, stubs among them."""
    require_open(step.ledger, ["staging/teams"])
    teams = list(team_writes(step.warehouse, step.ledger, step.gorgias.reader))
    with loading(step) as writer:
        tally = apply_writes(step.context, writer, "gorgias/teams", len(teams), teams)
    require_all(tally, "teams", step.ledger, "teams")
    enter_teams(step.warehouse, step.ledger, teams)
    return tally, {"teams": len(teams), **first_set_aside(step.ledger, ["teams"])}


def load_custom_fields(step: TargetStep) -> LoadResult:
    """Ticket and customer fields of the confirmed map, with `external_id` set to the Ivinex field's identifier."""
    warehouse, ledger, phase = step.warehouse, step.ledger, "gorgias/custom_fields"
    fields = custom_field_writes(warehouse)
    with loading(step) as writer:
        reactivate(writer, ledger, fields)
        tally = apply_writes(step.context, writer, phase, len(fields), fields)
        require_all(tally, "custom fields", ledger, "custom_fields")
        choices = list(new_choices(warehouse, ledger, step.gorgias.reader))
        added = apply_writes(step.context, writer, f"{phase}: choices", len(choices), choices)
    enter_custom_fields(warehouse, ledger, choices)
    numbers = {"fields": len(fields), "choices_added": added["done"], **first_set_aside(ledger, ["custom_fields"])}
    return merged([tally, added]), numbers


def load_tags(step: TargetStep) -> LoadResult:
    """Tags that imported tickets carry, `ai_ignore` among them; present ones are adopted by name."""
    tags = tag_writes(step.warehouse)
    with loading(step) as writer:
        tally = apply_writes(step.context, writer, "gorgias/tags", len(tags), tags)
    require_all(tally, "tags", step.ledger, "tags")
    rows = {row["name"]: row for row in tag_rows(step.warehouse)}
    enter_definitions(step.warehouse, step.ledger, "tags", [(rows[tag.key.source_id], tag) for tag in tags])
    return tally, {"tags": len(tags), **first_set_aside(step.ledger, ["tags"])}
