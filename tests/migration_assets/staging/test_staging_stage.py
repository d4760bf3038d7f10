"""The staging stage as Dagster sees it: assets, their checks, and a run of the whole room."""

import dagster as dg
import pytest

from migration_assets.staging import assets as staging_assets
from resources.ledger import LedgerResource
from resources.warehouse import WarehouseResource

ASSETS = [
    *(
        staging_assets.users,
        staging_assets.teams,
        staging_assets.custom_fields,
        staging_assets.tags,
        staging_assets.customers,
    ),
    *(staging_assets.conversations, staging_assets.attachments),
]


def test_every_staging_asset_has_a_blocking_schema_check_with_its_own_partitions():
    specs = {(spec.asset_key, spec.name): spec for asset in ASSETS for spec in asset.check_specs}
    for asset in ASSETS:
        for key in asset.keys:
            spec = specs[(key, "schema")]
            assert spec.blocking
            assert spec.partitions_def == asset.partitions_def


def test_every_staged_table_but_tags_and_fields_has_a_balance_check():
    balanced = {spec.asset_key.path[-1] for one in ASSETS for spec in one.check_specs if spec.name == "balance"}
    assert balanced == {"users", "teams", "customers", "tickets", "messages", "attachments"}


def test_every_staging_asset_shows_its_columns_kinds_group_and_description():
    for asset in ASSETS:
        for spec in asset.specs:
            assert spec.group_name == "staging"
            assert spec.kinds
            assert spec.description
            assert spec.metadata["dagster/table_name"] == ".".join(spec.key.path)


class _Settings(dg.ConfigurableResource):
    home: str

    def get(self):
        from migration_assets.settings import Settings, Target

        return Settings(home=self.home, target=Target.demo)


def test_the_whole_room_runs_and_all_its_checks_pass(site):
    site.organization(5, org_name="Acme", domain="acme.example")
    site.contact(1, email="cleo@mail.example", organization="5")
    site.ticket(1, description="<p>d</p>", status="22")
    site.activity(1, activity="1", field_from="cleo@mail.example")
    site.stage()
    staged = site.rows("tickets") + site.rows("messages")
    resources = {
        "warehouse": WarehouseResource(database=str(site.warehouse.path)),
        "ledger": LedgerResource(url=f"sqlite:///{site.home / 'ledger.sqlite'}", account="demo:sandbox"),
        "settings": _Settings(home=str(site.home)),
    }
    defs = dg.Definitions(ASSETS, resources=resources)
    with dg.DagsterInstance.ephemeral() as instance:
        result = defs.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance, partition_key="2026-03-02"
        )
        evaluations = result.get_asset_check_evaluations()
    assert len(evaluations) == 16
    assert all(evaluation.passed for evaluation in evaluations)
    assert site.rows("tickets") + site.rows("messages") == staged
    [made] = result.asset_materializations_for_node("staging_conversations")[:1]
    assert made.metadata["staged"].value == 1


def test_an_unconfirmed_map_stops_the_room_before_it_stages_anything(site):
    site.contact(1, email="cleo@mail.example")
    site.ticket(1)
    site.stage()
    path = site.home / "mapping.yaml"
    path.write_text(path.read_text().replace("Waiting: open", "Waiting: closed"))
    from migration_assets.mapping.confirm import NotConfirmed
    from migration_assets.staging.context import read_context

    with pytest.raises(NotConfirmed, match=r"mapping\.yaml was edited"):
        read_context(site.settings, site.ledger, site.warehouse)


def test_a_ticket_missing_from_the_staged_rows_is_noticed_by_the_balance(site):
    from migration_assets.staging.validation.balance import messages_balance, tickets_balance

    site.contact(1, email="cleo@mail.example")
    site.ticket(1)
    site.activity(1)
    site.stage()
    site.warehouse.execute("DELETE FROM staging.tickets")
    tickets_result = tickets_balance(site.warehouse, site.ledger, site.days)["2026-03-02"]
    assert tickets_result.description == "1 read, 0 staged, 0 quarantined: 1 missing"
    messages_result = messages_balance(site.warehouse, site.ledger, site.days)["2026-03-02"]
    assert "tickets announce 0 messages, 1 are staged" in messages_result.description
