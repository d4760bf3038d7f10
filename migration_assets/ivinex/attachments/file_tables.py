"""The tables of files in stage 1, declared: which record speaks of which file, and what its download gave.

Belongs here: declarations only. Two tables, because a record has versions and a file is downloaded once.
"""

from resources.warehouse import Table

MENTIONS = Table(
    "ivinex.mentions",
    {
        "source_id": ("VARCHAR", "the file: `<record>/<key>`"),
        "record_source_id": ("VARCHAR", "the record that speaks of it"),
        "content_hash": ("VARCHAR", "the record's version that does"),
        "role": ("VARCHAR", "role of the record's tab"),
        "position": ("INTEGER", "order within the record"),
        "inline": ("BOOLEAN", "an image inside a body"),
        "name": ("VARCHAR", "as the record calls it: hostile input"),
        "labels": ("VARCHAR", "JSON list of other texts beside it, a Content-ID perhaps"),
        "claimed_type": ("VARCHAR", "type that the record claims"),
        "claimed_size": ("BIGINT", "bytes that the record announces"),
    },
)
DOWNLOADS = Table(
    "ivinex.downloads",
    {
        "source_id": ("VARCHAR", "the file"),
        "collection_type_id": ("VARCHAR", "tab of its record"),
        "page_offset": ("BIGINT", "offset of the page on which its record was read"),
        "status": ("VARCHAR", "ok, pending, expired, gone, too_large, empty, refused_address, unreadable"),
        "detail": ("VARCHAR", "why, without the URL"),
        "sha256": ("VARCHAR", "its content in the store, where it is there"),
        "size": ("BIGINT", "bytes received"),
        "content_type": ("VARCHAR", "what its first bytes say"),
        "misnamed": ("BOOLEAN", "its name promises another type"),
        "refreshed": ("BOOLEAN", "a fresh URL was asked for since the last full scan"),
    },
)
ATTACHMENTS = Table(
    "ivinex.attachments",
    {
        "partition": ("VARCHAR", "the ticket's created day"),
        "ticket_source_id": ("VARCHAR", "the ticket"),
    }
    | MENTIONS.columns
    | {name: DOWNLOADS.columns[name] for name in ("status", "detail", "sha256", "size", "content_type", "misnamed")},
)
