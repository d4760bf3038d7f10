"""The assets of the stage mapping: a map is proposed, and passes once a person confirmed it.

Here stand assets and nothing else: what they call is in the folders beside, and knows no Dagster.
"""

import dagster as dg

from migration_assets.mapping import account_fields, review
from migration_assets.mapping.confirm import FILE, Proposal, diff_or_none, live_fields, load_confirmed, propose
from migration_assets.mapping.confirmed import CONFIRMED_CHECK
from migration_assets.mapping.earlier_proposal import proposal_of
from migration_assets.mapping.mail_header_dates import Proof
from migration_assets.mapping.proposal import PROPOSAL_CHECK
from migration_assets.mapping.proposers.selected import other_proposers
from migration_assets.mapping.restricted_fields import restrictions_of, restrictions_sentence
from migration_assets.mapping.review import as_markdown, facts, proposed
from migration_assets.mapping.tab_verdicts import Verdict, keep_verdicts, tab_verdicts
from migration_assets.mapping.tab_verdicts import as_markdown as verdicts_table
from migration_assets.mapping.time_zone_proof import keep_proof, zone_proof
from migration_assets.settings_resource import SettingsResource
from resources.gorgias.resource import GorgiasResource
from resources.ledger import LedgerResource
from resources.warehouse import WarehouseResource


@dg.asset(
    key_prefix="mapping",
    group_name="mapping",
    kinds={"python", "yaml"},
    deps=[
        dg.AssetKey(["ivinex", name])
        for name in ("tabs", "fields", "users", "organizations", "contacts", "ticket_sweep", "activity_sweep", "tasks")
    ],
    check_specs=[PROPOSAL_CHECK.spec],
    pool="gorgias_api",
    config_schema={},
)
def proposal(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    settings: SettingsResource,
    gorgias: GorgiasResource,
    ledger: LedgerResource,
) -> dg.MaterializeResult:
    """A proposed target for every source field, with a confidence and a reason.

    Written to `mapping.yaml`, or to `mapping.proposed.yaml` where there is one already: a person's edits are never
    overwritten. `changed` in the metadata is what mapping.yaml and the schema differ in from what was confirmed last
    (`migrate mapping diff`). `map` in the metadata shows it as a table, doubtful fields first. The budget of fields is
    GORGIAS_MAX_ACTIVE_FIELDS less what is active in Gorgias already, which is read for it (two calls).
    """
    current, open_warehouse = settings.get(), warehouse.get()
    verdicts = tab_verdicts(open_warehouse, current.ivinex_expected_records)
    keep_verdicts(open_warehouse, verdicts)
    for one in verdicts:
        if one.verdict is Verdict.suspect:
            context.log.warning(f"tab {one.number} is suspect: {'; '.join(one.reasons)}")
    if gorgias.base_url:
        account_fields.keep(open_warehouse, account_fields.read_active_fields(gorgias.reader))
    else:
        context.log.warning("GORGIAS_BASE_URL is not set, so fields that are active there already are not counted.")
    active = account_fields.besides(account_fields.kept(open_warehouse))
    proof = zone_proof(open_warehouse, str(current.zone), current.ivinex_known_time)
    keep_proof(open_warehouse, proof)
    (context.log.info if proof.proof is Proof.proved else context.log.warning)(proof.sentence)
    zone, most = str(current.zone), current.gorgias_max_active_fields
    questions = [proof.sentence] if proof.proof is Proof.disproved else []

    def make() -> Proposal:
        others = other_proposers(current, open_warehouse, context.log.warning)
        return propose(current.home, open_warehouse, zone, max_fields=most, others=others, questions=questions)

    with open_warehouse.held():
        kept = [zone, most, questions]
        written = make() if current.model_url else proposal_of(open_warehouse, current.home, kept, make)
    fields, numbers = live_fields(open_warehouse), facts(written.mapping)
    changed = diff_or_none(current.home, ledger.get(), open_warehouse)
    if written.path.name != FILE:
        context.log.info(f"{FILE} is there and was left alone; the proposal is {written.path.name} beside it")
    context.log.info(f"{numbers['fields']} fields mapped, {numbers['doubtful']} of them doubtful")
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(str(written.path)),
            "map": dg.MetadataValue.md(as_markdown(written.mapping, fields)),
            "changed": dg.MetadataValue.md(review.changes_as_markdown(changed)),
            "time_zone": f"{current.zone}, {proof.proof}",
            "time_zone_proof": proof.sentence,
            "restricted_fields": restrictions_sentence(current.home, restrictions_of(fields)),
            "tabs": dg.MetadataValue.md(verdicts_table(verdicts)),
            **numbers,
            "active_in_gorgias": active,
        },
        check_results=[PROPOSAL_CHECK.report(context, None, lambda: {None: proposed(written.mapping, fields)})],
    )


@dg.asset(
    key_prefix="mapping",
    group_name="mapping",
    kinds={"python", "yaml"},
    deps=[dg.AssetKey(["mapping", "proposal"])],
    check_specs=[CONFIRMED_CHECK.spec],
)
def confirmed(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """The confirmed map: its version and the fingerprint of schema, roles and time zone are those of the confirmation.

    Fails, without a retry, when the map was never confirmed, was edited since, or the schema drifted, naming each
    change and the way out.
    """
    open_warehouse, chosen = warehouse.get(), settings.get()
    mapping = load_confirmed(chosen.home, ledger.get(), open_warehouse, chosen.ivinex_timezone)
    confirmation = ledger.get().decisions.confirmed_mapping()
    if confirmation is None:  # a confirmation was just read: nothing takes one away
        raise dg.Failure("The confirmation disappeared from the ledger.", allow_retries=False)
    fields = live_fields(open_warehouse)
    context.log.info(f"mapping {mapping.mapping_version}, confirmed by {confirmation.by}")
    return dg.MaterializeResult(
        metadata={
            **review.facts(mapping),
            "fingerprint": confirmation.fingerprint,
            "confirmed_by": confirmation.by,
            "confirmed_at": dg.MetadataValue.timestamp(confirmation.at),
            "custom_fields": len(mapping.custom_fields()),
        },
        # The same map confirmed anew puts no staged row out of date; another one does.
        data_version=dg.DataVersion(mapping.mapping_version),
        check_results=[
            CONFIRMED_CHECK.report(context, None, lambda: {None: review.confirmed(mapping, fields, confirmation)})
        ],
    )
