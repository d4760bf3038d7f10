"""The assets of the stage handoff: documents for the admin of the customer.

Here stand assets and nothing else: what they call is in the folders beside, and knows no Dagster.
"""

from collections import Counter

import dagster as dg

from migration_assets.documents import ENVELOPE, FOLDER, PUBLIC_KEY
from migration_assets.field_labels import labels
from migration_assets.handoff.documents.change_history_export import (
    CHANGE_HISTORY_EXPORT_CHECK,
    CHANGE_HISTORY_EXPORT_COLUMNS,
    publish_change_history_export,
)
from migration_assets.handoff.documents.loss_ledger import (
    LOSS_LEDGER_COLUMNS,
    NOTHING_LOST,
    evaluate_loss_ledger,
    publish_loss_ledger,
    shown_losses,
)
from migration_assets.handoff.documents.organization_relations import (
    ORGANIZATION_RELATIONS_COLUMNS,
    publish_organization_relations,
)
from migration_assets.handoff.documents.record_links import RECORD_LINKS_COLUMNS, publish_record_links
from migration_assets.handoff.documents.schema_inventory import (
    SCHEMA_INVENTORY_TABS,
    publish_schema_inventory,
    schema_inventory_overview,
)
from migration_assets.handoff.documents.team_membership import (
    FILE,
    TEAM_MEMBERSHIP_EXPORT_CHECK,
    TEAM_MEMBERSHIP_OVERVIEW,
    publish_team_membership,
)
from migration_assets.handoff.documents.unattached_activities import (
    ALL_ATTACHED,
    UNATTACHED_ACTIVITIES_COLUMNS,
    evaluate_unattached_activities,
    publish_unattached_activities,
)
from migration_assets.handoff.documents.undelivered_files import (
    ALL_DELIVERED,
    UNDELIVERED_FILES_COLUMNS,
    evaluate_undelivered_files,
    publish_undelivered_files,
)
from migration_assets.handoff.documents.unmapped_tabs import UNMAPPED_TABS_COLUMNS, publish_unmapped_tabs
from migration_assets.handoff.evidence.pack import close_pack
from migration_assets.handoff.evidence.pack_check import check_pack
from migration_assets.handoff.evidence_pack import EVIDENCE_PACK_OTHERS, HOLDS, evaluate_evidence_pack
from migration_assets.handoff.manual_tasks.task_list import manual_tasks
from migration_assets.handoff.manual_tasks.user_actions import (
    NOTHING_LEFT,
    USER_ACTIONS_COLUMNS,
    evaluate_user_actions,
    publish_user_actions,
)
from migration_assets.handoff.rebuild_guide.saved_views_guide import (
    SAVED_VIEWS_EQUIVALENCE,
    SAVED_VIEWS_EXPORT_CHECK,
    SAVED_VIEWS_GUIDE_OVERVIEW,
    publish_saved_views_guide,
    saved_views_guide_overview,
)
from migration_assets.handoff.rebuild_guide.task_rebuild_scope import (
    TASK_REBUILD_SCOPE_COLUMNS,
    TASK_REBUILD_SCOPE_DONE,
    TASK_REBUILD_SCOPE_OPEN,
    TASK_REBUILD_SCOPE_REGULAR,
    publish_task_rebuild_scope,
)
from migration_assets.handoff.rebuild_guide.workflow_inventory import (
    WORKFLOW_INVENTORY_OVERVIEW,
    WORKFLOWS_EQUIVALENCE,
    WORKFLOWS_EXPORT_CHECK,
    publish_workflow_inventory,
    workflow_inventory_overview,
)
from migration_assets.handoff.results import document_metadata, export_evaluation
from migration_assets.handoff.sources import mapping_of, places
from migration_assets.ivinex.exports.export_files import HISTORY_FILE
from migration_assets.ivinex.exports.saved_view_model import SAVED_VIEWS_FILE
from migration_assets.ivinex.exports.workflow_model import WORKFLOWS_FILE
from migration_assets.settings_resource import SettingsResource
from resources.ledger import LedgerResource
from resources.warehouse import WarehouseResource


