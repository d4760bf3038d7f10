"""What is in deploy/ says what the program has: modules, files beside it, and one place for each migration."""

import importlib
import importlib.util
import re
from pathlib import Path
from typing import Any

import dagster as dg
import jsonschema
import pytest
import yaml
from dagster._core.instance.config import dagster_instance_config

DEPLOY = Path(__file__).parents[1] / "deploy"


TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
TEXTS, VALUES = {"type": "array", "items": TEXT}, {"type": "object", "additionalProperties": TEXT}


def only(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    """An object of these keys and no others: a key that is mistyped says nothing and is taken by no engine."""
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": list(required)}


SERVICE = only(
    image=TEXT,
    build=only(context=TEXT, dockerfile_inline=TEXT),
    command={"type": ["string", "array"]},
    env_file=TEXT,
    environment=VALUES,
    depends_on={
        "anyOf": [
            TEXTS,
            {
                "type": "object",
                "additionalProperties": only(
                    condition={"enum": ["service_started", "service_healthy", "service_completed_successfully"]}
                ),
            },
        ]
    },
    restart={"enum": ["no", "always", "on-failure", "unless-stopped"]},
    volumes={"type": "array", "items": {"type": "string", "pattern": r"^[^:]+:/[^:]+(:ro)?$"}},
    healthcheck=only(test=TEXTS, interval={"type": "string", "pattern": r"^\d+s$"}, retries=NUMBER),
    ports={"type": "array", "items": {"type": "string", "pattern": r"^\d+:\d+$"}},
)
COMPOSE = only(
    ("services", "volumes"),
    services={"type": "object", "additionalProperties": SERVICE},
    volumes={"type": "object", "additionalProperties": {"type": "null"}},
    **{"x-program": SERVICE},
)
"""Of the Compose specification what this file uses."""
DEPLOYMENT = only(
    ("name", "image", "port", "dagsterApiGrpcArgs"),
    name=TEXT,
    image=only(("repository", "tag", "pullPolicy"), repository=TEXT, tag=TEXT, pullPolicy={"enum": ["IfNotPresent"]}),
    dagsterApiGrpcArgs=TEXTS,
    port=NUMBER,
    deploymentStrategy=only(("type",), type={"enum": ["Recreate", "RollingUpdate"]}),
    podSecurityContext=only(("fsGroup",), fsGroup=NUMBER),
    envSecrets={"type": "array", "items": only(("name",), name=TEXT)},
    volumes={
        "type": "array",
        "items": only(
            ("name",),
            name=TEXT,
            persistentVolumeClaim=only(("claimName",), claimName=TEXT),
            configMap=only(("name",), name=TEXT),
        ),
    },
    volumeMounts={"type": "array", "items": only(("name", "mountPath"), name=TEXT, mountPath=TEXT)},
)
CLASS = only(("module", "class", "config"), module=TEXT, config={"type": "object"}, **{"class": TEXT})
CHART = only(
    dagsterWebserver=only(replicaCount=NUMBER),
    concurrency=only(
        ("enabled",),
        enabled={"type": "boolean"},
        pools=only(defaultLimit=NUMBER, granularity={"enum": ["op", "run"]}),
        runs=only(
            maxConcurrentRuns=NUMBER,
            tagConcurrencyLimits={
                "type": "array",
                "items": only(
                    ("key", "limit"), key=TEXT, limit=NUMBER, value=only(applyLimitPerUniqueValue={"type": "boolean"})
                ),
            },
        ),
    ),
    dagsterDaemon=only(
        runCoordinator=only(
            ("type", "config"),
            type={"enum": ["QueuedRunCoordinator", "CustomRunCoordinator"]},
            config=only(customRunCoordinator=CLASS),
        ),
        runMonitoring=only(enabled={"type": "boolean"}, pollIntervalSeconds=NUMBER, freeSlotsAfterRunEndSeconds=NUMBER),
    ),
    pythonLogs=only(managedPythonLoggers=TEXTS),
    additionalInstanceConfig={"type": "object"},
    telemetry=only(enabled={"type": "boolean"}),
    runLauncher=only(
        ("type", "config"),
        type={"enum": ["CeleryK8sRunLauncher", "K8sRunLauncher", "CustomRunLauncher"]},
        config=only(customRunLauncher=CLASS),
    ),
    postgresql=only(enabled={"type": "boolean"}, postgresqlScheme=TEXT),
    **{
        "dagster-user-deployments": only(
            ("enabled", "deployments"),
            enabled={"type": "boolean"},
            deployments={"type": "array", "items": DEPLOYMENT},
        )
    },
)
"""Of the values of Dagster's chart what this file uses, by the names that the chart has for them."""


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


def test_the_instance_of_the_chart_has_the_settings_of_the_file_for_all_others(tmp_path: Path):
    """The chart writes an instance's file itself, by names of its own."""

    def as_in_the_file(value: Any) -> Any:
        if isinstance(value, dict):
            names = {name: re.sub(r"(?<!^)[A-Z]", lambda found: f"_{found[0].lower()}", name) for name in value}
            # One name that Dagster itself has in the other form.
            kept = {"applyLimitPerUniqueValue"}
            return {name if name in kept else names[name]: as_in_the_file(part) for name, part in value.items()}
        return [as_in_the_file(part) for part in value] if isinstance(value, list) else value

    values, plain = read("helm-values.yaml"), read("dagster.yaml")
    daemon, coordinator = values["dagsterDaemon"], values["dagsterDaemon"]["runCoordinator"]
    concurrency = as_in_the_file(values["concurrency"])
    assert concurrency.pop("enabled") is True
    made = {
        "concurrency": concurrency,
        "run_monitoring": as_in_the_file(daemon["runMonitoring"]),
        "python_logs": as_in_the_file(values["pythonLogs"]),
        "telemetry": values["telemetry"],
        **values["additionalInstanceConfig"],
    }
    assert made == {name: plain[name] for name in made}
    assert set(plain) - set(made) == {"storage", "run_queue", "nux"}
    custom = coordinator["config"][coordinator["type"][0].lower() + coordinator["type"][1:]]
    assert custom["config"] == plain["run_queue"]
    assert plain["storage"]["postgres"] == {"postgres_url": {"env": "DAGSTER_POSTGRES_URL"}}
    assert values["postgresql"]["postgresqlScheme"] == "postgresql+psycopg2"
    # As the chart writes it, and as Dagster takes it.
    written = made | {"run_coordinator": custom, "run_launcher": values["runLauncher"]["config"]["customRunLauncher"]}
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(written))
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        queue = instance.get_concurrency_config().run_queue_config
        assert queue is not None
        assert (queue.max_concurrent_runs, queue.max_user_code_failure_retries) == (25, 1000)
        assert instance.get_concurrency_config().pool_config.default_pool_limit == 1


