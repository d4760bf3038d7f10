"""Trying an account: the trial tickets are made, watched, read and deleted. Which tickets: trial.py."""

from dataclasses import dataclass

from checks.evaluate import Evaluation
from checks.refusal import refusal
from migration_assets.gorgias.canary.assumptions import CHECK, describe, shown_assumptions
from migration_assets.gorgias.canary.leftovers import clean_up, is_left
from migration_assets.gorgias.canary.trial import LOOKS_IN_SETTLING, make_trial_tickets, trial_findings
from migration_assets.gorgias.canary.watch import watched
from migration_assets.gorgias.preflight.loading import loading
from migration_assets.gorgias.preflight.look import accepted_effects
from migration_assets.gorgias.step_context import TargetStep
from resources.ledger import Ledger


@dataclass(frozen=True)
class Trial:
    """What this account is known to do.

    Attributes:
        sent: requests.
        differences: assumptions that do not hold here.
        found: the same as the check's result.
        is_new: it was tried now, and is not the result of an earlier run.
    """

    sent: int
    differences: list[str]
    found: Evaluation
    is_new: bool


def trial_of_account(step: TargetStep) -> Trial:
    """Try the account; where it passed once, delete what an earlier trial left in it."""
    if passed := _passed_before(step.ledger):
        return Trial(_delete_leftovers(step), [], passed, is_new=False)
    sent, differences = _try_account(step)
    return Trial(sent, differences, shown_assumptions(differences), is_new=True)


def _passed_before(ledger: Ledger) -> Evaluation | None:
    """The result of a trial that this account has passed; None: it is to be tried."""
    passed = ledger.quality_gates.gate_rows([CHECK.gate_name])
    if passed.empty or not passed["passed"].all():
        return None
    when = f"{passed['recorded_at'].iloc[0]:%Y-%m-%d %H:%M} UTC"
    return shown_assumptions([], f"Shown on {when}, and not repeated. ")


def _delete_leftovers(step: TargetStep) -> int:
    """Delete what an earlier trial left in the account; returns the requests."""
    if not is_left(step.ledger):
        return 0
    with loading(step) as writer:
        return clean_up(writer, step.ledger, step.gorgias.reader)


def _try_account(step: TargetStep) -> tuple[int, list[str]]:
    """Returns the requests, and the assumptions that do not hold here."""
    ledger, warehouse, gorgias = step.ledger, step.warehouse, step.gorgias
    with loading(step) as writer:
        clean_up(writer, ledger, gorgias.reader)
        try:
            made = make_trial_tickets(writer, ledger, warehouse, gorgias.reader, step.settings)
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
