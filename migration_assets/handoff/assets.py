"""The assets of the stage handoff: documents for the admin of the customer.

Here stand assets and nothing else: what they call is in the folders beside, and knows no Dagster.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import dagster as dg

from checks.evaluate import Evaluation
from checks.step_check import StepCheck
from migration_assets.documents import ENVELOPE, FOLDER, PUBLIC_KEY
from migration_assets.handoff.documents.change_history_export import (
    CHANGE_HISTORY_EXPORT_CHECK,
    write_change_history_export,
)
from migration_assets.handoff.documents.loss_ledger import NOTHING_LOST, write_loss_ledger
from migration_assets.handoff.documents.organization_relations import write_organization_relations
from migration_assets.handoff.documents.record_links import write_record_links
from migration_assets.handoff.documents.schema_inventory import write_schema_inventory
from migration_assets.handoff.documents.team_membership import TEAM_MEMBERSHIP_EXPORT_CHECK, write_team_membership
from migration_assets.handoff.documents.unattached_activities import ALL_ATTACHED, write_unattached_activities
from migration_assets.handoff.documents.undelivered_files import ALL_DELIVERED, write_undelivered_files
from migration_assets.handoff.documents.unmapped_tabs import write_unmapped_tabs
from migration_assets.handoff.evidence.pack import close_pack
from migration_assets.handoff.evidence.pack_check import check_pack
from migration_assets.handoff.evidence_pack import EVIDENCE_PACK_OTHERS, HOLDS, evaluate_evidence_pack
from migration_assets.handoff.manual_tasks.user_actions import NOTHING_LEFT, write_user_actions
from migration_assets.handoff.rebuild_guide.saved_views_guide import SAVED_VIEWS_EXPORT_CHECK, write_saved_views_guide
from migration_assets.handoff.rebuild_guide.task_rebuild_scope import write_task_rebuild_scope
from migration_assets.handoff.rebuild_guide.workflow_inventory import WORKFLOWS_EXPORT_CHECK, write_workflow_inventory
from migration_assets.handoff.results import HandoffDocument
from migration_assets.settings_resource import SettingsResource
from resources.ledger import Ledger, LedgerResource
from resources.warehouse import Warehouse, WarehouseResource


def build_document_asset(
    name: str,
    dependencies: Sequence[str],
    write: Callable[[Warehouse, Ledger, Path], HandoffDocument],
    description: str,
    check: StepCheck | None = None,
) -> dg.AssetsDefinition:
    """A document in MIGRATION_HOME/handoff as HTML, Markdown and JSON; its check is what the document found."""

    @dg.asset(
        name=name,
        key_prefix="handoff",
        group_name="handoff",
        kinds={"html", "json", "markdown"},
        deps=[dg.AssetKey(one.split("/")) for one in dependencies],
        check_specs=[check.spec] if check else [],
        description=description,
    )
    def handoff_document(
        context: dg.AssetExecutionContext,
        warehouse: WarehouseResource,
        ledger: LedgerResource,
        settings: SettingsResource,
    ) -> dg.MaterializeResult:
        written = write(warehouse.get(), ledger.get(), settings.get().home)
        found: dict[str | None, Evaluation] = {None: written.found} if written.found else {}
        seen = [check.report(context, None, lambda: found)] if check else []
        return dg.MaterializeResult(metadata=written.metadata(), check_results=seen)

    return handoff_document


change_history_export = build_document_asset(
    "change_history_export",
    ["ivinex/change_history", "gorgias/customers", "gorgias/tickets"],
    write_change_history_export,
    "Every field change of the moved records as JSON lines in the private folder; counts and ids in the handoff.",
    check=CHANGE_HISTORY_EXPORT_CHECK,
)


@dg.asset(
    key_prefix="handoff",
    group_name="handoff",
    kinds={"json"},
    deps=[dg.AssetKey(list(key)) for key in EVIDENCE_PACK_OTHERS],
    check_specs=[HOLDS.spec],
)
def evidence_pack(context: dg.AssetExecutionContext, settings: SettingsResource) -> dg.MaterializeResult:
    """Closes the folder: an in-toto statement over the sha256 of every file, in a signed DSSE envelope.

    Whoever gets a copy checks it without this machine, with `migrate verify --manifest DIR` or with public tools
    (docs/evidence.md). A document that is written later opens it again, and the next run of the job handoff closes it.
    """
    chosen = settings.get()
    statement = close_pack(chosen.home, chosen.evidence_key)
    folder = chosen.home / FOLDER
    found = check_pack(folder)
    return dg.MaterializeResult(
        metadata={
            "files": len(statement.files),
            "verdict": str(found.verdict),
            "signer": found.signer or "none",
            "envelope": dg.MetadataValue.path(str(folder / ENVELOPE)),
            "public_key": dg.MetadataValue.path(str(folder / PUBLIC_KEY)),
        },
        check_results=[HOLDS.report(context, None, lambda: {None: evaluate_evidence_pack(folder)})],
    )


loss_ledger = build_document_asset(
    "loss_ledger",
    ["reconciliation/report"],
    write_loss_ledger,
    "Losses of all stages by object, field and kind, with counts, a plain sentence and example ids.",
    check=NOTHING_LOST,
)
organization_relations = build_document_asset(
    "organization_relations",
    ["ivinex/organizations", "ivinex/contacts", "ivinex/ticket_sweep", "gorgias/customers", "gorgias/tickets"],
    write_organization_relations,
    "One JSON line an organization with its contacts and their tickets, Ivinex's and Gorgias's ids of each.",
)
record_links = build_document_asset(
    "record_links",
    [
        "ivinex/fields",
        "ivinex/organizations",
        "ivinex/contacts",
        "ivinex/tasks",
        "ivinex/ticket_sweep",
        "ivinex/activity_sweep",
        "gorgias/customers",
        "gorgias/tickets",
    ],
    write_record_links,
    "One JSON line a link with Ivinex's and Gorgias's ids of both ends; the document counts them by tabs.",
)
saved_views_guide = build_document_asset(
    "saved_views_guide",
    ["ivinex/saved_views", "ivinex/tabs", "ivinex/fields", "ivinex/users", "gorgias/users", "gorgias/custom_fields"],
    write_saved_views_guide,
    "Criteria, columns and order of each saved view, with the nearest Gorgias filters and what they cannot say.",
    check=SAVED_VIEWS_EXPORT_CHECK,
)
schema_inventory = build_document_asset(
    "schema_inventory",
    ["ivinex/fields", "mapping/proposal"],
    write_schema_inventory,
    "Tabs and fields with type, options, role and target in the map; tabs that do not answer; drift; the scope.",
)
task_rebuild_scope = build_document_asset(
    "task_rebuild_scope",
    ["ivinex/tasks"],
    write_task_rebuild_scope,
    "Ids and a proposed home of tasks on no ticket; their records in the private folder.",
)
team_membership = build_document_asset(
    "team_membership",
    ["ivinex/groups", "ivinex/users", "gorgias/users", "gorgias/teams"],
    write_team_membership,
    "Groups with their members and the ids of both sides, to rebuild or to check the teams in Gorgias.",
    check=TEAM_MEMBERSHIP_EXPORT_CHECK,
)
unattached_activities = build_document_asset(
    "unattached_activities",
    ["ivinex/activity_sweep"],
    write_unattached_activities,
    "Ids and times of activities on no ticket; their records, which are people's data, in the private folder.",
    check=ALL_ATTACHED,
)
undelivered_files = build_document_asset(
    "undelivered_files",
    ["reconciliation/report"],
    write_undelivered_files,
    "Files that are not in Gorgias, by id and reason; their names and contents in the private folder and the store.",
    check=ALL_DELIVERED,
)
unmapped_tabs = build_document_asset(
    "unmapped_tabs",
    ["ivinex/unmapped_tabs"],
    write_unmapped_tabs,
    "Tabs without a role: how many records each has, and the private file that holds them.",
)
user_actions = build_document_asset(
    "user_actions",
    ["reconciliation/report", "ivinex/groups", "ivinex/workflows", "ivinex/saved_views"],
    write_user_actions,
    "Stub users, mail, rules, views, teams, fields, `ai_ignore`, leftovers: when, where, and how to check.",
    check=NOTHING_LEFT,
)
workflow_inventory = build_document_asset(
    "workflow_inventory",
    ["ivinex/workflows", "ivinex/tabs", "ivinex/fields", "ivinex/users", "gorgias/users", "gorgias/custom_fields"],
    write_workflow_inventory,
    "Triggers, conditions, actions and branches of each workflow, with a recommended rule and what it cannot do.",
    check=WORKFLOWS_EXPORT_CHECK,
)
