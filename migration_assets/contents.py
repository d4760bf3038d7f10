"""What the handoff folder holds, file by file, in the order in which people need it: the index page is made of it.

It belongs here: names and one line each. It does not: what a document says (its asset does).
"""

from typing import Final

DOCUMENTS: Final = {
    "report": ("Migration report", "The verdict, what moved, what did not and why, what is left to do, and the proof."),
    "user_actions": ("What is left to do by hand", "In Gorgias: what, why, where to click, and when it is done."),
    "loss_ledger": ("Losses", "What was lost of single fields and records, and what is kept in another form or place."),
    "undelivered_files": ("Files that are not in Gorgias", "Each by its id, with the reason."),
    "workflow_inventory": ("Workflows", "What Ivinex did by itself, and the Gorgias rule that comes nearest."),
    "saved_views_guide": ("Saved views", "Each view of Ivinex, and the Gorgias view that comes nearest."),
    "team_membership": ("Groups and teams", "Who belongs to which group of Ivinex, and which Gorgias team that is."),
    "organization_relations": ("Organizations", "Which contacts and tickets belong to which organization."),
    "record_links": ("Links between records", "How many records of which tabs are linked, and the list of all links."),
    "change_history_export": ("Change history", "How many changes of which fields are exported, and where to."),
    "task_rebuild_scope": ("Tasks on no ticket", "Where each task belongs that Gorgias has no place for."),
    "unattached_activities": ("Activities on no ticket", "Ids and times of what hangs on no ticket."),
    "unmapped_tabs": ("Tabs that are not moved", "How many records each has, and where they are kept."),
    "schema_inventory": (
        "Schema and scope",
        "Every tab and field of Ivinex with its place in Gorgias; to be signed off.",
    ),
}
"""Name of a document -> title, one line. Each is an HTML page; all but the report are Markdown and JSON as well."""

DATA: Final = {
    "reconciliation.json": "the report for programs: the balance of every object and day, requests, comparison",
    "losses.csv": "every loss, by id",
    "quarantine.csv": "every record that was set aside, by id, with the reason",
    "conflicts.csv": "every conflict, by id and field",
    "organization_relations.ndjson": "one organization a line, with the ids of its contacts and tickets",
    "record_links.ndjson": "one link a line, with both ids of both ends",
    "change_history_records.ndjson": "one record a line, with both ids and the number of its changes",
    "manifest.json": "the sha256 of every file here; evidence.intoto.jsonl signs it, evidence.pub.pem is the key",
}
"""File for programs -> one line."""