@dg.asset(
    key_prefix="handoff",
    group_name="handoff",
    kinds={"html", "json", "markdown"},
    deps=[
        dg.AssetKey(["ivinex", "change_history"]),
        *(dg.AssetKey(["gorgias", name]) for name in ("customers", "tickets")),
    ],
    check_specs=[CHANGE_HISTORY_EXPORT_CHECK.spec],
)
def change_history_export(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult[None]:
    """Every field change of the moved records as JSON lines in the private folder; counts and ids in the handoff."""
    content, paths = publish_change_history_export(warehouse.get(), ledger.get(), settings.get().home)
    numbers = content["numbers"]
    found = export_evaluation(content["missing"], HISTORY_FILE, numbers["changes"], "changes")
    return dg.MaterializeResult(
        metadata=document_metadata(paths, numbers, content["by_field"], CHANGE_HISTORY_EXPORT_COLUMNS),
        check_results=[CHANGE_HISTORY_EXPORT_CHECK.report(context, None, lambda: {None: found})],
    )


@dg.asset(
    key_prefix="handoff",
    group_name="handoff",
    kinds={"json"},
    deps=[dg.AssetKey(list(key)) for key in EVIDENCE_PACK_OTHERS],
    check_specs=[HOLDS.spec],
)
def evidence_pack(context: dg.AssetExecutionContext, settings: SettingsResource) -> dg.MaterializeResult[None]:
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


@dg.asset(
    key_prefix="handoff",
    group_name="handoff",
    kinds={"html", "json", "markdown"},
    deps=[dg.AssetKey(["reconciliation", "report"])],
    check_specs=[NOTHING_LOST.spec],
)
def loss_ledger(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult[None]:
    """Losses of all stages by object, field and kind, with counts, a plain sentence and example ids."""
    content, paths = publish_loss_ledger(ledger.get(), settings.get().home, labels(warehouse.get()))
    numbers = {"kinds": len(content["losses"])} | {name: content[name] for name in ("total", "lost", "internal_notes")}
    return dg.MaterializeResult(
        metadata=document_metadata(paths, numbers, shown_losses(content["losses"]), LOSS_LEDGER_COLUMNS),
        check_results=[NOTHING_LOST.report(context, None, lambda: {None: evaluate_loss_ledger(content["losses"])})],
    )


@dg.asset(
    key_prefix="handoff",
    group_name="handoff",
    kinds={"html", "json", "markdown"},
    deps=[
        *(dg.AssetKey(["ivinex", name]) for name in ("organizations", "contacts", "ticket_sweep")),
        *(dg.AssetKey(["gorgias", name]) for name in ("customers", "tickets")),
    ],
)
def organization_relations(
    warehouse: WarehouseResource, ledger: LedgerResource, settings: SettingsResource
) -> dg.MaterializeResult[None]:
    """One JSON line an organization with its contacts and their tickets, Ivinex's and Gorgias's ids of each."""
    home = settings.get().home
    content, paths = publish_organization_relations(warehouse.get(), ledger.get(), home, mapping_of(home))
    return dg.MaterializeResult(
        metadata=document_metadata(paths, content["numbers"], content["largest"], ORGANIZATION_RELATIONS_COLUMNS)
    )


@dg.asset(
    key_prefix="handoff",
    group_name="handoff",
    kinds={"html", "json", "markdown"},
    deps=[
        *(dg.AssetKey(["ivinex", name]) for name in ("fields", "organizations", "contacts", "tasks")),
        *(dg.AssetKey(["ivinex", name]) for name in ("ticket_sweep", "activity_sweep")),
        *(dg.AssetKey(["gorgias", name]) for name in ("customers", "tickets")),
    ],
)
def record_links(
    warehouse: WarehouseResource, ledger: LedgerResource, settings: SettingsResource
) -> dg.MaterializeResult[None]:
    """One JSON line a link with Ivinex's and Gorgias's ids of both ends; the document counts them by tabs."""
    content, paths = publish_record_links(warehouse.get(), ledger.get(), settings.get().home)
    numbers = {"links": sum(row["links"] for row in content["by_tabs"])}
    return dg.MaterializeResult(metadata=document_metadata(paths, numbers, content["by_tabs"], RECORD_LINKS_COLUMNS))


@dg.asset(
    key_prefix="handoff",
    group_name="handoff",
    kinds={"html", "json", "markdown"},
    deps=[
        dg.AssetKey(["ivinex", "saved_views"]),
        *(dg.AssetKey(["ivinex", name]) for name in ("tabs", "fields", "users")),
        *(dg.AssetKey(["gorgias", name]) for name in ("users", "custom_fields")),
    ],
    check_specs=[SAVED_VIEWS_EXPORT_CHECK.spec],
)
def saved_views_guide(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult[None]:
    """Criteria, columns and order of each saved view, with the nearest Gorgias filters and what they cannot say."""
    home, open_warehouse = settings.get().home, warehouse.get()
    content, paths = publish_saved_views_guide(open_warehouse, home, places(open_warehouse, ledger.get(), home))
    rows = saved_views_guide_overview(content)
    equivalence = Counter(row["gorgias"]["fit"] for row in content["views"])
    numbers = {"views": len(rows)} | {f"fit_{name}": equivalence[name] for name in SAVED_VIEWS_EQUIVALENCE}
    found = export_evaluation(content["missing"], SAVED_VIEWS_FILE, len(rows), "saved views")
    return dg.MaterializeResult(
        metadata=document_metadata(paths, numbers, rows, SAVED_VIEWS_GUIDE_OVERVIEW),
        check_results=[SAVED_VIEWS_EXPORT_CHECK.report(context, None, lambda: {None: found})],
    )


@dg.asset(
    key_prefix="handoff",
    group_name="handoff",
    kinds={"html", "json", "markdown"},
    deps=[dg.AssetKey(["ivinex", "fields"]), dg.AssetKey(["mapping", "proposal"])],
)
def schema_inventory(
    warehouse: WarehouseResource, ledger: LedgerResource, settings: SettingsResource
) -> dg.MaterializeResult[None]:
    """Tabs and fields with type, options, role and target in the map; tabs that do not answer; drift; the scope."""
    home = settings.get().home
    content, paths = publish_schema_inventory(warehouse.get(), ledger.get(), home, mapping_of(home))
    numbers = {"tabs": len(content["tabs"]), "fields": sum(len(tab["fields"]) for tab in content["tabs"])}
    numbers |= {"unreadable": len(content["unreadable"]), "drift": len(content["drift"])}
    return dg.MaterializeResult(
        metadata=document_metadata(paths, numbers, schema_inventory_overview(content), SCHEMA_INVENTORY_TABS)
    )


@dg.asset(
    key_prefix="handoff",
    group_name="handoff",
    kinds={"html", "json", "markdown"},
    deps=[dg.AssetKey(["ivinex", "tasks"])],
)
def task_rebuild_scope(warehouse: WarehouseResource, settings: SettingsResource) -> dg.MaterializeResult[None]:
    """Ids and a proposed home of tasks on no ticket; their records in the private folder."""
    content, paths = publish_task_rebuild_scope(warehouse.get(), settings.get().home)
    homes = {"open": TASK_REBUILD_SCOPE_OPEN, "done": TASK_REBUILD_SCOPE_DONE, "recurring": TASK_REBUILD_SCOPE_REGULAR}
    numbers = {"tasks": len(content["tasks"])} | {name: content["homes"].get(home, 0) for name, home in homes.items()}
    return dg.MaterializeResult(
        metadata=document_metadata(paths, numbers, content["tasks"], TASK_REBUILD_SCOPE_COLUMNS)
    )


@dg.asset(
    key_prefix="handoff",
    group_name="handoff",
    kinds={"html", "json", "markdown"},
    deps=[
        *(dg.AssetKey(["ivinex", name]) for name in ("groups", "users")),
        *(dg.AssetKey(["gorgias", name]) for name in ("users", "teams")),
    ],
    check_specs=[TEAM_MEMBERSHIP_EXPORT_CHECK.spec],
)
def team_membership(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult[None]:
    """Groups with their members and the ids of both sides, to rebuild or to check the teams in Gorgias."""
    content, paths = publish_team_membership(warehouse.get(), ledger.get(), settings.get().home)
    groups = content["groups"]
    members = [member for group in groups for member in group["members"]]
    numbers = {
        "groups": len(groups),
        "members": len(members),
        "teams_created": sum(group["gorgias_team_id"] is not None for group in groups),
        "members_without_gorgias_user": sum(member["gorgias_user_id"] is None for member in members),
    }
    rows = [group | {"members": len(group["members"])} for group in groups]
    found = export_evaluation(content["missing"], FILE, len(groups), "groups")
    return dg.MaterializeResult(
        metadata=document_metadata(paths, numbers, rows, TEAM_MEMBERSHIP_OVERVIEW),
        check_results=[TEAM_MEMBERSHIP_EXPORT_CHECK.report(context, None, lambda: {None: found})],
    )


@dg.asset(
    key_prefix="handoff",
    group_name="handoff",
    kinds={"html", "json", "markdown"},
    deps=[dg.AssetKey(["ivinex", "activity_sweep"])],
    check_specs=[ALL_ATTACHED.spec],
)
def unattached_activities(
    context: dg.AssetExecutionContext, warehouse: WarehouseResource, settings: SettingsResource
) -> dg.MaterializeResult[None]:
    """Ids and times of activities on no ticket; their records, which are people's data, in the private folder."""
    content, paths = publish_unattached_activities(warehouse.get(), settings.get().home)
    rows = content["activities"]
    return dg.MaterializeResult(
        metadata=document_metadata(paths, {"activities": len(rows)}, rows, UNATTACHED_ACTIVITIES_COLUMNS),
        check_results=[ALL_ATTACHED.report(context, None, lambda: {None: evaluate_unattached_activities(content)})],
    )


@dg.asset(
    key_prefix="handoff",
    group_name="handoff",
    kinds={"html", "json", "markdown"},
    deps=[dg.AssetKey(["reconciliation", "report"])],
    check_specs=[ALL_DELIVERED.spec],
)
def undelivered_files(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult[None]:
    """Files that are not in Gorgias, by id and reason; their names and contents in the private folder and the store."""
    content, paths = publish_undelivered_files(warehouse.get(), settings.get().home)
    numbers = {name: content[name] for name in ("delivered", "undelivered")} | ledger.get().upload_counts()
    return dg.MaterializeResult(
        metadata=document_metadata(paths, numbers, content["files"], UNDELIVERED_FILES_COLUMNS),
        check_results=[ALL_DELIVERED.report(context, None, lambda: {None: evaluate_undelivered_files(content)})],
    )


@dg.asset(
    key_prefix="handoff",
    group_name="handoff",
    kinds={"html", "json", "markdown"},
    deps=[dg.AssetKey(["ivinex", "unmapped_tabs"])],
)
def unmapped_tabs(warehouse: WarehouseResource, settings: SettingsResource) -> dg.MaterializeResult[None]:
    """Tabs without a role: how many records each has, and the private file that holds them."""
    content, paths = publish_unmapped_tabs(warehouse.get(), settings.get().home)
    rows = content["tabs"]
    numbers = {"tabs": len(rows), "records": sum(row["records"] for row in rows)}
    return dg.MaterializeResult(metadata=document_metadata(paths, numbers, rows, UNMAPPED_TABS_COLUMNS))


@dg.asset(
    key_prefix="handoff",
    group_name="handoff",
    kinds={"html", "json", "markdown"},
    deps=[
        dg.AssetKey(["reconciliation", "report"]),
        *(dg.AssetKey(["ivinex", name]) for name in ("groups", "workflows", "saved_views")),
    ],
    check_specs=[NOTHING_LEFT.spec],
)
def user_actions(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult[None]:
    """Stub users, mail, rules, views, teams, fields, `ai_ignore`, leftovers: when, where, and how to check."""
    home = settings.get().home
    open_warehouse, open_ledger = warehouse.get(), ledger.get()
    found = manual_tasks(open_warehouse, open_ledger, mapping_of(home), places(open_warehouse, open_ledger, home))
    paths = publish_user_actions(home, found)
    numbers = {"actions": len(found), "checkable": sum(action.check is not None for action in found)}
    rows = [{"when": one.when, "title": one.title, "checked": "the program" if one.check else "eye"} for one in found]
    return dg.MaterializeResult(
        metadata=document_metadata(paths, numbers, rows, USER_ACTIONS_COLUMNS),
        check_results=[NOTHING_LEFT.report(context, None, lambda: {None: evaluate_user_actions(found)})],
    )


@dg.asset(
    key_prefix="handoff",
    group_name="handoff",
    kinds={"html", "json", "markdown"},
    deps=[
        dg.AssetKey(["ivinex", "workflows"]),
        *(dg.AssetKey(["ivinex", name]) for name in ("tabs", "fields", "users")),
        *(dg.AssetKey(["gorgias", name]) for name in ("users", "custom_fields")),
    ],
    check_specs=[WORKFLOWS_EXPORT_CHECK.spec],
)
def workflow_inventory(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult[None]:
    """Triggers, conditions, actions and branches of each workflow, with a recommended rule and what it cannot do."""
    home, open_warehouse = settings.get().home, warehouse.get()
    content, paths = publish_workflow_inventory(open_warehouse, home, places(open_warehouse, ledger.get(), home))
    rows = workflow_inventory_overview(content)
    equivalence = Counter(row["rule"]["fit"] for row in content["workflows"])
    numbers = {"workflows": len(rows)} | {f"fit_{name}": equivalence[name] for name in WORKFLOWS_EQUIVALENCE}
    found = export_evaluation(content["missing"], WORKFLOWS_FILE, len(rows), "workflows")
    return dg.MaterializeResult(
        metadata=document_metadata(paths, numbers, rows, WORKFLOW_INVENTORY_OVERVIEW),
        check_results=[WORKFLOWS_EXPORT_CHECK.report(context, None, lambda: {None: found})],
    )
