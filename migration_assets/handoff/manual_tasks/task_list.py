"""What an admin must do by hand after a migration, as a list of plain actions.

It belongs here: finding what there is to do, where to click, and how to see that it was done. It does not: looking
whether it is done (completion_checks.py) and the document (user_actions.py).
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from migration_assets.handoff.documents.team_membership import membership
from migration_assets.handoff.rebuild_guide.rules import suggest_rule
from migration_assets.handoff.rebuild_guide.view_filters import suggest_view
from migration_assets.handoff.target_locations import TargetLocations
from migration_assets.ivinex.exports.saved_view_model import SavedView
from migration_assets.ivinex.exports.workflow_model import Workflow
from migration_assets.mapping.model import Mapping
from migration_assets.staging.people.customer_rows import UNREADABLE
from resources.ledger import Ledger
from resources.ledger.records import State
from resources.warehouse import Warehouse

AI_IGNORE = "ai_ignore"
AFTER_HYPERCARE, BEFORE_GO_LIVE, SOON = "after hypercare", "before go-live", "soon after go-live"


@dataclass(frozen=True)
class ManualTask:
    """One thing to do.

    Attributes:
        id: stable over runs.
        when: before go-live, soon after go-live, after hypercare.
        where: the place to click.
        how_to_check: how a person sees that it was done.
        check: for `action_checks.check_actions`; None where the API shows nothing.
        about: ids and names of what it is about.
    """

    id: str
    title: str
    when: str
    why: str
    where: str
    how_to_check: str
    check: dict[str, Any] | None = None
    about: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def manual_tasks(
    warehouse: Warehouse, ledger: Ledger, mapping: Mapping | None, lookup: TargetLocations
) -> list[ManualTask]:
    """Everything there is to do, in the order in which it is due."""
    order = (BEFORE_GO_LIVE, SOON, AFTER_HYPERCARE)
    found = [
        *_users(warehouse, ledger),
        *_account(),
        *_rebuild(warehouse, lookup),
        *_teams(warehouse, ledger),
        *_fields(mapping),
        *_unreadable_addresses(ledger),
        *_leftovers(ledger),
    ]
    return sorted(found, key=lambda action: order.index(action.when))


def _users(warehouse: Warehouse, ledger: Ledger) -> Iterator[ManualTask]:
    staged = _rows(warehouse, "staging.users", "source_id, disposition")
    numbers, made = ledger.known_writes.gorgias_ids("users"), _created(ledger)
    stubs = {
        row["source_id"]: numbers[row["source_id"]]
        for row in staged
        if _is(row, "stub") and row["source_id"] in numbers
    }
    if stubs:
        yield ManualTask(
            "keep_stub_users",
            f"Keep {len(stubs)} stub users",
            SOON,
            "They stand for colleagues who left and own old tickets. Their addresses reach nobody, and their role is "
            "the lowest. The user list offers only to delete a user: that takes the user off every ticket and deletes "
            "the statistics, so leave them. They may take seats: 500 users are in every plan, 3 in Starter.",
            "Settings > Users & teams: nothing to click. Whoever needs the seats deletes them knowing that; the owner "
            "stays in each ticket's meta (ivinex_owner)",
            "The user list shows them",
            {"kind": "users_kept", "ids": sorted(stubs.values())},
            [f"{source_id} = user {number}" for source_id, number in sorted(stubs.items())],
        )
    invited = [row["source_id"] for row in staged if _is(row, "match") and row["source_id"] in made]
    if invited:
        yield ManualTask(
            "complete_invitations",
            f"Let {len(invited)} new users sign in",
            BEFORE_GO_LIVE,
            "They were created by API, and Gorgias has probably sent them an invitation.",
            "Settings > Users & teams; resend the invitation where it did not arrive, and give each the right role",
            "Each has signed in once",
            about=[f"{source_id} = user {numbers.get(source_id)}" for source_id in sorted(invited)],
        )
    absent = [row["source_id"] for row in staged if _is(row, "match") and row["source_id"] not in numbers]
    if absent:
        yield ManualTask(
            "users_without_account",
            f"Decide on {len(absent)} colleagues without a Gorgias user",
            SOON,
            "Their tickets are unassigned, and their messages are signed by the fallback user.",
            "Settings > Users & teams > Add user; then assign their open tickets",
            "No open ticket of theirs is unassigned",
            about=sorted(absent),
        )


def _account() -> Iterator[ManualTask]:
    yield ManualTask(
        "connect_mail",
        "Connect the shop's mailbox",
        BEFORE_GO_LIVE,
        "Customers' answers reach Gorgias through it. Connect it after the import: without it, nothing can be sent.",
        "Settings > Channels > Email > Add email address",
        "A mail to the support address becomes a ticket",
        {"kind": "mail_connected"},
    )
    yield ManualTask(
        "remove_ai_ignore",
        f"Remove the tag {AI_IGNORE} from the imported tickets",
        AFTER_HYPERCARE,
        "It keeps AI Agent away from every imported ticket. As long as it is there, AI Agent answers none of them.",
        f"Ticket list > filter by the tag {AI_IGNORE} > select all > remove the tag, or delete the tag under "
        "Settings > Tags",
        "The tag list shows no use of it",
        {"kind": "tag_unused", "name": AI_IGNORE},
    )


def _rebuild(warehouse: Warehouse, lookup: TargetLocations) -> Iterator[ManualTask]:
    """Only what can be rebuilt: a workflow without any rule for it is in the inventory, and nothing to do."""
    kinds = (
        ("ivinex.workflows", "rules", "Settings > Rules > Create new rule", "workflow_inventory", _has_rule),
        ("ivinex.saved_views", "views", "Ticket list > Views > plus", "saved_views_guide", _has_view),
    )
    for table, name, where, document, possible in kinds:
        rows = _rows(warehouse, table, "source_id, name, content")
        wanted = [row for row in rows if possible(row["content"], lookup)]
        if wanted:
            yield ManualTask(
                f"rebuild_{name}",
                f"Rebuild {len(wanted)} {name}",
                SOON,
                f"Gorgias takes none from Ivinex. {document}.md says for each what comes nearest, and what cannot be.",
                where,
                f"Each is there under its name of Ivinex and does what {document}.md says",
                {"kind": f"{name}_present", "names": [row["name"] for row in wanted]},
                [f"{row['source_id']}: {row['name']}" for row in wanted],
            )


def _has_rule(content: str, lookup: TargetLocations) -> bool:
    workflow = Workflow.model_validate_json(content)
    return workflow.active and suggest_rule(workflow, lookup).fit != "none"


def _has_view(content: str, lookup: TargetLocations) -> bool:
    return bool(suggest_view(SavedView.model_validate_json(content), lookup)["fit"] != "none")


def _teams(warehouse: Warehouse, ledger: Ledger) -> Iterator[ManualTask]:
    missing = [group for group in membership(warehouse, ledger) if group["gorgias_team_id"] is None]
    if missing:
        yield ManualTask(
            "create_teams",
            f"Create {len(missing)} teams",
            SOON,
            "These groups of Ivinex have no team. private/team_membership.md lists their members by name.",
            "Settings > Users & teams > Teams > Create team",
            "Each team is there under the group's name, with its members",
            {"kind": "teams_present", "names": [group["name"] for group in missing]},
            [f"{group['source_id']}: {group['name']}" for group in missing],
        )


def _fields(mapping: Mapping | None) -> Iterator[ManualTask]:
    items = [(role, item) for role, _, item in mapping.each()] if mapping else []
    users = [f"{role}: {item.label or item.source}" for role, item in items if _is_user_text(item)]
    if users:
        yield ManualTask(
            "user_fields_as_text",
            f"Look at {len(users)} fields that name a colleague",
            SOON,
            "Gorgias has no field type for users: they hold name and e-mail as text, and do not follow a new name.",
            "Settings > Ticket fields and Customer fields; make a dropdown of names where people will go on using one",
            "Agents know where they find them",
            about=users,
        )
    unseen = [
        f"{role}: {item.label or item.source} ({item.target.to})"
        for role, item in items
        if role in ("ticket", "contact", "organization")
        and item.target.to in ("meta", "data", "note")
        and item.kind not in ("default", "layout")
    ]
    if unseen:
        yield ManualTask(
            "fields_that_did_not_fit",
            f"Decide on {len(unseen)} fields that got no custom field",
            AFTER_HYPERCARE,
            "An account has at most 25 active custom fields. Their values are in the ticket's meta or the customer's "
            "data, where agents do not see them, or in a note.",
            "Settings > Ticket fields: archive what nobody uses, then map one of these and run again",
            "loss_ledger.md no longer lists the field",
            about=unseen,
        )


def _unreadable_addresses(ledger: Ledger) -> Iterator[ManualTask]:
    """Contacts whose address only a person can make out: until then nobody can answer them by mail."""
    losses = ledger.losses.loss_rows()
    found = losses[(losses["object"] == "contacts") & losses["kind"].str.startswith(UNREADABLE)]
    if len(found):
        contacts = sorted(set(found["source_id"]))
        yield ManualTask(
            "unreadable_addresses",
            f"Correct the e-mail address of {len(contacts)} customers",
            SOON,
            "Ivinex holds something there that is not for sure an address. It stands in the customer's data, or in its "
            "field Ivinex record, as unreadable_<field>; a customer without any other address has one under the stub "
            "domain.",
            "Customer profile > Edit customer > Email; or correct the contact in Ivinex and run again",
            "Each customer has an address that a mail reaches",
            about=contacts,
        )


def _leftovers(ledger: Ledger) -> Iterator[ManualTask]:
    keys = [key for part in ("ticket", "customer") for key in ledger.known_writes.keys_of("canary", part, ["canary"])]
    left = {
        key: row.gorgias_id
        for key, row in ledger.known_writes.known(keys).items()
        if row.gorgias_id and row.state is not State.ROLLED_BACK
    }
    deleted = {
        (key.source_id, key.part.removeprefix("delete_"))
        for part in ("delete_ticket", "delete_customer")
        for key, row in ledger.known_writes.known(ledger.known_writes.keys_of("canary", part, ["canary"])).items()
        if row.state is State.DONE
    }
    paths = [f"/api/{key.part}s/{number}" for key, number in left.items() if (key.source_id, key.part) not in deleted]
    if paths:
        yield ManualTask(
            "canary_leftovers",
            f"Delete {len(paths)} leftovers of the trial ticket",
            SOON,
            "The trial ticket or its customer could not be deleted.",
            "Open it in Gorgias (search 'Migration canary') > Delete",
            "A search finds none",
            {"kind": "gone", "paths": paths},
            paths,
        )
    counts = ledger.outcomes.outcome_counts()
    files = counts[
        counts["object"].isin(["files", "attachments"]) & counts["outcome"].isin(["quarantined", "conflict"])
    ]
    number = int(files["rows"].sum())
    if number:
        yield ManualTask(
            "undelivered_files",
            f"Fetch {number} files by hand",
            SOON,
            "They could not be fetched from Ivinex, or Gorgias refused them. undelivered_files.md says why for each.",
            "Download each from Ivinex while it is open, and attach it to its ticket as an internal note",
            "undelivered_files.md has been worked through",
        )


def _is_user_text(item: Any) -> bool:
    return item.kind == "user" and item.target.to in ("custom_field", "data", "meta", "note")


def _is(row: dict[str, Any], disposition: str) -> bool:
    return bool(row["disposition"] == disposition)


def _created(ledger: Ledger) -> set[str]:
    booked = ledger.outcomes.outcomes_of("users")
    return set(booked.loc[booked["outcome"] == "created", "source_id"])


def _rows(warehouse: Warehouse, table: str, columns: str) -> list[dict[str, Any]]:
    known = warehouse.exists(table)
    return warehouse.rows(f"SELECT {columns} FROM {table} ORDER BY rowid") if known else []  # noqa: S608
