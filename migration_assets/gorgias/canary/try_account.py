"""Trying an account: the trial tickets are made, watched, read and deleted. Which tickets: trial.py."""

from checks.evaluate import Evaluation
from checks.refusal import refusal
from migration_assets.gorgias.canary.assumptions import CHECK, describe, shown_assumptions
from migration_assets.gorgias.canary.leftovers import clean_up, is_left
from migration_assets.gorgias.canary.trial import LOOKS_IN_SETTLING, make_trial_tickets, trial_findings
from migration_assets.gorgias.canary.watch import watched
from migration_assets.gorgias.preflight.loading import loading
from migration_assets.gorgias.preflight.look import accepted_effects
from migration_assets.gorgias.step_context import StepContext
from migration_assets.settings import Settings
from resources.gorgias.resource import GorgiasResource
from resources.ledger import Ledger
from resources.warehouse import Warehouse


def passed_before(ledger: Ledger) -> Evaluation | None:
    """The result of a trial that this account has passed; None: it is to be tried."""
    passed = ledger.gate_rows([CHECK.gate_name])
    if passed.empty or not passed["passed"].all():
        return None
    when = f"{passed['recorded_at'].iloc[0]:%Y-%m-%d %H:%M} UTC"
    return shown_assumptions([], f"Shown on {when}, and not repeated. ")


def delete_leftovers(context: StepContext, warehouse: Warehouse, ledger: Ledger, gorgias: GorgiasResource) -> int:
    """Delete what an earlier trial left in the account; returns the requests."""
    if not is_left(ledger):
        return 0
    with loading(context, gorgias, ledger, warehouse) as writer:
        return clean_up(writer, ledger, gorgias.reader)


def try_account(
    context: StepContext, warehouse: Warehouse, ledger: Ledger, gorgias: GorgiasResource, settings: Settings
) -> tuple[int, list[str]]:
    """Returns the requests, and the assumptions that do not hold here."""
    with loading(context, gorgias, ledger, warehouse) as writer:
        clean_up(writer, ledger, gorgias.reader)
        try:
            made = make_trial_tickets(writer, ledger, warehouse, gorgias.reader, settings)
            differences = trial_findings(gorgias.reader, made[0].asked, gorgias.settling)
            pause = gorgias.settling / LOOKS_IN_SETTLING
            differences += watched(gorgias.reader, made, pause, accepted_effects(warehouse))
        finally:
            sent = clean_up(writer, ledger, gorgias.reader)
    return 1 + len(made) + sent, differences


def unexpected_behaviour(differences: list[str]) -> Exception:
    """The refusal of every load of this account."""
    return refusal(
        "This account does not behave as the load relies on, and no record was written:\n  "
        + "\n  ".join(describe(name) for name in differences)
        + "\nIf that is acceptable, open the gate by name: in the UI the job override_gate, or "
        f"`migrate gates override {CHECK.gate_name} --by NAME --reason TEXT`.",
        {"differences": len(differences)},
    )
