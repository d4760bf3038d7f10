"""What each ticket shows of its site: kinds of values in every field, options, files, authors, threads, clock changes.

It belongs here: (ticket, trait) rows of the whole scan, worked out in SQL. It does not: choosing tickets
(greedy_cover.py). No value leaves this module: a trait is the name of a field and of a kind.
"""

# ruff: noqa: S608 - what is put into SQL here are names of this package's own tables and columns

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from migration_assets.ivinex import tables
from migration_assets.ivinex.attachments.file_tables import MENTIONS
from migration_assets.mapping.model import TO_DECIDE, FieldMap, Mapping
from migration_assets.mapping.schema_check import options_of
from migration_assets.mapping.target_fields import STANDARDS
from resources.warehouse import Connection, Warehouse

_NEVER_VALUES = ("layout", "file", "default")
_ZERO_IS_EMPTY = frozenset({"dropdown", "multi", "checkbox", "date", "datetime", "user", "link"})
_CHOICES = frozenset({"dropdown", "multi"})
_RECORDS = {"ticket": tables.TICKET_SWEEP, "activity": tables.ACTIVITY_SWEEP, "contact": tables.CONTACTS}
_TICKETS_OF = {
    "ticket": f"SELECT source_id AS ticket, * FROM {tables.TICKET_SWEEP.name} WHERE partition <> 'none'",
    "activity": f"SELECT DISTINCT l.to_source_id AS ticket, a.* FROM {tables.ACTIVITY_SWEEP.name} a "
    f"JOIN {tables.LINKS.name} l ON l.from_source_id = a.source_id AND l.role = 'activity_ticket'",
    "contact": f"SELECT t.ticket, c.* FROM contact_of t JOIN {tables.CONTACTS.name} c ON c.source_id = t.contact",
}
"""Role -> its records, each with the tickets that it belongs to."""


def ticket_traits(warehouse: Warehouse, mapping: Mapping) -> pd.DataFrame:
    """ticket, trait of every ticket with a day; `trait` is a category such as `ticket.subject: longest`."""
    with warehouse.transaction() as tx:
        tx.ensure(*_RECORDS.values(), tables.LINKS, tables.USERS, MENTIONS)
        fields = _fields(tx, mapping)
        tx.execute(_NO_VALUES)
        _contacts_of_tickets(tx, mapping)
        for (role, tab), own in fields.groupby(["role", "collection_type_id"]):
            _read_values(tx, str(role), str(tab), own)
        tx.execute(_TRAITS)
        for sql in (_FILES, _AUTHORS, _THREADS):
            tx.execute(sql)
        _clock_changes(tx, ZoneInfo(mapping.time_zone))
        found = tx.query(
            "SELECT ticket, trait FROM ticket_traits SEMI JOIN "
            f"(SELECT source_id FROM {tables.TICKET_SWEEP.name} WHERE partition <> 'none') ON ticket = source_id "
            "ORDER BY ALL"
        )
        for name in ("field_values", "ticket_traits", "contact_of"):
            tx.execute(f"DROP TABLE {name}")
    return found.astype("category")


def _fields(tx: Connection, mapping: Mapping) -> pd.DataFrame:
    """One row per field of tickets, activities and contacts: its name as told, and the options that have a target."""
    maps = {(item.collection_type_id, item.source): item for _, _, item in mapping.each()}
    roles = {tab: role for tab, role in mapping.tabs().items() if role in _RECORDS}
    rows = []
    for row in tx.rows(f"SELECT collection_type_id, field_name, kind, options FROM {tables.FIELDS.name} ORDER BY ALL"):
        tab, name = row["collection_type_id"], row["field_name"]
        if tab not in roles or row["kind"] in _NEVER_VALUES:
            continue
        item, options = maps.get((tab, name)), options_of(row["options"])
        role = roles[tab]
        several = len(mapping.roles[role]) > 1
        rows.append(
            {
                "role": role,
                "collection_type_id": tab,
                "name": name,
                "told": f"{role}{f' {tab}' if several else ''}.{name}",
                "zero_is_empty": row["kind"] in _ZERO_IS_EMPTY,
                "choice": row["kind"] in _CHOICES,
                "known": _with_target(item, options, _decides(role, item)),
                "each_option": _decides(role, item),
            }
        )
    return pd.DataFrame(rows)


