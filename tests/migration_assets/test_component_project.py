"""A project of two components as docs/many-shops.md shows it: right for Dagster's own tools, which find a mistake."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mini_migration import SETTING_PREFIXES

ROOT = Path(__file__).parents[2]
NAMES = ("shop1", "shop2")

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    page, folder = (ROOT / "docs" / "many-shops.md").read_text("utf-8"), tmp_path_factory.mktemp("project")
    component = re.search(r"```yaml\n(type: .*?)```", page, re.DOTALL)
    settings = re.search(r"```toml\n(.*?)```", page, re.DOTALL)
    assert component is not None
    assert settings is not None
    (folder / "pyproject.toml").write_text(settings[1])
    for name in NAMES:
        (folder / "migrations" / name).mkdir(parents=True)
        (folder / "migrations" / name / "defs.yaml").write_text(component[1].replace("shop1", name))
    return folder


def run(project: Path, *command: str) -> tuple[int, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith((*SETTING_PREFIXES, "MIGRATION"))}
    environment = clean | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_the_code_location_of_each_is_valid(project: Path, name: str):
    dagster = str(Path(sys.executable).with_name("dagster"))
    code, said = run(project, dagster, "definitions", "validate", "-m", "migration_assets.shops", "-a", name)
    assert (code, f"Validation successful for code location migration_assets.shops:{name}" in said) == (0, True), said


def test_one_code_location_of_all_is_valid(project: Path):
    dagster = str(Path(sys.executable).with_name("dagster"))
    code, said = run(project, dagster, "definitions", "validate")
    assert (code, "Validation successful for code location migration_assets.project" in said) == (0, True), said


def test_dg_checks_the_files_of_all_and_builds_them(project: Path):
    dg = shutil.which("dg", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if dg is None:
        pytest.skip("dagster-dg-cli is not installed; docs/many-shops.md says how")
    for command in (*(("yaml", f"migrations/{name}") for name in NAMES), ("defs",)):
        code, said = run(project, dg, "check", *command)
        assert code == 0, said
    file = project / "migrations" / "shop2" / "defs.yaml"
    right = file.read_text()
    file.write_text(right.replace("ivinex_base_url", "ivinex_bse_url"))
    code, said = run(project, dg, "check", "yaml", "migrations/shop2")
    file.write_text(right)
    assert (code, "defs.yaml:4" in said, "ivinex_bse_url" in said) == (1, True, True), said
