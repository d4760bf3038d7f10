"""The way back as a person asks for it: whether it may begin, the plan as shown, the execution, and what it came to.

It belongs here: what is refused and recorded, for the command and the jobs of the UI alike. It does not: what becomes
of an object (gorgias/rollback/).
"""

import csv
import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from migration_assets.durations import about
from migration_assets.gorgias.canary.leftovers import clean_up, is_left
from migration_assets.gorgias.preflight.rolling_back import points_of_rollback, refusal, switch_off_for_rollback
from migration_assets.gorgias.preflight.switching import restore_if_possible
from migration_assets.gorgias.rollback.execute import Done, Execution
from migration_assets.gorgias.rollback.judge import OTHER
from migration_assets.gorgias.rollback.plan import GONE, GONE_AT_SOURCE, Disposition, Plan
from migration_assets.gorgias.rollback.planner import make_plan
from migration_assets.gorgias.rollback.proof import Difference, Proof, prove
from migration_assets.gorgias.rollback.scope import KINDS, Scope
from migration_assets.gorgias.rollback.written_objects import UNDOING
from migration_assets.gorgias.target_image import owner_digest, target_image
from migration_assets.orchestration.decisions import given_reason
from migration_assets.orchestration.exit_codes import Exit
from migration_assets.orchestration.rollback_refused import RollbackRefused
from resources.gorgias.client import Reader
from resources.gorgias.resource import GorgiasResource
from resources.ledger import Ledger
from resources.ledger.base import named
from resources.ledger.images import ACCOUNT
from resources.warehouse import Warehouse

SHOWN, RUNNING = "rollback_plan_shown", "rollback_running"
FOLDER = "rollback"
_ENDED = "ended"
_COLUMNS = ("object", "source_id", "gorgias_id", "fate", "reason")
_ADMINS = frozenset({"admin"})
_READERS = frozenset({"observer-agent", "lite-agent"})
_ADMIN_KINDS = ("teams", "custom_fields", "users")


@dataclass
class PlanShown:
    """A plan with what it would take.

    Attributes:
        seconds: at the rate that the account allows us.
        file: every object with its fate and reason; ids only.
    """

    plan: Plan
    seconds: float
    file: Path

    @property
    def exit_code(self) -> Exit:
        return Exit.BALANCED if self.plan.balanced else Exit.NOT_BALANCED

    def rows(self) -> list[dict[str, Any]]:
        """One row per object: fate -> number, and the ledger's own count."""
        names = [*KINDS[:1], "messages", *KINDS[1:], "files"]
        return [
            {"object": name, "written": self.plan.written.get(name, 0)}
            | {str(fate): self.plan.count(name, fate) for fate in Disposition}
            for name in names
            if self.plan.written.get(name) or self.plan.counts.get(name)
        ]

    def sentences(self) -> list[str]:
        """For a person: what it costs, what somebody would notice, and what is not asked of it."""
        plan = self.plan
        tickets = plan.count("tickets", Disposition.delete)
        told = [
            f"In scope: {plan.scope.description()}. {plan.calls} requests, {about(self.seconds)}, at the pace that "
            "leaves the shop its share.",
            f"Nobody gets a mail. {tickets} tickets ({plan.open_tickets} of them open) leave the views of the agents "
            "and the history of their customers, with their messages; nothing brings a deleted one back.",
            "What somebody has answered, edited or come to need since is kept, with what it refers to.",
            "What no call removes stays: uploaded files, custom fields (archived), events (twelve months).",
        ]
        if gone := plan.gone_at_source:
            listed = ", ".join(f"{number} {name}" for name, number in gone.items())
            told.append(
                f"Kept, because {GONE_AT_SOURCE}: {listed}, with what they refer to. Whoever wants them gone all "
                "the same starts this with the field `deleted_at_source` of the job, or "
                f"`{_command(replace(plan.scope, deleted_at_source=True))}`."
            )
        told += [f"{name}: {number} writes are not objects of a rollback." for name, number in plan.others.items()]
        if not plan.balanced:
            told.append("The plan does not add up to what the ledger holds; do not execute it.")
        return told

    def as_data(self) -> dict[str, Any]:
        data = {"scope": self.plan.scope.description(), "balanced": self.plan.balanced, "requests": self.plan.calls}
        return (
            data
            | {"seconds": round(self.seconds), "objects": self.rows(), "file": self.file.name}
            | {"gone_at_source": dict(self.plan.gone_at_source)}
        )


