"""The assets of the stage gorgias: what is written to the account, in the order of dependency.

Here stand assets and nothing else: what they call is in the folders beside, and knows no Dagster.
"""

from collections import Counter
from dataclasses import replace
from itertools import zip_longest

import dagster as dg

from checks.quality_gates import require_not_failed, require_open
from checks.verification import BEFORE_LOADS
from migration_assets.gorgias import checks, staged_reader
from migration_assets.gorgias.as_left import note
from migration_assets.gorgias.attachments.carried_files import carry, left_files
from migration_assets.gorgias.attachments.deferred_attachments import add_files, late_messages
from migration_assets.gorgias.attachments.files import (
    UploadBatch,
    missing_parts,
    parts_of,
    record_refused,
    require_held,
)
from migration_assets.gorgias.attachments.ticket_files import MessageFiles
from migration_assets.gorgias.batches import batches
from migration_assets.gorgias.canary.assumptions import CHECK, describe, shown_assumptions
from migration_assets.gorgias.canary.leftovers import clean_up, is_left
from migration_assets.gorgias.canary.trial import LOOKS_IN_SETTLING, make_trial_tickets, trial_findings, trial_result
from migration_assets.gorgias.canary.watch import watched
from migration_assets.gorgias.delta.conflict_resolutions import decisions, ticket_of
from migration_assets.gorgias.delta.customer_changes import CONFLICTS, CUSTOMER_CHANGES_CHUNK, CustomerDelta, conflicts
from migration_assets.gorgias.delta.ticket_changes import (
    FILES_STAGE,
    PHASE,
    TICKET_CHANGES_CHUNK,
    TicketDelta,
    check_ticket_changes,
    write_rounds,
)
from migration_assets.gorgias.id_resolver import target_ids
from migration_assets.gorgias.load.custom_fields import custom_field_writes, enter_custom_fields, new_choices
from migration_assets.gorgias.load.customers_of_tickets import customers_needed, not_wholly_written, write_customers
from migration_assets.gorgias.load.initial_base import append_notes, enter_initial_bases, keys_of, notes
from migration_assets.gorgias.load.tags import tag_rows, tag_writes
from migration_assets.gorgias.load.teams import enter_teams, team_writes
from migration_assets.gorgias.load.ticket_messages import remaining_messages, ticket_times, waiting_messages
from migration_assets.gorgias.load.ticket_payload import message_append
from migration_assets.gorgias.load.tickets import Orphan, chunk_writes, moved_days, record_orphans
from migration_assets.gorgias.load.users import FALLBACK, user_refusals, user_write, users_how, users_made
from migration_assets.gorgias.load.written_definitions import enter_definitions
from migration_assets.gorgias.load_scope import newest_first, tickets_only
from migration_assets.gorgias.load_step import Part, apply_writes, merged, require_all, result
from migration_assets.gorgias.merge_base import pending
from migration_assets.gorgias.preflight.account_before import SAID_EVERY
from migration_assets.gorgias.preflight.decisions import PointDecision, remedy
from migration_assets.gorgias.preflight.first_records import first_records
from migration_assets.gorgias.preflight.loading import closed, is_delta, loading
from migration_assets.gorgias.preflight.look import SEEN, accepted_effects, look
from migration_assets.gorgias.preflight.people_points import (
    MISSING_USERS,
    REFUSED_USERS,
    STUB_USERS,
    UNKNOWN_USERS,
    people,
    people_points,
    staged_people,
    stub_choice,
)
from migration_assets.gorgias.preflight.points import facts_shown
from migration_assets.gorgias.preflight.preflight_asset import (
    PREFLIGHT_CHECK,
    as_table,
    decisions_table,
    evaluated,
    switched_off_for,
    too_many_fields,
)
from migration_assets.gorgias.preflight.role import require_role
from migration_assets.gorgias.preflight.switching import describe_switched_off
from migration_assets.gorgias.preflight.taken import taken
from migration_assets.gorgias.rollback.forget import forget_rolled_back
from migration_assets.gorgias.rollback.reactivate import reactivate
from migration_assets.gorgias.rollback.target_image import owner_digest, target_image
from migration_assets.gorgias.rollback.written_objects import MAKING
from migration_assets.gorgias.sample_scope import sample_only
from migration_assets.partitions import daily_partitions
from migration_assets.set_aside import first_set_aside
from migration_assets.settings import SettingsResource
from resources.files import FileStore
from resources.gorgias.known_account import require_loaded_from_here
from resources.gorgias.resource import GorgiasResource
from resources.gorgias.writer.write import Tally
from resources.ledger import LedgerResource, Outcome
from resources.warehouse import WarehouseResource


