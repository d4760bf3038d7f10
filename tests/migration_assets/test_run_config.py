"""A run's config reaches no resource and reads no environment variable, whoever starts the run and however."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import dagster as dg
import httpx
import pytest
from connected_settings import connected_to_nobody
from dagster._core.remote_origin import InProcessCodeLocationOrigin
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import InProcessWorkspaceLoadTarget
from mini_migration import clean_environment

from migration_assets.build import build_definitions
from migration_assets.run_config import without_config
from migration_assets.sensors import changed_days
from migration_assets.settings_source import load_settings

READS_ENVIRONMENT = {"StringSourceType", "IntSourceType", "BoolSourceType"}

LAUNCH = """mutation($p: ExecutionParams!) { launchRun(executionParams: $p) {
  __typename ... on RunConfigValidationInvalid { errors { message } } ... on PythonError { message } } }"""
RESOURCES = """query { allTopLevelResourceDetailsOrError(repositorySelector: {
  repositoryName: "__repository__", repositoryLocationName: "here"}) { ... on ResourceDetailsList { results {
  name description configFields { name } configuredValues { key value } } } } }"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home")
    with clean_environment(MIGRATION_HOME=str(folder), **connected_to_nobody(MIGRATION_TARGET="demo")):
        yield folder


@pytest.fixture(scope="module")
def definitions(home: Path) -> dg.Definitions:
    return build_definitions(load_settings())


@dataclass
class Ui:
    """Dagster's webserver over the code location, in this process."""

    app: Any

    def ask(self, query: str, **variables: Any) -> httpx.Response:
        async def post() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://here") as client:
                return await client.post("/graphql", json={"query": query, "variables": variables})

        return asyncio.run(post())


@pytest.fixture(scope="module")
def ui(home: Path) -> Iterator[Ui]:
    from dagster_webserver.app import create_app_from_workspace_process_context

    target = LoadableTargetOrigin(module_name="migration_assets.definitions")
    origin = InProcessCodeLocationOrigin(loadable_target_origin=target, location_name="here")
    with (
        dg.DagsterInstance.local_temp(str(home)) as instance,
        WorkspaceProcessContext(instance, InProcessWorkspaceLoadTarget(origin)) as context,
    ):
        yield Ui(create_app_from_workspace_process_context(context))