@dataclass
class RolledBack:
    """What a rollback came to."""

    done: Done
    after: Plan
    proof: Proof

    @property
    def remaining(self) -> int:
        """Objects that were to be taken back and were not."""
        return sum(
            item.fate in {Disposition.delete, Disposition.restore, Disposition.deactivate} for item in self.after.items
        )

    @property
    def kept(self) -> int:
        return sum(item.fate is Disposition.keep for item in self.after.items)

    @property
    def exit_code(self) -> Exit:
        through = self.after.balanced and not self.remaining and self.proof.verdict != "FAILED"
        return Exit.BALANCED if through else Exit.NOT_BALANCED

    def sentence(self) -> str:
        told = ", ".join(f"{number} {name}" for name, number in sorted(self.done.counts.items())) or "nothing to do"
        gone = self.after.gone_at_source.total()
        kept = f"{self.kept}, {gone} of them only because they are gone at the source" if gone else str(self.kept)
        left = (
            f" {self.remaining} could not be taken back; the file of what remains says why." if self.remaining else ""
        )
        return f"Rolled back: {told}. Kept: {kept}.{left} {self.proof.sentence()}"

    def as_data(self) -> dict[str, Any]:
        return {
            "counts": dict(self.done.counts),
            "kept": self.kept,
            "gone_at_source": self.after.gone_at_source.total(),
            "kept_late": len(self.done.kept_late),
            "refused": len(self.done.refused),
            "remaining": self.remaining,
            "balanced": self.after.balanced,
            "verdict": self.proof.verdict,
            "equal": self.proof.equal,
            "differences": len(self.proof.differences),
        }


def plan_rollback(
    warehouse: Warehouse, ledger: Ledger, gorgias: GorgiasResource, scope: Scope, home: Path
) -> PlanShown:
    """Make the plan and record that it was shown for the ledger as it is now. Nothing is written to Gorgias.

    Raises:
        RollbackRefused: the target is another account than the ledger's.
    """
    warehouse.require_not_erased()
    _require_same_account(ledger, gorgias.reader)
    plan = make_plan(warehouse, ledger, gorgias.reader, scope)
    _require_found(ledger, plan)
    file = _table(home / FOLDER / "plan.csv", _COLUMNS, _plan_rows(plan))
    if plan.balanced:
        ledger.decisions.decide(SHOWN, f"{scope.digest}:{ledger.rollbacks.written_digest()}", "the plan")
    return PlanShown(plan, plan.calls / gorgias.calls_per_second, file)


def roll_back(
    warehouse: Warehouse,
    ledger: Ledger,
    gorgias: GorgiasResource,
    scope: Scope,
    home: Path,
    by: str,
    reason: str,
    run_id: str = "",
    say: Callable[[str], None] = lambda _: None,
) -> RolledBack:
    """Take back what the plan of this scope says, prove it, and write both to the folder `rollback` of the migration.

    Raises:
        NameMissing: nobody is named.
        RollbackRefused: no reason; the plan was not shown for the ledger as it is; another account; a role too low;
            something of the account acts on deletes, and nobody decided about it.
        GorgiasError: as `Writer.apply`; the same call goes on where this one stopped.
    """
    warehouse.require_not_erased()
    who = named(by)
    reason = given_reason(reason, "why the migration is taken back", "Nothing was deleted", RollbackRefused)
    _require_same_account(ledger, gorgias.reader)
    _require_role(gorgias.reader, scope)
    if ledger.decisions.decision(RUNNING) != scope.digest or _written_since(ledger):
        _require_shown(ledger, scope)
    points = points_of_rollback(gorgias.reader, ledger, warehouse)
    if refused := refusal(points):
        raise RollbackRefused(refused)
    ledger.decisions.decide(RUNNING, scope.digest, who, reason)
    try:
        with gorgias.writer(ledger, run_id, lambda gate: switch_off_for_rollback(gate, ledger, points)) as writer:
            if is_left(ledger):
                clean_up(writer, ledger, gorgias.reader)
            done = Execution(warehouse, ledger, writer, scope, say).run()
    finally:
        if said := restore_if_possible(gorgias, ledger, run_id):
            say(said)
    after = make_plan(warehouse, ledger, gorgias.reader, scope)
    result = RolledBack(done, after, prove(ledger, after, target_image(gorgias.reader)))
    _write_result(home, result, who, reason)
    if not result.remaining:
        ledger.decisions.decide(RUNNING, _ENDED, who, reason)
    return result