@dg.asset(
    key_prefix="gorgias",
    group_name="gorgias",
    kinds={"gorgias"},
    pool="gorgias_api",
    deps=[
        dg.AssetKey(["mapping", "confirmed"]),
        *(dg.AssetKey(["staging", name]) for name in ("users", "custom_fields")),
    ],
    metadata=SEEN.metadata(),
    check_specs=[PREFLIGHT_CHECK.spec],
)
def preflight(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Settings, rules, integrations, AI Agent, users and custom fields of the account, as they are now.

    What could act on a load by itself is a point. Each closes every load until it was decided by name; nothing is
    written here. Custom fields that would not fit are told before the first is made.
    """
    open_warehouse, open_ledger, delta = warehouse.get(), ledger.get(), is_delta(context)
    require_role(open_ledger, gorgias.reader)
    require_loaded_from_here(gorgias.reader, open_ledger, first_records(open_warehouse), context.run.run_id)
    found = look(gorgias.reader, open_ledger, open_warehouse, delta=delta)
    seen = PREFLIGHT_CHECK.report(context, open_ledger, lambda: {None: evaluated(found)})
    if found.open:
        PREFLIGHT_CHECK.log_failing(context, seen)
        raise closed(remedy(found.open, delta=delta), len(found.open))
    lacking = too_many_fields(open_warehouse, found.facts, settings.get().gorgias_max_active_fields)
    if lacking:
        raise closed(lacking, 1)
    return dg.MaterializeResult(
        metadata={
            "points": len(found.rows),
            "decided": dg.MetadataValue.md(as_table(found.rows)),
            "decisions": dg.MetadataValue.md(decisions_table(taken(open_ledger, [row.point for row in found.rows]))),
            "switched_off_for_a_load": ", ".join(switched_off_for(found)) or "nothing",
            "takes": found.size.takes(gorgias),
            "calls_per_second": round(gorgias.calls_per_second, 2),
            "still_off": describe_switched_off(open_ledger.switched_off()) or "nothing",
            "stub_users": stub_choice(open_ledger),
            **facts_shown(found.facts),
        },
        check_results=[seen],
    )


@dg.asset(
    key_prefix="gorgias",
    group_name="gorgias",
    kinds={"gorgias"},
    pool="gorgias_api",
    deps=[dg.AssetKey(["mapping", "confirmed"])],
)
def account_before(
    context: dg.AssetExecutionContext, warehouse: WarehouseResource, ledger: LedgerResource, gorgias: GorgiasResource
) -> dg.MaterializeResult:
    """Ids and digests of what the account held before the first write; a rollback is proved against them.

    Read once, a hundred objects a call. An account that an earlier release has written to has no such image, and a
    rollback says so.
    """
    open_warehouse, open_ledger = warehouse.get(), ledger.get()
    forgotten = forget_rolled_back(open_warehouse, open_ledger)
    before = open_ledger.target_before()
    if before is None and not open_ledger.objects_written(MAKING):
        reader, found = gorgias.reader, list[tuple[str, int, str]]()
        for one in target_image(reader, with_ours=False):
            found.append(one)
            if len(found) % SAID_EVERY == 0:
                context.log.info(f"gorgias/account_before: {len(found)} objects read")
        # Whole before it is entered: half an image would let a rollback take the other half for ours.
        open_ledger.note_target(owner_digest(reader), found)
        before = open_ledger.target_before()
    objects = 0 if before is None else len(before) - 1
    metadata = {"objects": objects, "has_image": before is not None, "forgotten_bases": forgotten}
    return dg.MaterializeResult(metadata=metadata)


@dg.asset(
    key_prefix="gorgias",
    group_name="gorgias",
    kinds={"gorgias"},
    pool="gorgias_api",
    deps=[
        dg.AssetKey(["mapping", "confirmed"]),
        dg.AssetKey(["gorgias", "tags"]),
        dg.AssetKey(["gorgias", "custom_fields"]),
        dg.AssetKey(["gorgias", "users"]),
    ],
    check_specs=[CHECK.spec],
)
def canary(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Silent trial tickets, watched, read back and deleted: does this account keep times, order, ids and silence?

    Once passed it is not repeated for the account. A difference keeps every record from being written.
    """
    open_ledger = ledger.get()
    passed = open_ledger.gate_rows([CHECK.gate_name])
    if not passed.empty and passed["passed"].all():
        sent = 0
        if is_left(open_ledger):
            with loading(context, gorgias, open_ledger, warehouse.get()) as writer:
                sent = clean_up(writer, open_ledger, gorgias.reader)
        when = f"{passed['recorded_at'].iloc[0]:%Y-%m-%d %H:%M} UTC"
        seen = CHECK.report(
            context, None, lambda: {None: shown_assumptions([], f"Shown on {when}, and not repeated. ")}
        )
        return trial_result(sent, seen)
    with loading(context, gorgias, open_ledger, warehouse.get()) as writer:
        clean_up(writer, open_ledger, gorgias.reader)
        try:
            made = make_trial_tickets(writer, open_ledger, warehouse.get(), gorgias.reader, settings.get())
            differences = trial_findings(gorgias.reader, made[0].asked, gorgias.settling)
            pause = gorgias.settling / LOOKS_IN_SETTLING
            differences += watched(gorgias.reader, made, pause, accepted_effects(warehouse.get()))
        finally:
            sent = clean_up(writer, open_ledger, gorgias.reader)
    seen = CHECK.report(context, open_ledger, lambda: {None: shown_assumptions(differences)})
    if differences:
        CHECK.log_failing(context, seen)
        raise dg.Failure(
            "This account does not behave as the load relies on, and no record was written:\n  "
            + "\n  ".join(describe(name) for name in differences)
            + "\nIf that is acceptable, open the gate by name: in the UI the job override_gate, or "
            f"`migrate gates override {CHECK.gate_name} --by NAME --reason TEXT`.",
            metadata={"differences": len(differences)},
            allow_retries=False,
        )
    return trial_result(1 + len(made) + sent, seen)


@dg.asset(
    key_prefix="gorgias",
    group_name="gorgias",
    kinds={"gorgias"},
    pool="gorgias_api",
    deps=[
        dg.AssetKey(["staging", "users"]),
        dg.AssetKey(["gorgias", "preflight"]),
        dg.AssetKey(["gorgias", "account_before"]),
    ],
    check_specs=[checks.USERS.check.spec],
)
def users(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
) -> dg.MaterializeResult:
    """Agents, matched by e-mail; stubs for inactive owners of records, as decided or as the account allows.

    Active users that are missing in Gorgias stop the load until it is decided whether to create them; so do people that
    only records name, and users that Gorgias refuses to make, because each of them owns records.
    """
    open_warehouse, open_ledger = warehouse.get(), ledger.get()
    unknown, choice = open_ledger.decision(UNKNOWN_USERS), open_ledger.decision(MISSING_USERS)
    users = list(gorgias.reader.rows("/api/users"))
    found = people(open_warehouse, users, match=unknown == "match")
    open_points = [
        point
        for point in people_points(open_warehouse, open_ledger, users)
        if open_ledger.decision(point.topic) is None
    ]
    if open_points:
        rows = [PointDecision(point, "", "not decided") for point in open_points]
        raise closed(remedy(rows, delta=False), len(rows))
    about_stubs = open_ledger.decision(STUB_USERS)
    stubs = [] if about_stubs == FALLBACK else found.left + (found.unknown if unknown == "stubs" else [])
    agents = found.missing if choice == "create" else []
    matched = [
        (user_write(row), found.known[row["source_id"]])
        for row in staged_people(open_warehouse)
        if row["source_id"] in found.known
    ]
    with loading(context, gorgias, open_ledger, open_warehouse) as writer:
        writer.adopt(matched)
        # Those who work come first: a seat that a stub takes is one less for them.
        tallies = [users_made(context, writer, open_ledger, agents), users_made(context, writer, open_ledger, stubs)]
    tally = merged(tallies)
    asked = tally.refused if about_stubs == "create" else tallies[0].refused
    if asked and open_ledger.decision(REFUSED_USERS) is None:
        raise dg.Failure(user_refusals(open_ledger, asked), allow_retries=False)
    if tallies[1].refused:
        context.log.warning(
            f"{len(tallies[1].refused)} of {len(stubs)} users for colleagues who left were refused (no seat is free?): "
            "their tickets stay unassigned with the owner in meta (ivinex_owner), their messages name their author. "
            f"To ask for a seat instead decide {STUB_USERS}: {users_how('create')}."
        )
    enter_definitions(
        open_warehouse,
        open_ledger,
        "users",
        [(row, user_write(row)) for row in staged_people(open_warehouse) if row["email"]],
    )
    left_out = found.missing if choice == "fallback" else []
    left_out = left_out + (found.unknown if unknown != "stubs" or about_stubs == FALLBACK else [])
    left_out = left_out + (found.left if about_stubs == FALLBACK else [])
    if left_out:
        skipped = [Outcome(row["source_id"], "skipped", "no Gorgias user: fallback") for row in left_out]
        open_ledger.record_outcomes("users", "load", skipped)
    return result(
        tally,
        [checks.USERS.report(context, warehouse.get(), open_ledger)],
        matched=len(found.known),
        missing=len(found.missing),
        unknown=len(found.unknown),
        stubs=stub_choice(open_ledger),
        **first_set_aside(open_ledger, ["users"]),
    )


@dg.asset(
    key_prefix="gorgias",
    group_name="gorgias",
    kinds={"gorgias"},
    pool="gorgias_api",
    deps=[dg.AssetKey(["staging", "teams"]), dg.AssetKey(["gorgias", "users"])],
    check_specs=[checks.TEAMS.check.spec],
)
def teams(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
) -> dg.MaterializeResult:
    """Teams made of Ivinex groups; members are the users who are in Gorgias, stubs among them."""
    open_warehouse, open_ledger = warehouse.get(), ledger.get()
    require_open(open_ledger, ["staging/teams"])
    wanted = list(team_writes(open_warehouse, open_ledger, gorgias.reader))
    with loading(context, gorgias, open_ledger, open_warehouse) as writer:
        tally = apply_writes(context, writer, open_ledger, "gorgias/teams", len(wanted), wanted)
    require_all(tally, "teams", open_ledger, "teams")
    enter_teams(open_warehouse, open_ledger, wanted)
    return result(
        tally,
        [checks.TEAMS.report(context, open_warehouse, open_ledger)],
        teams=len(wanted),
        **first_set_aside(open_ledger, ["teams"]),
    )


@dg.asset(
    key_prefix="gorgias",
    group_name="gorgias",
    kinds={"gorgias"},
    pool="gorgias_api",
    deps=[
        dg.AssetKey(["staging", "custom_fields"]),
        dg.AssetKey(["gorgias", "preflight"]),
        dg.AssetKey(["gorgias", "account_before"]),
    ],
    check_specs=[checks.CUSTOM_FIELDS.check.spec],
)
def custom_fields(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
) -> dg.MaterializeResult:
    """Ticket and customer fields of the confirmed map, with `external_id` set to the Ivinex field's identifier."""
    open_warehouse, open_ledger = warehouse.get(), ledger.get()
    wanted = custom_field_writes(open_warehouse)
    with loading(context, gorgias, open_ledger, open_warehouse) as writer:
        reactivate(writer, open_ledger, wanted)
        tally = apply_writes(context, writer, open_ledger, "gorgias/custom_fields", len(wanted), wanted)
        require_all(tally, "custom fields", open_ledger, "custom_fields")
        more = list(new_choices(open_warehouse, open_ledger, gorgias.reader))
        added = apply_writes(context, writer, open_ledger, "gorgias/custom_fields: choices", len(more), more)
    enter_custom_fields(open_warehouse, open_ledger, more)
    return result(
        merged([tally, added]),
        [checks.CUSTOM_FIELDS.report(context, open_warehouse, open_ledger)],
        fields=len(wanted),
        choices_added=added["done"],
        **first_set_aside(open_ledger, ["custom_fields"]),
    )


@dg.asset(
    key_prefix="gorgias",
    group_name="gorgias",
    kinds={"gorgias"},
    pool="gorgias_api",
    deps=[
        dg.AssetKey(["staging", "tags"]),
        dg.AssetKey(["gorgias", "preflight"]),
        dg.AssetKey(["gorgias", "account_before"]),
    ],
    check_specs=[checks.TAGS.check.spec],
)
def tags(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
) -> dg.MaterializeResult:
    """Tags that imported tickets carry, `ai_ignore` among them; present ones are adopted by name."""
    wanted, open_ledger = tag_writes(warehouse.get()), ledger.get()
    with loading(context, gorgias, open_ledger, warehouse.get()) as writer:
        tally = apply_writes(context, writer, open_ledger, "gorgias/tags", len(wanted), wanted)
    require_all(tally, "tags", open_ledger, "tags")
    rows = {row["name"]: row for row in tag_rows(warehouse.get())}
    enter_definitions(warehouse.get(), open_ledger, "tags", [(rows[one.key.source_id], one) for one in wanted])
    return result(
        tally,
        [checks.TAGS.report(context, warehouse.get(), open_ledger)],
        tags=len(wanted),
        **first_set_aside(open_ledger, ["tags"]),
    )


@dg.asset(
    key_prefix="gorgias",
    group_name="gorgias",
    kinds={"gorgias"},
    pool="gorgias_api",
    deps=[
        dg.AssetKey(["staging", "customers"]),
        dg.AssetKey(["gorgias", "custom_fields"]),
        dg.AssetKey(["gorgias", "canary"]),
    ],
    check_specs=[checks.CUSTOMERS.check.spec],
)
def customers(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
) -> dg.MaterializeResult:
    """Customers with their channels, custom field values and `data`; existing ones are adopted by e-mail or phone.

    On an adopted customer empty fields are filled, filled ones stay, and the set of values is merged. What changed at
    the source after a customer was written is merged by gorgias/customer_changes.
    """
    open_warehouse, open_ledger = warehouse.get(), ledger.get()
    require_open(open_ledger, ["staging/customers", "gorgias/canary"])
    only, started = sample_only(context, open_ledger, "customers"), open_ledger.now()
    with loading(context, gorgias, open_ledger, open_warehouse) as writer:
        made, valued, with_data = write_customers(
            context, writer, open_warehouse, open_ledger, gorgias.reader, started, only
        )
    return result(
        merged([made, valued, with_data]),
        [checks.CUSTOMERS.report(context, open_warehouse, open_ledger)],
        customers=open_warehouse.scalar("SELECT count(*) FROM staging.customers") if only is None else len(only),
        value_calls=valued.sent,
        data_calls=with_data.sent,
        **first_set_aside(open_ledger, ["contacts", "customers"]),
    )


@dg.asset(
    key_prefix="gorgias",
    group_name="gorgias",
    kinds={"gorgias"},
    pool="gorgias_api",
    partitions_def=daily_partitions(),
    deps=[dg.AssetKey(["staging", "attachments"]), dg.AssetKey(["gorgias", "canary"])],
)
def files(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Contents of the day's files in Gorgias: one upload for each, packed to 20 MB a call across tickets and days.

    A content that any ticket brought before costs no call. One that Gorgias refuses is set aside with its answer, told
    in the messages that it came with, and stays in the store.
    """
    open_warehouse, open_ledger, days = warehouse.get(), ledger.get(), list(context.partition_keys)
    staged_reader.ensure(open_warehouse)
    require_not_failed(open_ledger, BEFORE_LOADS, days)
    require_open(open_ledger, ["gorgias/canary"])
    require_open(open_ledger, ["staging/attachments"], days, staged_reader.days(open_warehouse, "attachments", days))
    parts = parts_of(
        open_warehouse,
        FileStore(settings.get().home / "files"),
        days,
        tickets_only(context, open_ledger, open_warehouse, days),
    )
    missing = missing_parts(open_ledger, parts)
    require_held(missing)
    tallies: list[Tally] = []
    if missing:
        packing = UploadBatch()
        with loading(context, gorgias, open_ledger, open_warehouse) as writer:
            while writes := list(packing.calls(missing)):
                tally = apply_writes(context, writer, open_ledger, f"gorgias/files {days[0]}", len(writes), writes)
                tallies.append(tally)
                packing.split(writes, tally)
                left = missing_parts(open_ledger, missing)
                if len(left) == len(missing) and not packing.changed:
                    break
                missing, packing.changed = left, False
    refused = record_refused(open_warehouse, open_ledger, parts, days)
    return result(
        merged(tallies),
        (),
        contents_of_days=len(parts),
        undeliverable=refused,
        uploaded=len(parts),
        **open_ledger.upload_counts(),
        **first_set_aside(open_ledger, ["files"], days),
    )


@dg.asset(
    key_prefix="gorgias",
    group_name="gorgias",
    kinds={"gorgias"},
    pool="gorgias_api",
    partitions_def=daily_partitions(),
    deps=[
        dg.AssetKey(["staging", "tickets"]),
        dg.AssetKey(["staging", "messages"]),
        dg.AssetKey(["gorgias", "users"]),
        dg.AssetKey(["gorgias", "teams"]),
        dg.AssetKey(["gorgias", "tags"]),
        dg.AssetKey(["staging", "customers"]),
        dg.AssetKey(["gorgias", "files"]),
    ],
    check_specs=[checks.TICKETS.check.spec],
)
def tickets(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Tickets with up to 500 messages (or 8 MB) in one create call, silent and at their own time.

    The customers that they name and that are not there yet are written just before them; the others are left to
    gorgias/customers. The day's gates must be open. A day that was loaded before sends nothing.
    """
    open_warehouse, open_ledger, keys = warehouse.get(), ledger.get(), list(context.partition_keys)
    staged_reader.ensure(open_warehouse)
    require_open(open_ledger, ["staging/customers", "gorgias/canary"])
    require_open(
        open_ledger, ["staging/tickets", "staging/messages"], keys, staged_reader.days(open_warehouse, "tickets", keys)
    )
    require_not_failed(open_ledger, BEFORE_LOADS, keys)
    only = tickets_only(context, open_ledger, open_warehouse, keys)
    total = staged_reader.count(open_warehouse, keys, only)
    open_ledger.move_days(moved_days(open_warehouse, open_ledger, keys))
    if not total:
        return result(Tally(), [checks.TICKETS.report(context, open_warehouse, open_ledger)], tickets=0, waiting=0)
    people = target_ids(open_ledger, gorgias.reader, settings.get().gorgias_fallback_user)
    confirmed = open_ledger.confirmed_mapping()
    orphans: list[Orphan] = []
    version = confirmed.version if confirmed else ""

    def noted(chunk: list[staged_reader.StagedTicket], files: MessageFiles) -> None:
        known = open_ledger.known([key for one in chunk for key in keys_of(one)[:1]])
        note(open_warehouse, notes(chunk, known, people, version, files))

    phase, tallies, customers_written, through = f"gorgias/tickets {keys[0]}", list[Tally](), 0, 0
    started, newest = open_ledger.now(), newest_first(context, settings.get())
    with loading(context, gorgias, open_ledger, open_warehouse) as writer:
        for chunk in staged_reader.chunks(open_warehouse, keys, only, newest):
            needed = customers_needed(chunk)
            open_customers = not_wholly_written(open_warehouse, open_ledger, needed)
            if open_customers:
                parts = write_customers(
                    context,
                    writer,
                    open_warehouse,
                    open_ledger,
                    gorgias.reader,
                    started,
                    open_customers,
                    f"{phase}: customers",
                )
                tallies += parts
                customers_written += parts[0].sent
                people = replace(
                    people, customers={**people.customers, **open_ledger.gorgias_ids("customers", open_customers)}
                )
            wanted = chunk_writes(open_warehouse, open_ledger, keys, chunk, people, version, orphans, noted)
            part = Part(through, len(chunk), len(chunk))
            tallies.append(apply_writes(context, writer, open_ledger, phase, total, wanted, part))
            through += len(chunk)
    record_orphans(open_ledger, orphans, keys, version)
    enter_initial_bases(open_warehouse, open_ledger, keys, people)
    return result(
        merged(tallies),
        [checks.TICKETS.report(context, open_warehouse, open_ledger)],
        tickets=total,
        customers_written=customers_written,
        waiting=len(orphans),
        **first_set_aside(open_ledger, ["tickets"], keys),
    )


@dg.asset(
    key_prefix="gorgias",
    group_name="gorgias",
    kinds={"gorgias"},
    pool="gorgias_api",
    partitions_def=daily_partitions(),
    deps=[dg.AssetKey(["gorgias", "tickets"])],
)
def ticket_messages(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """The rest of long tickets, from the 501st message or past 8 MB of text; and files that came after their ticket.

    What a ticket gained after its first load is appended with its other changes (gorgias/ticket_changes).
    """
    open_warehouse, open_ledger, keys = warehouse.get(), ledger.get(), list(context.partition_keys)
    staged_reader.ensure(open_warehouse)
    require_not_failed(open_ledger, BEFORE_LOADS, keys)
    messages = open_warehouse.scalar("SELECT count(*) FROM staging.messages WHERE list_contains(?, partition)", [keys])
    waiting = waiting_messages(open_warehouse, open_ledger, keys)
    late = late_messages(open_warehouse, open_ledger, keys)
    if not waiting and not late:
        return dg.MaterializeResult(metadata={"messages": messages, "appended": 0, "late_files": 0, "sent": 0})
    require_open(open_ledger, ["gorgias/canary"])
    holding = {day for table in ("messages", "attachments") for day in staged_reader.days(open_warehouse, table, keys)}
    require_open(open_ledger, ["staging/messages", "staging/attachments"], keys, holding)
    people = target_ids(open_ledger, gorgias.reader, settings.get().gorgias_fallback_user)
    rest = list(remaining_messages(open_warehouse, open_ledger, keys, waiting, people))
    files = MessageFiles.read(open_warehouse, open_ledger, keys, [ticket["source_id"] for ticket, _, _ in rest])
    total, tallies = sum(len(rows) for _, _, rows in rest), []
    note(open_warehouse, append_notes([(ticket["source_id"], rows) for ticket, _, rows in rest], people, files))
    with loading(context, gorgias, open_ledger, open_warehouse) as writer:
        # One round sends the next message of every long ticket: in order within a ticket, side by side across them.
        for row in zip_longest(
            *([message_append(number, message, people, files) for message in rows] for _, number, rows in rest)
        ):
            tallies.append(
                apply_writes(context, writer, open_ledger, "gorgias/ticket_messages", total, filter(None, row))
            )
        # A later write moves updated_datetime (gorgias-api.md 6.7), so it is set again after the last one.
        tallies.append(
            apply_writes(
                context,
                writer,
                open_ledger,
                "gorgias/ticket_messages: times",
                len(rest),
                (ticket_times(t, n) for t, n, _ in rest),
            )
        )
        late = late_messages(open_warehouse, open_ledger, keys)
        if late:
            tallies += add_files(context, writer, open_warehouse, open_ledger, late, people.fallback_user)
    enter_initial_bases(open_warehouse, open_ledger, keys, people)
    return result(
        merged(tallies),
        messages=messages,
        appended=total,
        long_tickets=len(rest),
        late_files=len(late),
        **first_set_aside(open_ledger, ["messages"], keys),
    )


@dg.asset(
    key_prefix="gorgias",
    group_name="gorgias",
    kinds={"gorgias"},
    pool="gorgias_api",
    deps=[dg.AssetKey(["gorgias", "customers"])],
    check_specs=[CONFLICTS.spec],
)
def customer_changes(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Changes of customers that are in Gorgias: name, addresses, custom field values and data, merged three ways.

    What changed in Gorgias since it was written stays; where the source changed it too, differently, it becomes a
    conflict for a person. Nothing is read or written where nothing changed.
    """
    open_warehouse, open_ledger = warehouse.get(), ledger.get()
    require_open(open_ledger, ["staging/customers", "gorgias/canary"])
    decided: dict[str, dict[str, str]] = {}
    for source_id, name, take in open_ledger.resolutions("customers"):
        decided.setdefault(source_id, {})[name] = take
    rows, tallies = pending(open_warehouse, "customers", also=decided), []
    with loading(context, gorgias, open_ledger, open_warehouse) as writer:
        work = CustomerDelta(open_warehouse, open_ledger, gorgias.reader, writer, settings.get().home, decided)
        through = 0
        for batch in batches(rows, CUSTOMER_CHANGES_CHUNK):
            plans = work.plans(batch)
            writes = [write for plan in plans for write in plan.writes]
            if writes:
                part = Part(through, len(batch), len(writes))
                tallies.append(
                    apply_writes(context, writer, open_ledger, "gorgias/customer_changes", len(rows), writes, part)
                )
            through += len(batch)
            work.record(plans)
    checked = [CONFLICTS.report(context, open_ledger, lambda: {None: conflicts(open_ledger)})]
    return result(merged(tallies), checked, **work.counts, **first_set_aside(open_ledger, ["customers"]))


@dg.asset(
    key_prefix="gorgias",
    group_name="gorgias",
    kinds={"gorgias"},
    pool="gorgias_api",
    partitions_def=daily_partitions(),
    deps=[dg.AssetKey(["gorgias", "ticket_messages"])],
    check_specs=[checks.MESSAGES.check.spec, checks.FILES.check.spec, checks.CONFLICTS.spec],
)
def ticket_changes(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Changes of tickets that are in Gorgias already: new activities appended, fields merged three ways, one PUT each.

    A field that changed in Gorgias since it was written keeps its value; where the source changed it too, differently,
    it becomes a conflict for a person. A day without changes costs no call.
    """
    open_warehouse, open_ledger, keys = warehouse.get(), ledger.get(), list(context.partition_keys)
    staged_reader.ensure(open_warehouse)
    decided = decisions(open_ledger)
    rows = pending(open_warehouse, "tickets", keys, {ticket_of(object, name) for object, name in decided})
    counts: Counter[str] = Counter(changed=0, read=0, appended=0, conflicts=0, not_reachable=0)
    carry(open_warehouse, open_ledger, keys)
    open_ledger.record_losses(FILES_STAGE, "files", left_files(open_warehouse, open_ledger, keys), keys)
    if not rows:
        return result(Tally(), check_ticket_changes(context, open_warehouse, open_ledger, keys), **counts)
    require_open(open_ledger, ["gorgias/canary"])
    require_open(
        open_ledger, ["staging/tickets", "staging/messages"], keys, {row.partition for row in rows if row.partition}
    )
    require_not_failed(open_ledger, BEFORE_LOADS, keys)
    people = target_ids(open_ledger, gorgias.reader, settings.get().gorgias_fallback_user)
    tallies = []
    with loading(context, gorgias, open_ledger, open_warehouse) as writer:
        through = 0
        for batch in batches(rows, TICKET_CHANGES_CHUNK):
            work = TicketDelta(
                open_warehouse, open_ledger, gorgias.reader, writer, people, keys, settings.get().home, counts
            )
            plans = work.plans(batch, decided)
            rounds, sent = list(write_rounds(plans)), 0
            for writes in rounds:
                part = Part(through, len(batch), sum(map(len, rounds)), sent)
                tallies.append(apply_writes(context, writer, open_ledger, PHASE, len(rows), writes, part))
                sent += len(writes)
            through += len(batch)
            work.record(plans)
    return result(merged(tallies), check_ticket_changes(context, open_warehouse, open_ledger, keys), **counts)
