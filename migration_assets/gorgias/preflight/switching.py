"""Switching off what was decided, and restoring it: through the writer, written ahead, with the whole of what it was.

It belongs here: the two writes of a point, and what is still off. It does not: when (loading.py), and what (points.py).
"""

import logging
from collections.abc import Sequence

from checks.refusal import refusal
from migration_assets.gorgias.preflight.point import Point
from resources.gorgias.failures import GorgiasError
from resources.gorgias.resource import GorgiasResource
from resources.gorgias.writer.write import Write
from resources.gorgias.writer.writer import Writer
from resources.ledger import Ledger
from resources.ledger.lease import Fenced, LeaseHeld
from resources.ledger.records import WRITTEN, WriteKey
from resources.ledger.switched_off import OBJECT, OFF, RESTORE, SwitchedOff

log = logging.getLogger(__name__)
RESTORE_BY = "in the UI the job restore_preflight, or `migrate preflight restore`"


def switch_off(writer: Writer, ledger: Ledger, points: Sequence[Point]) -> list[str]:
    """Switch these off; one that is off by us already is left. Returns their names.

    Raises:
        dagster.Failure: Gorgias did not take one, so nothing else is written.
    """
    done = []
    for point in points:
        switch = point.switch
        if switch is None:
            continue
        key = WriteKey(OBJECT, point.name, OFF)
        if point.name in {one.name for one in ledger.switched_off.all()}:
            # It is on although we had switched it off: somebody switched it on, and the decision holds.
            ledger.writes.take_back(
                [key], writer.fencing_token(), writer.run_id, "on again in Gorgias; switched off anew"
            )
        before = {"path": switch.path, "body": switch.restore}
        writer.apply([Write(key, "PUT", switch.path, switch.off, partition=OBJECT, before=before)])
        if ledger.known_writes.known([key])[key].state not in WRITTEN:
            raise refusal(
                f"{point.name} could not be switched off in Gorgias, so nothing was written. Let an admin switch it "
                "off there, or use a credential of an admin; then the same job or command again.",
            )
        done.append(point.name)
    return done


def restore(writer: Writer, ledger: Ledger) -> list[str]:
    """Restore everything that this migration switched off; returns the names of what is on again."""
    back = []
    for one in ledger.switched_off.all():
        off, on = (WriteKey(OBJECT, one.name, part) for part in (OFF, RESTORE))
        writer.apply([Write(on, "PUT", one.before["path"], one.before["body"], partition=OBJECT)])
        if ledger.known_writes.known([on])[on].state in WRITTEN:
            ledger.writes.take_back([off, on], writer.fencing_token(), writer.run_id, "restored to what it was")
            back.append(one.name)
    return back


def restore_account(gorgias: GorgiasResource, ledger: Ledger, run_id: str = "") -> list[str]:
    """As `restore`, with a gate of its own, before anything else of an earlier run is settled.

    Raises:
        As the writer: another run is at work, the credential is refused, Gorgias does not answer.
    """
    if not ledger.switched_off.all():
        return []
    with gorgias.writer(ledger, run_id, settle=False) as writer:
        return restore(writer, ledger)


def restore_if_possible(gorgias: GorgiasResource, ledger: Ledger, run_id: str = "") -> str:
    """As `restore_account`, at an end that must not fail for it; returns a sentence of what became of it, or ''."""
    try:
        back = restore_account(gorgias, ledger, run_id)
    except (GorgiasError, LeaseHeld, Fenced) as error:
        log.warning(f"What was switched off could not be restored: {error}")
        back = []
    said = f"Restored in Gorgias: {', '.join(back)}." if back else ""
    return " ".join(filter(None, (said, describe_switched_off(ledger.switched_off.all()))))


def describe_switched_off(off: Sequence[SwitchedOff]) -> str:
    """What is still off, since when, and how it is restored; nothing where all is as it was."""
    if not off:
        return ""
    listed = ", ".join(f"{one.name} (since {one.since:%Y-%m-%d %H:%M} UTC)" for one in off)
    return f"Still switched off in Gorgias: {listed}. Restore: {RESTORE_BY}."