def test_the_secrets_of_a_shop_go_to_its_own_code_server_and_into_no_image():
    services = read("compose.yaml")["services"]
    given = {name: service["env_file"] for name, service in services.items() if "env_file" in service}
    assert given == {"shop1": "shop1.env"}
    assert "env_file" not in read("compose.yaml")["x-program"]
    left_out = (DEPLOY.parent / ".dockerignore").read_text().split("\n")
    assert {"**/.migration", "**/.env", "**/*.env", "deploy/migrations", "**/.git"} <= set(left_out)


@pytest.mark.parametrize(("name", "schema"), [("compose.yaml", COMPOSE), ("helm-values.yaml", CHART)])
def test_no_key_is_mistyped_and_every_value_has_its_form(name: str, schema: dict[str, Any]):
    jsonschema.validate(read(name), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(read(name) | {"servces": {}}, schema)


def test_each_variable_of_the_compose_file_is_named_in_its_head_or_set_in_it():
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    head = text[: text.index("x-program")]
    asked = set(re.findall(r"\$\{([A-Z_]+)\}", text)) | set(
        re.findall(r"\{\$([A-Z_]+)\}", (DEPLOY / "Caddyfile").read_text())
    )
    assert asked == {"POSTGRES_PASSWORD", "MIGRATION_UI_HOSTS", "UI_USER", "UI_HASH"}
    assert [name for name in sorted(asked) if name not in head] == []


def test_the_launcher_of_the_chart_is_one_that_dagster_has():
    launcher = read("helm-values.yaml")["runLauncher"]["config"]["customRunLauncher"]
    assert hasattr(importlib.import_module(launcher["module"]), launcher["class"])


def test_each_service_starts_a_program_that_takes_its_arguments():
    """The command lines as they stand: each option is one of the program that it names."""
    from click import Group
    from dagster._cli import create_dagster_cli

    programs: Group = create_dagster_cli()
    api = programs.commands["api"]
    assert isinstance(api, Group)
    for name, service in read("compose.yaml")["services"].items():
        words = str(service.get("command", "")).split()
        if words[:3] == ["dagster", "api", "grpc"]:
            taken = {option for parameter in api.commands["grpc"].params for option in parameter.opts}
            assert {word for word in words[3:] if word.startswith("-")} <= taken, name
