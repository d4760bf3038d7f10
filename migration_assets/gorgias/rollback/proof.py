"""After a rollback: the target read again and held against how it was before the first write.

It belongs here: the comparison and its verdict. It does not: reading (target_image.py). Equal is what has the same
digest; what differs is listed with the reason, so that the list is the whole difference.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from migration_assets.gorgias.rollback.plan import Disposition, Plan
from resources.ledger import Ledger
from resources.ledger.images import ACCOUNT
from resources.ledger.records import State

OK, FAILED, NOT_PROVED = "OK", "FAILED", "NOT PROVED"
_BY_OTHERS = "made by somebody in Gorgias since"


@dataclass(frozen=True)
class Difference:
    """One object that is not as before.

    Attributes:
        kind: there now, gone, or changed.
        ours: it is we who have to answer for it.
    """

    object: str
    gorgias_id: int
    kind: str
    reason: str
    ours: bool = False


@dataclass
class Proof:
    """The verdict and all differences."""

    before: int = 0
    equal: int = 0
    differences: list[Difference] = field(default_factory=list)
    known: bool = True

    @property
    def verdict(self) -> str:
        if not self.known:
            return NOT_PROVED
        return FAILED if any(one.ours for one in self.differences) else OK

    def sentence(self) -> str:
        if not self.known:
            return (
                f"{NOT_PROVED}: an earlier release made the first write to this account and kept no image of how it "
                "was before, so the state after cannot be held against it."
            )
        told = f"{self.verdict}: {self.equal} of {self.before} objects that were there before are as they were"
        return f"{told}; {len(self.differences)} differences, each listed with its reason."


def prove(ledger: Ledger, plan: Plan, image: Iterable[tuple[str, int, str]]) -> Proof:
    """
    Args:
        plan: made after the rollback: what stays, and why.
        image: the target as it is now.
    """
    before = ledger.images.target_before()
    if before is None:
        return Proof(known=False)
    was = {key: digest for key, digest in before.items() if key[0] != ACCOUNT}
    now = {(name, number): digest for name, number, digest in image}
    proof = Proof(before=len(was), equal=sum(now.get(key) == digest for key, digest in was.items()))
    stays = {(one.written.object, one.written.number): one for one in plan.items}
    archived, ours = _archived(ledger), set(ledger.images.all())
    for key in sorted(was.keys() | now.keys()):
        if was.get(key) == now.get(key):
            continue
        item = stays.get(key)
        if key not in was:
            if key in archived:
                told, blame = "archived: no call deletes a custom field", False
            elif item is None:
                told, blame = _BY_OTHERS, False
            else:
                told, blame = f"{item.fate}: {item.reason or 'not taken back yet'}", item.fate is not Disposition.keep
                blame = blame and item.fate is not Disposition.not_in_scope
            proof.differences.append(Difference(key[0], key[1], "there now", told, blame))
        elif key not in now:
            # What was there before is never deleted: plan.py takes only what we made.
            proof.differences.append(Difference(key[0], key[1], "gone", "deleted or merged by somebody in Gorgias"))
        elif item is not None and item.reason:
            proof.differences.append(Difference(key[0], key[1], "changed", item.reason))
        else:
            told = "not as its image, though nobody else is known to have changed it"
            proof.differences.append(
                Difference(
                    key[0], key[1], "changed", told if key in ours else "changed by somebody in Gorgias", key in ours
                )
            )
    return proof


def _archived(ledger: Ledger) -> set[tuple[str, Any]]:
    rows = ledger.rollbacks.written_rows()
    return {
        (row.key.object, row.gorgias_id)
        for row in rows
        if row.key.part == "deactivate" and row.state in {State.DONE, State.ADOPTED}
    }
