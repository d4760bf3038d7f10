"""One load of what a ticket's create could not hold. It does not belong here: an append (ticket_messages.py)."""

from itertools import zip_longest

from checks.quality_gates import require_not_failed, require_open
from checks.verification import BEFORE_LOADS
from migration_assets.gorgias import staged_reader
from migration_assets.gorgias.as_left import note
from migration_assets.gorgias.attachments.deferred_attachments import add_files, late_messages
from migration_assets.gorgias.attachments.ticket_files import MessageFiles
from migration_assets.gorgias.load.id_resolver import target_ids
from migration_assets.gorgias.load.initial_base import append_notes, enter_initial_bases
from migration_assets.gorgias.load.ticket_messages import remaining_messages, ticket_times, waiting_messages
from migration_assets.gorgias.load.ticket_payload import message_append
from migration_assets.gorgias.load_step import LoadResult, apply_writes, merged
from migration_assets.gorgias.preflight.loading import loading
from migration_assets.gorgias.step_context import TargetStep
from migration_assets.mapping.staged_map import require_confirmed
from migration_assets.set_aside import first_set_aside
from resources.gorgias.writer.write import Tally


def load_ticket_messages(step: TargetStep) -> LoadResult:
    """The rest of long tickets, from the 501st message or past 8 MB of text; and files that came after their ticket.

    What a ticket gained after its first load is appended with its other changes (gorgias/ticket_changes).
    """
    context, warehouse, ledger = step.context, step.warehouse, step.ledger
    keys = list(context.partition_keys)
    staged_reader.ensure(warehouse)
    require_confirmed(warehouse, ledger, step.settings, keys)
    require_not_failed(ledger, BEFORE_LOADS, keys)
    messages = warehouse.scalar("SELECT count(*) FROM staging.messages WHERE list_contains(?, partition)", [keys])
    waiting = waiting_messages(warehouse, ledger, keys)
    late = late_messages(warehouse, ledger, keys)
    if not waiting and not late:
        return Tally(), {"messages": messages, "appended": 0, "late_files": 0, "sent": 0}
    require_open(ledger, ["gorgias/canary"])
    holding = {day for table in ("messages", "attachments") for day in staged_reader.days(warehouse, table, keys)}
    require_open(ledger, ["staging/messages", "staging/attachments"], keys, holding)
    people = target_ids(ledger, step.gorgias.reader, step.settings.gorgias_fallback_user)
    rest = list(remaining_messages(warehouse, ledger, keys, waiting, people))
    files = MessageFiles.read(warehouse, ledger, keys, [ticket["source_id"] for ticket, _, _ in rest])
    total, tallies = sum(len(rows) for _, _, rows in rest), []
    note(warehouse, append_notes([(ticket["source_id"], rows) for ticket, _, rows in rest], people, files))
    with loading(step) as writer:
        # One round sends the next message of every long ticket: in order within a ticket, side by side across them.
        for row in zip_longest(
            *([message_append(number, message, people, files) for message in rows] for _, number, rows in rest)
        ):
            tallies.append(apply_writes(context, writer, "gorgias/ticket_messages", total, filter(None, row)))
        # A later write moves updated_datetime (gorgias-api.md 6.7), so it is set again after the last one.
        times = (ticket_times(ticket, number) for ticket, number, _ in rest)
        tallies.append(apply_writes(context, writer, "gorgias/ticket_messages: times", len(rest), times))
        late = late_messages(warehouse, ledger, keys)
        if late:
            tallies += add_files(context, writer, warehouse, late, people.fallback_user)
    enter_initial_bases(warehouse, ledger, keys, people)
    return merged(tallies), {
        "messages": messages,
        "appended": total,
        "long_tickets": len(rest),
        "late_files": len(late),
        **first_set_aside(ledger, ["messages"], keys),
    }