def _require_same_account(ledger: Ledger, reader: Reader) -> None:
    known = ledger.rollbacks.accounts_written()
    if ledger.account not in known:
        raise RollbackRefused(
            f"Nothing was written to {ledger.account} by this migration, so nothing is taken back. The ledger knows "
            f"{', '.join(known) or 'no account'}: check MIGRATION_TARGET, GORGIAS_BASE_URL and MIGRATION_HOME."
        )
    before = ledger.images.target_before()
    if before is not None and before[ACCOUNT, 0] != owner_digest(reader):
        raise RollbackRefused(
            "GORGIAS_BASE_URL leads to another account than the one that was written to: its domain is another one. "
            "Nothing was deleted. Set it to the account of this migration."
        )


def _require_found(ledger: Ledger, plan: Plan) -> None:
    """Of a whole migration something is there, or this is not its account."""
    looked = [item for item in plan.items if item.fate is not Disposition.not_in_scope and item.written.made]
    if (
        looked
        and all(item.reason in {GONE, OTHER} for item in looked)
        and ledger.decisions.decision(RUNNING) in (None, _ENDED)
    ):
        raise RollbackRefused(
            f"None of the {len(looked)} objects in scope that the ledger knows is in this account. Is GORGIAS_BASE_URL "
            "the account of this migration? Nothing was deleted."
        )


def _require_role(reader: Reader, scope: Scope) -> None:
    """Before the first delete, not after the first thousand."""
    role = str((reader.get("/api/users/0").get("role") or {}).get("name"))
    wanted = [name for name in _ADMIN_KINDS if scope.holds(name, None)]
    if role in _READERS or (wanted and role not in _ADMINS):
        raise RollbackRefused(
            f"The credential's user has the role {role}, which may not delete {', '.join(wanted) or 'tickets'}. Use "
            "the API key of an admin (GORGIAS_EMAIL, GORGIAS_API_KEY), or narrow what is taken back: the field "
            "`objects` of the job, or `--object tickets`. Nothing was deleted."
        )


def _require_shown(ledger: Ledger, scope: Scope) -> None:
    if ledger.decisions.decision(SHOWN) != f"{scope.digest}:{ledger.rollbacks.written_digest()}":
        raise RollbackRefused(
            "The plan of this scope was not shown for the ledger as it is now. Look at it first: the job plan_rollback "
            f"with the same fields, or `{_command(scope)}`. Then start this again. Nothing was deleted."
        )


def _written_since(ledger: Ledger) -> bool:
    """A load came after the rollback that was stopped, so what it made was in no plan."""
    began = ledger.decisions.decided_at(RUNNING)
    rows = (
        row for row in ledger.rollbacks.written_rows() if row.key.part not in UNDOING and row.key.object != "canary"
    )
    return began is None or any(row.intent_at > began for row in rows)


def _command(scope: Scope) -> str:
    """As it is typed for this scope."""
    days = [f"--{name} {day}" for name, day in (("first", scope.first), ("last", scope.last)) if day]
    runs = [f"--run {scope.run}"] if scope.run else []
    sample = ["--sample"] if scope.sample else []
    gone = ["--deleted-at-source"] if scope.deleted_at_source else []
    return " ".join(["migrate rollback", *days, *runs, *sample, *gone, *(f"--object {name}" for name in scope.objects)])


def _plan_rows(plan: Plan) -> Iterable[Sequence[Any]]:
    for item in plan.items:
        one = item.written
        yield one.object, one.source_id, one.number, str(item.fate), item.reason


def _write_result(home: Path, result: RolledBack, by: str, reason: str) -> None:
    folder = home / FOLDER
    late = ((name, source_id, "", "keep", why) for name, source_id, why in result.done.kept_late)
    refused = ((name, source_id, "", "keep", "Gorgias refused it") for name, source_id in result.done.refused)
    _table(folder / "remains.csv", _COLUMNS, [*_plan_rows(result.after), *late, *refused])
    names = tuple(Difference.__dataclass_fields__)
    _table(folder / "differences.csv", names, (tuple(asdict(one).values()) for one in result.proof.differences))
    content = result.as_data() | {"by": by, "reason": reason}
    with _private(folder / "result.json") as file:
        file.write(json.dumps(content, indent=2) + "\n")


def _table(place: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _private(place) as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
    return place


def _private(place: Path) -> TextIO:
    return open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline="")