def _with_target(item: FieldMap | None, options: dict[str, str], decides: bool) -> list[str]:
    """Ids and labels of the options that arrive as something of their own."""
    values = {name: value for name, value in (item.values if item else {}).items() if value != TO_DECIDE}
    fixed = bool(values) and item is not None and (decides or item.unmapped != "keep_label")
    there = {name: label for name, label in options.items() if not fixed or name in values or label in values}
    return [*there, *there.values(), *values]


def _decides(role: str, item: FieldMap | None) -> bool:
    """Status, priority, kind and direction: each of their options is a trait of its own."""
    if item is None or item.target.to != "standard" or not item.target.name:
        return False
    return bool(STANDARDS[role][item.target.name].vocabulary)


def _contacts_of_tickets(tx: Connection, mapping: Mapping) -> None:
    """Table contact_of: the contact that each ticket names."""
    tx.execute("CREATE OR REPLACE TEMP TABLE contact_of (ticket VARCHAR, contact VARCHAR)")
    for item in mapping.fields.get("ticket", []):
        if item.target.to == "standard" and item.target.name == "contact":
            for tab in mapping.roles.get("contact", []):
                tx.execute(
                    "INSERT INTO contact_of "
                    "SELECT source_id, 'ivinex:' || $tab || ':' || json_extract_string(raw, $path) "
                    f"FROM {tables.TICKET_SWEEP.name} WHERE collection_type_id = $own AND json_valid(raw)",
                    {"tab": tab, "path": _path(item.source), "own": item.collection_type_id},
                )


def _read_values(tx: Connection, role: str, tab: str, fields: pd.DataFrame) -> None:
    """Append to field_values what each field of one tab holds, as lengths and flags."""
    names = fields["name"].tolist()
    choices = fields[fields["choice"]]
    known = [
        (name, option)
        for name, options in zip(choices["name"], choices["known"], strict=True)
        for option in dict.fromkeys(options)
    ]
    tx.execute(
        f"""
        INSERT INTO field_values
        WITH known AS (SELECT unnest($options) AS option, unnest($of) AS name),
        known_options AS (SELECT name, list(option) AS options FROM known GROUP BY name),
        fields AS (SELECT unnest($names) AS name, unnest($told) AS told, unnest($zero) AS zero,
                          unnest($choice) AS choice, unnest($each) AS each_option),
        read AS (
            SELECT ticket, unnest($names) AS name, unnest(json_extract_string(raw, $paths)) AS value
            FROM ({_TICKETS_OF[role]}) WHERE collection_type_id = $tab AND json_valid(raw)
        ), told AS (
            SELECT r.ticket, f.told, f.choice, f.each_option, k.options, coalesce(r.value, '') = ''
                OR (f.zero AND regexp_full_match(r.value, '0|0000-00-00.*')) AS is_empty, r.value
            FROM read r JOIN fields f USING (name) LEFT JOIN known_options k USING (name)
        )
        SELECT ticket, told, is_empty, length(value) AS size, length(value) <> strlen(value) AS non_ascii,
               choice AND NOT is_empty AND NOT coalesce(list_contains(options, value)
                   OR list_has_all(options, list_transform(string_split(value, ','), lambda x: trim(x))), false)
                   AS unmapped,
               CASE WHEN each_option AND NOT is_empty THEN value END AS option
        FROM told
        """,
        {
            "names": names,
            "paths": [_path(name) for name in names],
            "told": fields["told"].tolist(),
            "zero": fields["zero_is_empty"].tolist(),
            "choice": fields["choice"].tolist(),
            "each": fields["each_option"].tolist(),
            "options": [option for _, option in known],
            "of": [name for name, _ in known],
            "tab": tab,
        },
    )


def _clock_changes(tx: Connection, zone: ZoneInfo) -> None:
    """Tickets with a record from within an hour of a change of the zone's clocks."""
    span = tx.rows(f"SELECT min(created_at) AS first, max(created_at) AS last FROM {tables.TICKET_SWEEP.name}")[0]
    if span["first"] is None:
        return
    changes = clock_changes(zone, span["first"], datetime.now(UTC))
    if not changes:
        return
    tx.execute(
        f"""
        INSERT INTO ticket_traits
        WITH changes AS (SELECT unnest($moments) AS moment, unnest($way) AS way), moments AS (
            SELECT source_id AS ticket, created_at FROM {tables.TICKET_SWEEP.name}
            UNION ALL SELECT ticket, created_at FROM ({_TICKETS_OF["activity"]})
        )
        SELECT DISTINCT ticket, 'clock: set ' || way FROM moments JOIN changes
            ON created_at >= moment - INTERVAL 1 HOUR AND created_at < moment + INTERVAL 1 HOUR
        """,
        {"moments": [moment for moment, _ in changes], "way": [way for _, way in changes]},
    )


