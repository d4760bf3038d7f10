"""The ledger's tables. Every row belongs to one target account, so that staging and production never mix.

No column holds a message body, a name or an address: ids, field names, reasons, hashes and counts only. The exceptions
are images from before we wrote to an object (`writes.before`, `images.body`), the names of people who decided, and the
files that a map was confirmed with (`confirmed_files`: mapping.yaml and the admin's exports), so that a lost home loses
nothing.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.schema import SchemaItem

from resources.ledger.engine import UtcDateTime

metadata = MetaData()
# SQLite numbers rows by itself only for a plain INTEGER key.
_Id = BigInteger().with_variant(Integer, "sqlite")


def _keyed(name: str, *items: SchemaItem) -> Table:
    """One row for each account and each value of the columns that are marked as keys."""
    return Table(name, metadata, Column("account", String(200), primary_key=True), *items)


def _numbered(name: str, *items: SchemaItem) -> Table:
    """Any number of rows for an account, numbered as they come."""
    number = Column("id", _Id, primary_key=True, autoincrement=True)
    return Table(name, metadata, number, Column("account", String(200), nullable=False), *items)


leases = _keyed(
    "leases",
    Column("fence", Integer, nullable=False),
    Column("holder", Text, nullable=False),
    Column("acquired_at", UtcDateTime, nullable=False),
    Column("renewed_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

writes = _numbered(
    "writes",
    Column("object", String(40), nullable=False),
    Column("source_id", String(300), nullable=False),
    Column("part", String(20), nullable=False),
    Column("state", String(12), nullable=False),
    Column("payload_hash", String(64), nullable=False),
    Column("mapping_version", String(64), nullable=False, default=""),
    Column("partition", String(10)),
    Column("gorgias_id", BigInteger),
    Column("answer_hash", String(64)),
    Column("before", JSON),
    Column("attempts", Integer, nullable=False, default=1),
    Column("fence", Integer, nullable=False),
    Column("run_id", String(64), nullable=False, default=""),
    Column("intent_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    Column("detail", Text, nullable=False, default=""),
    UniqueConstraint("account", "object", "source_id", "part"),
    Index("writes_by_state", "account", "state"),
    Index("writes_by_target", "account", "object", "gorgias_id"),
)

history = _numbered(
    "write_history",
    Column("object", String(40), nullable=False),
    Column("source_id", String(300), nullable=False),
    Column("part", String(20), nullable=False),
    Column("state", String(12), nullable=False),
    Column("fence", Integer, nullable=False),
    Column("run_id", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("detail", Text, nullable=False, default=""),
)

outcomes = _keyed(
    "outcomes",
    Column("object", String(40), primary_key=True),
    Column("source_id", String(300), primary_key=True),
    Column("stage", String(20), nullable=False),
    Column("outcome", String(12), nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("partition", String(10)),
    Column("synthetic", Boolean, nullable=False, default=False),
    Column("gorgias_id", BigInteger),
    Column("at", UtcDateTime, nullable=False),
    Index("outcomes_by_slice", "account", "object", "partition", "stage"),
)

quarantine = _keyed(
    "quarantine",
    Column("object", String(40), primary_key=True),
    Column("source_id", String(300), primary_key=True),
    Column("stage", String(20), nullable=False),
    Column("partition", String(10)),
    Column("source_version", String(64), nullable=False, default=""),
    Column("mapping_version", String(64), nullable=False, default=""),
    Column("reason_class", String(20), nullable=False),
    Column("message", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

losses = _numbered(
    "losses",
    Column("stage", String(20), nullable=False),
    Column("object", String(40), nullable=False),
    Column("source_id", String(300), nullable=False, default=""),
    Column("partition", String(10)),
    Column("field", String(300), nullable=False),
    Column("kind", String(60), nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("detail", Text, nullable=False, default=""),
    Index("losses_by_slice", "account", "object", "stage", "partition"),
)

conflicts = _keyed(
    "conflicts",
    Column("object", String(40), primary_key=True),
    Column("source_id", String(300), primary_key=True),
    Column("field", String(300), primary_key=True),
    Column("gorgias_id", BigInteger),
    Column("detail", Text, nullable=False, default=""),
    Column("at", UtcDateTime, nullable=False),
)

conflict_decisions = _keyed(
    "conflict_decisions",
    Column("object", String(40), primary_key=True),
    Column("source_id", String(300), primary_key=True),
    Column("field", String(300), primary_key=True),
    Column("take", String(10), nullable=False),
    Column("decided_by", String(200), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("applied", Boolean, nullable=False),
)

changes = _keyed(
    "changes",
    Column("object", String(40), primary_key=True),
    Column("source_id", String(300), primary_key=True),
    Column("partition", String(10), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("watermark", String(40), nullable=False),
    Column("found_at", UtcDateTime, nullable=False),
)

uploads = _keyed(
    "uploads",
    Column("sha256", String(64), primary_key=True),
    Column("batch", String(300), nullable=False),
    # An address of Gorgias that only its credentials open; no name and no content.
    Column("url", Text, nullable=False),
    Column("content_type", String(200), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

gates = _keyed(
    "gates",
    Column("check_name", String(200), primary_key=True),
    Column("partition", String(10), primary_key=True),
    Column("passed", Boolean, nullable=False),
    Column("detail", Text, nullable=False, default=""),
    Column("run_id", String(64), nullable=False, default=""),
    Column("recorded_at", UtcDateTime, nullable=False),
)

overrides = _keyed(
    "gate_overrides",
    Column("check_name", String(200), primary_key=True),
    Column("partition", String(10), primary_key=True),
    Column("overridden_by", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

decisions = _keyed(
    "decisions",
    Column("topic", String(200), primary_key=True),
    Column("choice", String(60), nullable=False),
    Column("decided_by", String(200), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("reason", Text),
)

replaced_decisions = _keyed(
    "replaced_decisions",
    Column("topic", String(200), primary_key=True),
    # What held when the map was confirmed, of what was decided otherwise since.
    Column("choice", String(60), nullable=False),
    Column("decided_by", String(200), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

confirmations = _numbered(
    "mapping_confirmations",
    Column("version", String(64), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("schema", JSON, nullable=False),
    Column("confirmed_by", String(200), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("note", Text),
)

sign_offs = _numbered(
    "sign_offs",
    Column("subject", String(40), nullable=False),
    Column("role", String(20), nullable=False),
    Column("target", String(300), nullable=False),
    Column("map_version", String(64), nullable=False),
    Column("program_version", String(60), nullable=False),
    Column("report_sha256", String(64)),
    Column("signed_by", String(200), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("note", Text),
)

sites = _keyed(
    "source_sites",
    Column("host", String(300), nullable=False),
    Column("tabs", JSON, nullable=False),
    Column("witnesses", JSON, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("in_ids", String(20)),
)

confirmed_files = _keyed(
    "confirmed_files",
    Column("name", String(300), primary_key=True),
    Column("version", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

clock_marks = _numbered(
    "clock_marks",
    Column("at", UtcDateTime, nullable=False),
    # The account's own time of its newest event at that moment: no two machines' clocks are compared.
    Column("in_gorgias", UtcDateTime, nullable=False),
    Index("clock_marks_by_time", "account", "at"),
)

progress = _keyed(
    "progress",
    Column("phase", String(60), primary_key=True),
    Column("done", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("per_second", Integer, nullable=False),
    # A ticket takes seconds: its rate, rounded to one a second, would be none.
    Column("per_hour", Integer),
    Column("updated_at", UtcDateTime, nullable=False),
)

failed_runs = _keyed(
    "failed_runs",
    Column("run_id", String(64), primary_key=True),
    Column("job", String(200), nullable=False),
    Column("partition", String(40), nullable=False),
    Column("step", String(300), nullable=False),
    Column("message", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

target_before = _keyed(
    "target_before",
    Column("object", String(40), primary_key=True),
    Column("gorgias_id", BigInteger, primary_key=True, autoincrement=False),
    # Of a list row without what the server moves by itself; for the account itself, of its domain.
    Column("digest", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

images = _keyed(
    "images",
    Column("object", String(40), primary_key=True),
    Column("gorgias_id", BigInteger, primary_key=True, autoincrement=False),
    Column("source_id", String(300), nullable=False),
    Column("body", JSON),
    Column("run_id", String(64), nullable=False, default=""),
    Column("at", UtcDateTime, nullable=False),
)

sample_records = _keyed(
    "sample_records",
    Column("object", String(40), primary_key=True),
    Column("source_id", String(300), primary_key=True),
    Column("partition", String(10)),
    Column("at", UtcDateTime, nullable=False),
)

sent_calls = _numbered(
    "sent_calls",
    Column("api", String(10), nullable=False),
    Column("call", String(200), nullable=False),
    Column("requests", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

ADDED = (decisions.c.reason, confirmations.c.note, sites.c.in_ids, progress.c.per_hour)
"""Columns that ledgers made by an earlier version do not have; added when one is opened (columns.py)."""
