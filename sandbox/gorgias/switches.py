"""What the reference leaves open, as named switches: data only, plus the reading of `gorgias.json`.

Every "A" (assumed) of gorgias-api.md that a migration may rely on is one row. The first value is the
default: the unfavourable answer, unless no import could succeed under it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NUMBER = object()
"""Stands in `values` for any number of zero or more."""


@dataclass(frozen=True)
class Switch:
    """One open question. `values` lists what may be set; the first is the default."""

    id: str
    name: str
    reference: str
    values: tuple[Any, ...]

    @property
    def default(self) -> Any:
        return self.values[0]

    def accepts(self, value: object) -> bool:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and NUMBER in self.values:
            return value >= 0  # type: ignore[operator]
        return any(value == known and type(value) is type(known) for known in self.values)

    def choices(self) -> str:
        return ", ".join("a number" if value is NUMBER else repr(value) for value in self.values)


SWITCHES: tuple[Switch, ...] = (
    Switch("G-01", "duplicate_status", "4: 409 documented, 400 observed", (400, 409)),
    Switch("G-02", "messages_reordered", "13.11: re-ordering by created_datetime unknown", (False, True)),
    Switch("G-03", "list_custom_fields", "14: recorded in rows of tickets and customers", (True, False)),
    Switch("G-04", "unknown_tag_in_ticket", "6.4: may refuse or make the tag", ("refuse", "create", "drop")),
    Switch("G-05", "via_required", "6.7: an older rendering requires via", (True, False)),
    Switch("G-06", "later_writes_move_updated", "6.7: likely", (True, False)),
    Switch("G-07", "oldest_created_days", "6.7: how far back is unknown; older is clamped", (None, NUMBER)),
    Switch("G-08", "visible_in_filtered_lists_after", "12: delay unknown; seconds", (0, NUMBER)),
    Switch("G-09", "email_filter_case", "6.1: letter case of ?email= unknown", ("exact", "insensitive")),
    Switch("G-10", "phone_channel_unique", "6.1: other channels likely unique", ("refuse", "allow")),
    Switch("G-11", "sent_in_create_silences", "7.1: inferred for messages[] of a create", (True, False)),
    Switch("G-12", "user_invitation", "6.2: an invitation is likely", (True, False)),
    Switch("G-13", "user_seats", "6.2: seat limits unknown; over it 403", (None, NUMBER)),
    Switch("G-14", "field_cap_over_both_types", "6.5: 25 active, per type or not", (True, False)),
    Switch("G-15", "text_value_length", "6.5: value length unknown; over it 400", (None, NUMBER)),
    Switch("G-16", "message_meta_kept", "6.8: a free store on tickets, less said of messages", (True, False)),
    Switch("G-17", "ticket_meta_kept", "6.7: free key-value store", (True, False)),
    Switch("G-18", "message_external_id_kept", "6.8: not used by Gorgias", (True, False)),
    Switch("G-19", "imported_suppresses_rules", "8: effect of imported unknown", (False, True)),
    Switch("G-20", "retry_after_sent", "2: documented", (True, False)),
    Switch("G-21", "upload_limit_mb", "9: 413 exists, the number is unknown", (20, NUMBER)),
    Switch("G-22", "documented_empty_bodies_empty", "4: 2xx writes with an empty body", (True, False)),
    Switch("G-23", "datetime_offset", "5: +00:00 recorded, none in the examples", ("+00:00", "naive")),
    Switch("G-24", "team_name_duplicate_status", "4: refused, status not noted", (400, 409)),
    Switch("G-25", "email_lowercased_on_save", "6.1: letter case unknown", (False, True)),
    Switch("G-26", "dropdown_choices", "6.5: limit unknown; over it 400", (None, NUMBER)),
    Switch("G-27", "nested_created_datetime_kept", "6.7: recorded as kept", (True, False)),
    Switch("G-28", "nul_in_text", "6.7: a text column cannot hold U+0000", ("refuse", "strip", "keep")),
    Switch(
        "G-29", "unknown_ticket_keys", "4: unknown parameters are 400; bodies' openness unsaid", ("refuse", "ignore")
    ),
    Switch("G-30", "cursor_lifetime", "3: short-lived; seconds", (None, NUMBER)),
    Switch("G-31", "survey_on_create_closed", "8: a survey for an imported closed ticket", (True, False)),
    Switch("G-32", "body_limit_bytes", "6.8: 1 MB", (1_000_000, 1_048_576, NUMBER)),
    Switch("G-33", "message_subject_length", "6.7: 998 said of the ticket only", (998, None, NUMBER)),
    Switch("G-34", "customer_external_id_length", "6.1: unknown, 255 on tickets", (255, None, NUMBER)),
    Switch("G-35", "customer_delete_with_tickets", "6.1: effect on tickets unknown", ("refuse", "unlink")),
    Switch("G-36", "deactivated_label_stays_taken", "6.5: inferred", (True, False)),
    Switch("G-37", "deleted_user", "6.2: what becomes of the tickets is unknown", ("unassign", "refuse")),
    Switch("G-38", "message_order_in_ticket", "6.7: order of messages in an answer unsaid", ("id", "created_datetime")),
    Switch("G-39", "message_attachments_updatable", "6.8: accepted on update", (True, False)),
    Switch("G-40", "single_value_body", "6.6: scalar documented, object seen", ("scalar", "both")),
    Switch("G-41", "inline_values_replace", "6.7: custom_fields on a ticket update, set or merged", (True, False)),
    Switch("G-42", "request_limit_mb", "4: 413 exists, the number is unknown; uploads have G-21", (10, None, NUMBER)),
    Switch("G-43", "auto_merge_hits_imported", "14: hits tickets of the API; of imported ones unsaid", (True, False)),
    Switch("G-44", "auto_split_hits_api", "14: on by default; of messages of the API unsaid", (True, False)),
    Switch("G-45", "own_update_after_create", "14: recorded within seconds of each create; seconds", (None, NUMBER)),
    Switch("G-46", "unknown_query_on_get", "14: clients rely on it; 4 says 400", ("ignore", "refuse")),
    Switch("G-47", "merged_ticket_names_survivor", "4: 301; whether it says where to is unsaid", (True, False)),
)

BY_ID = {switch.id: switch for switch in SWITCHES}


class UnknownSwitch(ValueError):
    """A switch that does not exist, or a value that it does not take."""


class Switches:
    """The values in force. `switches["G-03"]` reads one.

    Raises:
        UnknownSwitch: with the id, the value and what would be right.
    """

    def __init__(self, given: Mapping[str, Any] | None = None) -> None:
        self._values = {switch.id: switch.default for switch in SWITCHES}
        for switch_id, value in (given or {}).items():
            switch = BY_ID.get(switch_id)
            if switch is None:
                raise UnknownSwitch(f"switches.{switch_id}: no such switch; known: G-01 to {SWITCHES[-1].id}")
            if not switch.accepts(value):
                raise UnknownSwitch(f"switches.{switch_id} ({switch.name}): {value!r} is not one of {switch.choices()}")
            self._values[switch_id] = value

    def __getitem__(self, switch_id: str) -> Any:
        return self._values[switch_id]
