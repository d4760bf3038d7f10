"""Jobs: what Gorgias does later and by itself. The only one that is ordered deletes tickets (gorgias-api.md 10).

It belongs here: whether a job was made. It does not: what it did (migration_assets/gorgias/rollback/bulk.py).
"""

from typing import Any

from resources.gorgias.writer.object_types.object_type import Found, ObjectType
from resources.gorgias.writer.write import Write


class Jobs(ObjectType):
    """An order of a job; one that is made twice deletes nothing twice."""

    forbidden_is_refusal = True
    repeatable = True
    identity = ("type",)

    def find(self, write: Write) -> list[Found]:
        rows = self.reader.rows("/api/jobs", type=write.body["type"])
        return [Found(row["id"], row, True) for row in rows if row.get("meta") == write.body["meta"]]

    def differences(self, asked: Any, answer: Any) -> list[str]:
        return []
