"""What is wrong with one migration is told when the UI of all starts, and keeps no other one from it."""

from pathlib import Path

import pytest
import yaml

from migration_assets.cli import ui_of_all
from migration_assets.cli.output import Output
from migration_assets.migration_file import migration_names
from migration_assets.settings import Settings
from resources.ledger import Ledger

WHOLE = """target: staging
ivinex_base_url: http://127.0.0.1:9
ivinex_username: api
ivinex_timezone: America/Denver
gorgias_base_url: http://127.0.0.1:9
gorgias_email: ann@example.com
secrets: {ivinex_password: SET, gorgias_api_key: SET}
"""


def test_each_is_told_its_own_and_each_has_its_code_location(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SET", "a secret")
    monkeypatch.setenv("DAGSTER_HOME", "")
    (tmp_path / "migrations" / "typo").mkdir(parents=True)
    (tmp_path / "migrations" / "typo" / "defs.yaml").write_text(
        "type: migration_assets.component.Migration\nattributes:\n  targt: staging\n"
    )
    files = {
        "broken": "target: [\n",
        "control": "target: staging\0\n",
        "filehome": f"{WHOLE}home: afile\n",
        "newer": f"{WHOLE}home: newer\n",
        "nosecret": WHOLE.replace("gorgias_api_key: SET", "gorgias_api_key: NOT_SET"),
        "good": WHOLE,
        "odd": f"{WHOLE}start_date: 2019-02-03\n",
    }
    for name, text in files.items():
        (tmp_path / "migrations" / f"{name}.yaml").write_text(text)
    (tmp_path / "afile").write_text("")
    (tmp_path / "newer").mkdir(mode=0o700)
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'newer' / 'ledger.sqlite'}", "staging:127.0.0.1")
    with ledger.engine.begin() as tx:
        tx.exec_driver_sql("UPDATE schema_version SET version = 99")
    ledger.close()
    look = ui_of_all.require_startable

    def unforeseen(settings: Settings) -> object:
        if settings.migration == "odd":
            raise OSError("postgresql://a:sesame@host")
        return look(settings)

    monkeypatch.setattr(ui_of_all, "require_startable", unforeseen)
    said: list[str] = []
    monkeypatch.setattr(Output, "note", lambda _, line: said.append(line))
    ui_of_all._look_at_each(Output(as_json=True), migration_names())

    told = {name: "\n".join(line for line in said if line.startswith(f"{name}: ")) for name in migration_names()}
    assert "is not YAML; line 2" in told["broken"]
    assert "characters that no text has" in told["control"]
    assert "line 3: targt is no setting" in told["typo"]
    assert "is no folder" in told["filehome"]
    assert "schema version 99" in told["newer"]
    assert "the variable NOT_SET is not set" in told["nosecret"]
    assert "`migrate --migration odd doctor`" in told["odd"]
    assert "sesame" not in str(said)
    assert "Nothing was started" not in told["good"]
    located = yaml.safe_load(ui_of_all.workspace_of(migration_names()))["load_from"]
    assert [one["python_module"]["attribute"] for one in located] == sorted([*files, "typo"])