def clock_changes(zone: ZoneInfo, first: datetime, last: datetime) -> list[tuple[datetime, str]]:
    """Moments (UTC) at which the zone's clocks were set forward or back, between two days."""
    found, hour = [], timedelta(hours=1)
    day = first.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while day < last:
        after = day + timedelta(days=1)
        if _offset(zone, day) != _offset(zone, after):
            moment = next(day + n * hour for n in range(1, 25) if _offset(zone, day + n * hour) != _offset(zone, day))
            found.append((moment, "forward" if _offset(zone, moment) > _offset(zone, day) else "back"))
        day = after
    return found


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _path(name: str) -> str:
    return '$."' + name.replace('"', "") + '"'


_NO_VALUES = """
    CREATE OR REPLACE TEMP TABLE field_values (
        ticket VARCHAR, told VARCHAR, is_empty BOOLEAN, size BIGINT, non_ascii BOOLEAN, unmapped BOOLEAN,
        option VARCHAR)
"""
_TRAITS = """
    CREATE OR REPLACE TEMP TABLE ticket_traits AS
    WITH longest AS (
        SELECT told, max(size) AS most, min(size) AS least FROM field_values WHERE NOT is_empty GROUP BY told
    )
    SELECT DISTINCT ticket, told || ': ' || kind AS trait FROM (
        SELECT ticket, told, unnest(list_filter([
            CASE WHEN is_empty THEN 'empty' END,
            CASE WHEN NOT is_empty AND NOT non_ascii AND NOT unmapped AND (size < most OR least = most)
                THEN 'typical' END,
            CASE WHEN NOT is_empty AND size = most AND least < most THEN 'longest' END,
            CASE WHEN NOT is_empty AND non_ascii THEN 'non-ASCII' END,
            CASE WHEN unmapped THEN 'unmapped option' END,
            CASE WHEN option IS NOT NULL THEN 'option ' || option END
        ], lambda kind: kind IS NOT NULL)) AS kind
        FROM field_values LEFT JOIN longest USING (told)
    )
"""
_FILES = f"""
    INSERT INTO ticket_traits
    WITH files AS (
        SELECT coalesce(l.to_source_id, m.record_source_id) AS ticket, m.role, m.inline, count(*) AS number
        FROM {MENTIONS.name} m
        LEFT JOIN {tables.LINKS.name} l ON l.from_source_id = m.record_source_id AND l.role = 'activity_ticket'
        GROUP BY ALL
    )
    SELECT DISTINCT ticket, 'files: ' || CASE WHEN inline THEN 'picture in the text' WHEN number > 1 THEN 'several'
        ELSE 'one' END || ' on a record of ' || role FROM files
    UNION ALL
    SELECT source_id, 'files: none' FROM {tables.TICKET_SWEEP.name} ANTI JOIN files ON ticket = source_id
"""
_AUTHORS = f"""
    INSERT INTO ticket_traits
    WITH written AS (
        SELECT source_id AS ticket, 'ticket' AS role, raw FROM {tables.TICKET_SWEEP.name}
        UNION ALL SELECT ticket, 'activity', raw FROM ({_TICKETS_OF["activity"]})
    )
    SELECT DISTINCT ticket, 'author of ' || role || ': ' || CASE
        WHEN coalesce(author, '') IN ('', '0') THEN 'nobody' WHEN u.user_id IS NULL THEN 'in no list'
        WHEN u.active THEN 'active' WHEN NOT u.active THEN 'inactive' ELSE 'in no list' END
    FROM (SELECT *, CASE WHEN json_valid(raw) THEN raw ->> '$.created_by' END AS author FROM written)
    LEFT JOIN {tables.USERS.name} u ON u.user_id = author
"""
_THREADS = f"""
    INSERT INTO ticket_traits
    WITH threads AS (
        SELECT source_id AS ticket, count(l.from_source_id) AS number, max(number) OVER () AS most
        FROM {tables.TICKET_SWEEP.name}
        LEFT JOIN {tables.LINKS.name} l ON l.to_source_id = source_id AND l.role = 'activity_ticket' GROUP BY 1
    )
    SELECT ticket, 'thread: ' || CASE WHEN number = 0 THEN 'no activity' WHEN number = most THEN 'longest'
        WHEN number = 1 THEN 'one activity' WHEN number <= 10 THEN 'up to ten' ELSE 'more than ten' END
    FROM threads
"""
