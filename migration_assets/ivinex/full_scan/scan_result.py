"""What one full scan of a tab found. It belongs here: the counts. It does not: reading (scan.py), merging."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class ScanResult:
    """What a sweep found.

    Attributes:
        proved: two id sets agree.
        note: how, or why not.
        trouble: kind of trouble with a default date -> values.
        soft_deleted: rows that the site itself marks as deleted, left out (A-25).
        replaced: characters that no UTF-8 text can hold and that became U+FFFD.
        new_versions: versions never seen before.
        missing_once: records of the sweep before that this one did not meet; kept.
        deleted: records missing from two sweeps in a row: deleted at the source.
        files: status of a download -> files tried.
        unreadable: source id -> why the record was set aside; the others go on.
    """

    scan_id: str
    started_at: datetime
    passes: int = 0
    pages: int = 0
    rows_read: int = 0
    distinct_ids: int = 0
    proved: bool = False
    note: str = ""
    problems: dict[str, int] = field(default_factory=dict)
    soft_deleted: int = 0
    replaced: int = 0
    new_versions: int = 0
    missing_once: int = 0
    deleted: int = 0
    seconds: float = 0.0
    files: dict[str, int] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
