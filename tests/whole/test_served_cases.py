"""Cases of tests/cases that need the files or the account: two images of one name, a file without one, staging."""

from pathlib import Path

from case_dataset import case_dataset
from mini_migration import MiniMigration, mini_migration

from migration_assets.staging.bodies.safe_html import FILE_URL


def staged(name: str, folder: Path, **settings: str) -> MiniMigration:
    with mini_migration(case_dataset(name, folder / "case"), folder / "home") as migration:
        migration.resources["settings"].values.update(settings)
        migration.discover()
        migration.stage()
        return migration


def test_each_of_two_images_of_one_name_shows_its_own_file(tmp_path: Path):
    migration = staged("inline_same_name", tmp_path)
    files = migration.warehouse.rows("SELECT sha256 FROM staging.attachments ORDER BY size")
    (message,) = migration.warehouse.rows("SELECT body_html FROM staging.messages")
    first, second = (FILE_URL + row["sha256"] for row in files)
    assert message["body_html"] == f'<p>A <img src="{first}"> B <img src="{second}"></p>'


def test_a_file_without_a_name_is_called_after_its_type(tmp_path: Path):
    migration = staged("nameless_file", tmp_path)
    assert migration.warehouse.rows("SELECT name FROM staging.attachments") == [{"name": "file.ics"}]


def test_a_staging_account_sees_no_address_of_a_customer_outside_of_bodies(tmp_path: Path):
    migration = staged("contact_forms", tmp_path, MIGRATION_TARGET="staging")
    for table in ("customers", "messages", "tickets"):
        rows = migration.warehouse.rows(f"SELECT * EXCLUDE (source_version) FROM staging.{table}")
        assert rows
        assert "secret" not in str([{key: value for key, value in row.items() if "body" not in key} for row in rows])
