"""What is in deploy/ says what the program has: modules, files beside it, and one place for each migration."""

import importlib.util
from pathlib import Path
from typing import Any

import yaml
from dagster._core.instance.config import dagster_instance_config

DEPLOY = Path(__file__).parents[1] / "deploy"


def read(name: str) -> Any:
    return yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))


def test_the_instance_is_one_that_dagster_takes_with_the_driver_that_works(tmp_path: Path):
    (tmp_path / "dagster.yaml").write_text((DEPLOY / "dagster.yaml").read_text())
    config, _ = dagster_instance_config(str(tmp_path))
    assert config["storage"]["postgres"] == {"postgres_url": {"env": "DAGSTER_POSTGRES_URL"}}
    url = read("compose.yaml")["x-program"]["environment"]["DAGSTER_POSTGRES_URL"]
    assert url.startswith("postgresql+psycopg2://")


def test_each_migration_has_a_code_server_a_volume_of_its_own_and_a_place_in_the_workspace():
    compose = read("compose.yaml")
    servers = {
        name: service for name, service in compose["services"].items() if "api grpc" in str(service.get("command"))
    }
    listed = {one["grpc_server"]["host"]: one["grpc_server"] for one in read("workspace.yaml")["load_from"]}
    assert set(listed) == set(servers) == {one["location_name"] for one in listed.values()}
    for name, service in servers.items():
        assert service["command"].endswith(f"-m migration_assets.shops -a {name}")
        assert f"-p {listed[name]['port']} " in service["command"]
        assert f"{name}:/srv/.migration" in service["volumes"]
        assert name in compose["volumes"]


def test_modules_and_files_that_are_named_are_there():
    compose = read("compose.yaml")
    for module in ("migration_assets.shops", "migration_assets.orchestration.guarded_dagster", "dagster_webserver"):
        assert importlib.util.find_spec(module)
    made_by_the_user = ("./migrations",)
    mounts = [one.split(":")[0] for service in compose["services"].values() for one in service.get("volumes", [])]
    for mount in mounts:
        assert mount in compose["volumes"] or mount.startswith(made_by_the_user) or (DEPLOY / mount).exists(), mount
    assert "ports" not in compose["services"]["web"]
    assert "ports" not in compose["services"]["postgres"]


def test_the_chart_has_a_volume_for_each_home():
    values = read("helm-values.yaml")
    for server in values["dagster-user-deployments"]["deployments"]:
        assert server["dagsterApiGrpcArgs"] == ["-m", "migration_assets.shops", "-a", server["name"]]
        assert {"name": "home", "mountPath": "/srv/.migration"} in server["volumeMounts"]
        assert {one["name"] for one in server["volumeMounts"]} == {one["name"] for one in server["volumes"]}
