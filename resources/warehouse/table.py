"""A declared table of the warehouse.

It belongs here: how a table is declared, made, and shown in the UI. It does not: what a table means (its stage).
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Table:
    """A declared table: explicit types, because a frame's inferred ones are wrong for nullable integers.

    Attributes:
        name: `schema.table`; the schema is the room.
        columns: column name -> (DuckDB type, what it holds).
    """

    name: str
    columns: dict[str, tuple[str, str]] = field(default_factory=dict)

    def ddl(self) -> str:
        body = ", ".join(f'"{name}" {kind}' for name, (kind, _) in self.columns.items())
        return f"CREATE SCHEMA IF NOT EXISTS {self.name.split('.')[0]}; CREATE TABLE IF NOT EXISTS {self.name} ({body})"

    def metadata(self) -> dict[str, Any]:
        """Definition metadata for the asset that fills this table."""
        import dagster as dg

        columns = [dg.TableColumn(name, kind, description=text) for name, (kind, text) in self.columns.items()]
        return {"dagster/column_schema": dg.TableSchema(columns=columns), "dagster/table_name": self.name}
