"""The tables of the admin's exports, declared: what no API shows (ivinex-api.md 8).

It belongs here: declarations only. The rows are written by the asset of the same name.
"""

from resources.warehouse import Table

WORKFLOWS = Table(
    "ivinex.workflows",
    {
        "source_id": ("VARCHAR", "`ivinex:workflow:<id>`"),
        "name": ("VARCHAR", "as exported"),
        "tab": ("VARCHAR", "tab whose records it works on"),
        "active": ("BOOLEAN", "switched on in Ivinex"),
        "content": ("VARCHAR", "the whole entry as JSON text (workflow_export.Workflow)"),
    },
)
SAVED_VIEWS = Table(
    "ivinex.saved_views",
    {
        "source_id": ("VARCHAR", "`ivinex:view:<id>`"),
        "name": ("VARCHAR", "as exported"),
        "tab": ("VARCHAR", "tab whose records it lists"),
        "content": ("VARCHAR", "the whole entry as JSON text (view_export.SavedView)"),
    },
)
CHANGE_HISTORY = Table(
    "ivinex.change_history",
    {
        "source_id": ("VARCHAR", "`ivinex:change:<line of the file>`"),
        "line": ("BIGINT", "line of the file; its order is kept"),
        "changed_date": ("VARCHAR", "as exported, site-local"),
        "changed_at": ("TIMESTAMPTZ", "the same in UTC; NULL where unset or impossible"),
        "tab": ("VARCHAR", "as exported"),
        "collection_type_id": ("VARCHAR", "the tab's number, NULL where no tab has that name"),
        "collection_id": ("VARCHAR", "id of the record within its tab"),
        "record_source_id": ("VARCHAR", "`ivinex:<tab>:<record>`, NULL where no tab has that name"),
        "field": ("VARCHAR", "label, as exported"),
        "old_value": ("VARCHAR", "as exported"),
        "new_value": ("VARCHAR", "as exported"),
        "changed_by": ("VARCHAR", "user name, as exported"),
    },
)