class Trap(HTTPServer):
    """A stranger's server, which remembers every connection."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        super().__init__(("127.0.0.1", 0), BaseHTTPRequestHandler)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        self.heard.append(str(client_address))
        return False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def trap() -> Iterator[Trap]:
    with Trap() as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


def _resource(name: str, **config: Any) -> dict[str, Any]:
    return {"resources": {name: {"config": config}}}


def _env(name: str) -> dict[str, str]:
    return {"env": name}


def _hostile(trap: str) -> dict[str, tuple[str, dict[str, Any]]]:
    gorgias = _resource("gorgias", base_url=trap, email="e", api_key=_env("GORGIAS_API_KEY"))
    gate = {"check": "c", "by": "b", "reason": _env("GORGIAS_API_KEY")}
    return {
        "ivinex": (
            "discover",
            _resource("ivinex", base_url=trap, username="u", password=_env("IVINEX_PASSWORD")),
        ),
        "gorgias": ("prepare", gorgias),
        "any address alone": ("discover", _resource("ivinex", base_url=trap)),
        "any asset": ("__ASSET_JOB", gorgias),
        "warehouse": ("discover", _resource("warehouse", database=_env("HOME"))),
        "ledger": ("prepare", _resource("ledger", url=_env("GORGIAS_API_KEY"), account="a")),
        "own jobs": ("discover", _resource("own_jobs", x=_env("HOME"))),
        "values on disk": ("discover", _resource("io_manager", base_dir=_env("HOME"))),
        "field of an asset": ("discover", {"ops": {"mapping__proposal": {"config": {"active_fields": _env("HOME")}}}}),
        "field of an op job": ("override_gate", gate),
        "resource of an op job": ("override_gate", {"check": "c", "by": "b", "reason": "r", **gorgias}),
        "notifier of an op job": ("migrate_range", _resource("notifier", url=trap)),
    }


CASES = sorted(_hostile(""))
LEADING = ("ivinex", "gorgias", "resource of an op job")


@pytest.mark.parametrize(("case", "form"), [(one, "object") for one in CASES] + [(one, "text") for one in LEADING])
def test_a_launch_that_brings_its_own_resources_or_variables_is_refused(ui: Ui, case: str, form: str):
    job, config = _hostile("http://127.0.0.1:9")[case]
    selector = {"repositoryName": "__repository__", "repositoryLocationName": "here", "jobName": job}
    given = config if form == "object" else json.dumps(config)
    said = ui.ask(LAUNCH, p={"selector": selector, "mode": "default", "runConfigData": given})
    assert said.json()["data"]["launchRun"]["__typename"] == "RunConfigValidationInvalid", said.text
    assert "s3cret" not in said.text


@pytest.mark.parametrize("case", LEADING)
def test_no_such_run_reaches_a_strangers_server(definitions: dg.Definitions, trap: Trap, case: str):
    job, config = _hostile(trap.url)[case]
    with dg.DagsterInstance.ephemeral() as instance, pytest.raises(dg.DagsterInvalidConfigError) as refused:
        definitions.get_repository_def().get_job(job).execute_in_process(run_config=config, instance=instance)
    assert trap.heard == []
    assert "s3cret" not in str(refused.value)


def test_no_field_of_any_job_reads_the_environment_and_no_resource_has_a_field(definitions: dg.Definitions):
    jobs = definitions.get_repository_def().get_all_jobs()
    for job in jobs:
        schema = job.run_config_schema.config_type
        assert READS_ENVIRONMENT.isdisjoint(_kinds(schema)), job.name
        resources = schema.fields["resources"].config_type.fields if "resources" in schema.fields else {}
        for name, resource in resources.items():
            assert [*resource.config_type.fields["config"].config_type.fields] == [], name
    assert len(jobs) > 15


def test_the_page_of_resources_shows_no_address_no_path_and_no_name_of_a_secret(ui: Ui):
    found = ui.ask(RESOURCES)
    listed = found.json()["data"]["allTopLevelResourceDetailsOrError"]["results"]
    assert {one["name"] for one in listed} >= {"ivinex", "gorgias", "ledger", "warehouse", "settings", "notifier"}
    for one in listed:
        assert one["description"]
        assert (one["configFields"], one["configuredValues"]) == ([], []), one["name"]
    assert "127.0.0.1" not in found.text


def test_a_sensor_is_given_the_same_resources(definitions: dg.Definitions, home: Path):
    given = {"ledger": definitions.get_repository_def().get_top_level_resources()["ledger"]}
    with (
        dg.DagsterInstance.ephemeral() as instance,
        dg.build_sensor_context(instance=instance, resources=given) as context,
    ):
        asked = changed_days(context)
    assert isinstance(asked, dg.SkipReason)
    assert (home / "ledger.sqlite").exists()


def test_a_resource_is_made_when_a_run_needs_it_and_torn_down_when_the_run_failed():
    heard: list[str] = []

    class Connection(dg.ConfigurableResource):
        def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
            heard.append("down")

    def make() -> Connection:
        heard.append("made")
        return Connection()

    @dg.op
    def fails(connection: Connection) -> None:
        heard.append(type(connection).__name__)
        raise ValueError

    @dg.op
    def needs_nothing() -> None: ...

    resources = {"connection": without_config(make, "a connection")}
    idle = dg.JobDefinition(name="idle", graph_def=dg.GraphDefinition("idle", node_defs=[needs_nothing]))
    assert idle.execute_in_process(resources=resources).success
    assert heard == []
    failing = dg.GraphDefinition("failing", node_defs=[fails]).to_job(resource_defs=resources)
    assert not failing.execute_in_process(raise_on_error=False).success
    assert heard == ["made", "Connection", "down"]


def _kinds(kind: Any) -> set[str]:
    inner = [field.config_type for field in getattr(kind, "fields", {}).values()]
    inner += [kind.inner_type] if hasattr(kind, "inner_type") else []
    return {kind.key}.union(*(_kinds(one) for one in inner))
