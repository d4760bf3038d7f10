"""An expected failure is one sentence in the UI and the same exit code on the command; a fault keeps its stack."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from migration_assets.build import build_definitions
from migration_assets.cli.command_errors import Exit, explain
from migration_assets.expected_failures import EXPECTED, plain_failures
from migration_assets.ivinex.exports.export_files import ExportProblem
from migration_assets.mapping.confirm import NotConfirmed
from migration_assets.mapping.mapping_file import MappingError
from migration_assets.mapping.roles import BadRoles
from migration_assets.mapping.source_site import OtherSite
from migration_assets.orchestration.runs import RunFailed, Runner
from migration_assets.orchestration.signals import Signals
from migration_assets.settings import SettingsError
from migration_assets.settings_source import load_settings
from resources.gorgias.failures import RunStopped
from resources.gorgias.known_account import LoadedElsewhere
from resources.ivinex.failures import Where, WrongCredentials
from resources.ivinex.resource import IvinexNotConfigured
from resources.ledger.base import LedgerFull
from resources.ledger.connecting import LedgerUnreachable
from resources.ledger.lease import Fenced, LeaseHeld
from resources.ledger.schema_version import LedgerNewer
from resources.warehouse import WarehouseErased, WarehouseFull, WarehouseLocked, WarehouseNewer

CODES = {
    **dict.fromkeys((SettingsError("x"), MappingError("x"), BadRoles("x"), IvinexNotConfigured("x")), Exit.USAGE),
    **dict.fromkeys((NotConfirmed("x"), LoadedElsewhere("x"), OtherSite("x"), WarehouseErased("x")), Exit.GATE_CLOSED),
    **dict.fromkeys((LedgerNewer("x"), WarehouseNewer("x")), Exit.USAGE),
    dg.Failure("x", metadata={"closed": 2}): Exit.GATE_CLOSED,
    RunStopped("GET", "/api/users", 401, "x"): Exit.FAILED,
    WrongCredentials("x", Where("GetTabs", "https://shop.ivinex.com/GetTabs.php"), 401): Exit.FAILED,
    **dict.fromkeys((LeaseHeld("x"), Fenced("x"), LedgerFull("x"), WarehouseFull("x")), Exit.FAILED),
    **dict.fromkeys((WarehouseLocked("x"), ExportProblem("x"), dg.Failure("x")), Exit.FAILED),
    LedgerUnreachable("x"): Exit.FAILED,
}


def fail(error: Exception, deep: int = 10) -> None:
    """As far down as a call to an API is."""
    if deep:
        fail(error, deep - 1)
    try:
        raise KeyError("what lies below")
    except KeyError as below:
        raise error from below


def run(asset: Any) -> tuple[RunFailed, Any, str]:
    """What the command says, what the UI shows, and the run's own log."""
    definitions = dg.Definitions(assets=plain_failures([asset]), jobs=[dg.define_asset_job("job", [asset.key])])
    with dg.DagsterInstance.ephemeral() as instance:
        runner = Runner(definitions, instance, "run", Signals(print))
        with pytest.raises(RunFailed) as failed:
            runner.run("job")
        entries = instance.all_logs(runner.run_ids[0])
    shown = next(
        e.dagster_event.step_failure_data for e in entries if e.dagster_event and e.dagster_event.is_step_failure
    )
    return failed.value, shown, "\n".join(entry.user_message for entry in entries)


@pytest.mark.parametrize(("error", "code"), CODES.items(), ids=lambda value: type(value).__name__)
def test_an_expected_failure_is_its_own_sentence_and_keeps_its_exit_code(error: Exception, code: Exit):
    @dg.asset
    def users() -> None:
        fail(error)

    failed, shown, log = run(users)
    assert str(failed) == str(error) == shown.user_failure_data.description
    assert (shown.error.cause, shown.error.context) == (None, None)
    assert "test_expected_failures.py" not in "".join(shown.error.stack)
    assert "test_expected_failures.py" in log
    assert explain(failed)[0] is code


def test_every_expected_kind_is_tried_here():
    assert {kind for kind in EXPECTED if any(isinstance(error, kind) for error in CODES)} == set(EXPECTED)


def test_a_failure_of_a_named_migration_has_its_names_in_each_place_that_shows_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MIGRATION", "north")

    @dg.asset
    def users() -> None:
        fail(dg.Failure("Decide it: `migrate preflight show`, or the job decide_preflight."))

    failed, shown, _ = run(users)
    told = "Decide it: `migrate --migration north preflight show`, or the job north_decide_preflight."
    assert str(failed) == shown.user_failure_data.description == told
    assert told in shown.error.message


def test_an_asset_that_yields_its_results_is_told_as_plainly():
    @dg.multi_asset(name="two", specs=[dg.AssetSpec("users")])
    def two() -> Iterator[dg.MaterializeResult]:
        yield dg.MaterializeResult(asset_key="users")
        fail(NotConfirmed("never confirmed"))

    failed, shown, _ = run(two)
    assert (str(failed), shown.error.cause) == ("never confirmed", None)


def test_a_fault_of_the_program_keeps_its_stack_and_not_its_words():
    """What a library says quotes the value on which it failed."""
    words = " ".join(("Jane", "Doe"))

    @dg.asset
    def users() -> None:
        fail(ZeroDivisionError(words))

    failed, shown, log = run(users)
    assert shown.error.cause.cls_name == "ProgramFault"
    assert "test_expected_failures.py" in "".join(shown.error.cause.stack)
    assert "ZeroDivisionError at " in str(failed)
    assert (shown.error.cause.cause, shown.error.cause.context) == (None, None)
    assert words not in f"{failed} {failed.stack} {shown} {log}"
    assert explain(failed)[0] is Exit.FAILED


def test_every_asset_of_the_location_is_plain_failures():
    assets = [
        asset for asset in build_definitions(load_settings()).resolve_asset_graph().assets_defs if asset.is_executable
    ]
    functions = {asset.op.compute_fn.decorated_fn for asset in assets if asset.keys}
    assert len(functions) > 40
    assert [function.__name__ for function in functions if not hasattr(function, "__wrapped__")] == []
