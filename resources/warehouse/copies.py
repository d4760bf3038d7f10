"""The warehouse's tables as Parquet files, and a warehouse made of them.

It belongs here: tables in and out. It does not: where the files are kept (orchestration/backup.py).
"""

import json
from pathlib import Path

import duckdb

from resources.warehouse.warehouse import Warehouse

TABLES = "tables.json"


def export_tables(warehouse: Warehouse, folder: Path) -> dict[str, int]:
    """Write each table, and how it is declared.

    Returns:
        `schema.table` -> rows.
    """
    folder.mkdir(parents=True, exist_ok=True)
    listed: list[dict[str, str]] = []
    rows: dict[str, int] = {}
    with warehouse.transaction() as tx:
        found = tx.rows(
            "SELECT schema_name, table_name, sql FROM duckdb_tables() WHERE database_name = current_database() "
            "AND NOT temporary ORDER BY schema_name, table_name"
        )
        for number, table in enumerate(found):
            name = f'"{table["schema_name"]}"."{table["table_name"]}"'
            file = f"{number:03d}.parquet"
            tx.execute(f"COPY {name} TO '{_quoted(folder / file)}' (FORMAT parquet, COMPRESSION zstd)")
            rows[f"{table['schema_name']}.{table['table_name']}"] = int(tx.scalar(f"SELECT count(*) FROM {name}"))  # noqa: S608
            listed.append({"schema": table["schema_name"], "name": name, "sql": table["sql"], "file": file})
    (folder / TABLES).write_text(json.dumps(listed), encoding="utf-8")
    return rows


def import_tables(folder: Path, path: Path) -> int:
    """Make a warehouse file of them; returns how many tables it has. The file must not exist."""
    listed = json.loads((folder / TABLES).read_text(encoding="utf-8"))
    with duckdb.connect(str(path)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for table in listed:
            connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{table["schema"]}"')
            connection.execute(table["sql"])
            file = _quoted(folder / table["file"])
            connection.execute(f"INSERT INTO {table['name']} BY NAME SELECT * FROM read_parquet('{file}')")  # noqa: S608
    return len(listed)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
