"""The tables of stage 1, declared: names, types, and what each column holds.

Belongs here: declarations only. The rows are written by the file of the object they describe.
"""

from resources.warehouse import Table

_RECORD = {
    "collection_type_id": ("VARCHAR", "tab of the record"),
    "collection_id": ("VARCHAR", "id of the record within its tab"),
    "source_id": ("VARCHAR", "`ivinex:<tab>:<record>`, the external id in Gorgias"),
    "content_hash": ("VARCHAR", "hash of what the record says, without layout constants and URL tokens"),
    "raw": ("VARCHAR", "the record as Records JSON gives it, as JSON text"),
}
_TIMES = {
    "created_at": ("TIMESTAMPTZ", "created_date in UTC; NULL where unset or impossible"),
    "modified_at": ("TIMESTAMPTZ", "modified_date in UTC; NULL where unset or impossible"),
}
_RAW_TIMES = {
    "created_raw": ("VARCHAR", "created_date as read"),
    "modified_raw": ("VARCHAR", "modified_date as read"),
}
_PRESENT = _RECORD | _TIMES | {"partition": ("VARCHAR", "created day in UTC, or none; tickets only")}

TABS = Table(
    "ivinex.tabs",
    {
        "collection_type_id": ("VARCHAR", "the tab's number"),
        "tab": ("VARCHAR", "its name"),
        "role": ("VARCHAR", "contact, organization, ticket, activity, task, or NULL"),
        "listed": ("BOOLEAN", "GetTabs names it"),
        "readable": ("BOOLEAN", "a row or the empty marker came"),
        "empty": ("BOOLEAN", "readable and without rows"),
        "problem": ("VARCHAR", "what a person should look at, or empty"),
    },
)
UNMAPPED_TABS = Table(
    "ivinex.unmapped_tabs",
    {
        "collection_type_id": ("VARCHAR", "number of a tab without a role"),
        "tab": ("VARCHAR", "its name"),
        "records": ("BIGINT", "records exported"),
        "file": ("VARCHAR", "where to, within MIGRATION_HOME; empty where not"),
        "problem": ("VARCHAR", "why not, or empty"),
    },
)
FIELDS = Table(
    "ivinex.fields",
    {
        "collection_type_id": ("VARCHAR", "the tab's number"),
        "tab": ("VARCHAR", "its name"),
        "field_id": ("VARCHAR", "site-wide number of the field"),
        "field_name": ("VARCHAR", "machine name, the key in records"),
        "label": ("VARCHAR", "display text"),
        "data_type": ("VARCHAR", "the site's word"),
        "display_type": ("VARCHAR", "the site's word"),
        "kind": ("VARCHAR", "our kind (resources/ivinex/types.py)"),
        "linked_collection_type_id": ("VARCHAR", "tab that a link field points to, or NULL"),
        "options": ("VARCHAR", 'JSON list of {"id", "label"}'),
        "position": ("INTEGER", "order in GetFields"),
        "restricted": ("VARCHAR", "why not everybody may see it, by the admin's list, or empty"),
    },
)
USERS = Table(
    "ivinex.users",
    {
        "source_id": ("VARCHAR", "`ivinex:user:<id>`"),
        "user_id": ("VARCHAR", "the number that records carry"),
        "username": ("VARCHAR", "login"),
        "name": ("VARCHAR", "first and last"),
        "email": ("VARCHAR", "lower case"),
        "active": ("BOOLEAN", "NULL where nobody told"),
        "title": ("VARCHAR", "as exported"),
        "origin": ("VARCHAR", "users.csv, or harvested from records"),
        "records": ("BIGINT", "records that name this user"),
    },
)
GROUPS = Table(
    "ivinex.groups",
    {
        "group_id": ("VARCHAR", "the group's number"),
        "group_name": ("VARCHAR", "as exported"),
        "user_id": ("VARCHAR", "a member's number; NULL for a group without members"),
        "username": ("VARCHAR", "the member's login, as exported"),
    },
)
VERSIONS = Table(
    "ivinex.versions",
    _RECORD
    | _RAW_TIMES
    | _TIMES
    | {
        "partition": ("VARCHAR", "unused here: the day is decided in ticket_sweep"),
        "first_seen": ("TIMESTAMPTZ", "first full scan that read this version"),
        "last_seen": ("TIMESTAMPTZ", "last full scan that read this version"),
        "sweep_id": ("VARCHAR", "that last full scan"),
    },
)
SWEEPS = Table(
    "ivinex.sweeps",
    {
        "sweep_id": ("VARCHAR", "tab and moment"),
        "role": ("VARCHAR", "role of the tab"),
        "collection_type_id": ("VARCHAR", "the tab"),
        "started_at": ("TIMESTAMPTZ", "first request"),
        "ended_at": ("TIMESTAMPTZ", "rows merged"),
        "passes": ("INTEGER", "walks over the tab"),
        "pages": ("INTEGER", "answers read"),
        "rows_read": ("BIGINT", "rows received, repeats included"),
        "distinct_ids": ("BIGINT", "records met"),
        "proved": ("BOOLEAN", "two id sets agree"),
        "note": ("VARCHAR", "how it was proved, or why not"),
    },
)
SWEEP_ROWS = Table(
    "ivinex.sweep_rows",
    _RECORD | _RAW_TIMES | _TIMES | {"seq": ("BIGINT", "order of reading"), "read_at": ("TIMESTAMPTZ", "moment")},
)
UNREADABLE = Table(
    "ivinex.unreadable_records",
    {
        "source_id": ("VARCHAR", "the record; by a hash of its content where it has no id"),
        "object": ("VARCHAR", "name of its object in the balance"),
        "collection_type_id": ("VARCHAR", "its tab"),
        "reason": ("VARCHAR", "why the last full scan could not read it"),
    },
)
ORGANIZATIONS = Table("ivinex.organizations", _PRESENT)
CONTACTS = Table("ivinex.contacts", _PRESENT)
TICKET_SWEEP = Table("ivinex.ticket_sweep", _PRESENT)
ACTIVITY_SWEEP = Table("ivinex.activity_sweep", _PRESENT)
TASKS = Table("ivinex.tasks", _PRESENT)
OF_ROLE = {
    "contact": CONTACTS,
    "organization": ORGANIZATIONS,
    "ticket": TICKET_SWEEP,
    "activity": ACTIVITY_SWEEP,
    "task": TASKS,
}
"""Role -> where its records stand as they were read last."""
LINKS = Table(
    "ivinex.links",
    {
        "from_source_id": ("VARCHAR", "activity, task or contact"),
        "to_source_id": ("VARCHAR", "ticket or organization"),
        "role": ("VARCHAR", "activity_ticket, task_ticket or contact_organization"),
        "via": ("VARCHAR", "`field:<machine name>` or related"),
    },
)
LINK_ROWS = Table("ivinex.link_rows", LINKS.columns)
OTHER_LINKS = Table(
    "ivinex.other_links",
    {
        "asked_tab": ("VARCHAR", "tab whose related items named the link; a link between two of them is named twice"),
        "one_source_id": ("VARCHAR", "one end, a record of any tab"),
        "other_source_id": ("VARCHAR", "the other end"),
    },
)
"""Links of records that are none of the relations in `ivinex.links`: ticket and ticket, ticket and organization."""
LINK_READS = Table(
    "ivinex.link_reads",
    {
        "parent": ("VARCHAR", "role whose records' related items were asked for"),
        "records": ("BIGINT", "records of that role"),
        "asked": ("BIGINT", "of these, records whose related items are known"),
    },
)
"""How far the links in `ivinex.other_links` are known."""
TICKETS = Table("ivinex.tickets", _PRESENT)
ACTIVITIES = Table(
    "ivinex.activities",
    {"partition": ("VARCHAR", "the ticket's created day"), "ticket_source_id": ("VARCHAR", "the ticket")}
    | _RECORD
    | _TIMES,
)
