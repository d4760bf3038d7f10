"""Tags, created before tickets: an unknown tag may refuse a whole ticket (gorgias-api.md 6.4)."""

from resources.gorgias.wire import Tag
from resources.gorgias.writer.write import Write
from resources.ledger import Outcome
from resources.ledger.records import WriteKey
from resources.warehouse import Warehouse


def tag_writes(warehouse: Warehouse) -> list[Write]:
    return [_write(row) for row in tag_rows(warehouse)]


def tag_rows(warehouse: Warehouse) -> list[dict[str, str]]:
    return warehouse.rows("SELECT name, description FROM staging.tags ORDER BY name")


def _write(row: dict[str, str]) -> Write:
    tag = Tag(name=row["name"], description=row["description"] or None)
    key = WriteKey("tags", row["name"], "create")
    return Write(key, "POST", "/api/tags", tag.body(), (Outcome(row["name"], "created"),))
