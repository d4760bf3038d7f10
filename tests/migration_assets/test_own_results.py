"""What a step of a named migration reports names the jobs and commands of that migration."""

from collections.abc import Iterator

import dagster as dg
import pytest

from migration_assets.expected_failures import plain_failures

WAY = "in the UI the job confirm_mapping, or `migrate mapping confirm --by NAME`"
OWN = "in the UI the job north_confirm_mapping, or `migrate --migration north mapping confirm --by NAME`"


@dg.asset(check_specs=[dg.AssetCheckSpec("confirmed", asset="returned")])
def returned() -> dg.MaterializeResult:
    check = dg.AssetCheckResult(
        check_name="confirmed", passed=False, description=WAY, metadata={"way": dg.MetadataValue.md(WAY)}
    )
    return dg.MaterializeResult(metadata={"way": WAY, "count": 1}, check_results=[check])


@dg.multi_asset(specs=[dg.AssetSpec("yielded")], check_specs=[dg.AssetCheckSpec("confirmed", asset="yielded")])
def yielded() -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    yield dg.MaterializeResult(asset_key="yielded", metadata={"way": WAY, "count": 1})
    yield dg.AssetCheckResult(
        asset_key="yielded", check_name="confirmed", passed=False, description=WAY, metadata={"way": WAY}
    )


@pytest.mark.parametrize("asset", [returned, yielded])
@pytest.mark.parametrize(("name", "told"), [("", WAY), ("north", OWN)])
def test_checks_and_metadata_name_jobs_and_commands_of_their_migration(
    asset: dg.AssetsDefinition, name: str, told: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MIGRATION", name)
    done = dg.materialize(plain_failures([asset]), raise_on_error=False)
    (check,) = done.get_asset_check_evaluations()
    (made,) = done.get_asset_materialization_events()
    metadata = made.step_materialization_data.materialization.metadata
    assert (check.description, check.metadata["way"].value) == (told, told)
    assert (metadata["way"].value, metadata["count"].value) == (told, 1)
