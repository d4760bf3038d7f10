"""The check of the canary: what a load relies on, and what a trial ticket showed of it.

It belongs here: the assumptions, the check and its words. It does not: writing, reading and deleting the ticket
(trial.py).
"""

from collections import Counter
from collections.abc import Sequence

from checks.evaluate import Evaluation
from checks.step_check import StepCheck, asset_key

CHECK = StepCheck(
    asset_key("gorgias", "canary"),
    "assumptions",
    "Silent trial tickets are read back as they were written (times, order, ids, meta, tags, field values), and the "
    "account did nothing to them by itself.",
    gate=True,
)
ASSUMPTIONS = {
    "created_datetime": "a ticket keeps an old created_datetime (gorgias-api.md 6.7)",
    "messages.created_datetime": "a message inside a ticket create keeps its own time (6.8)",
    "messages.sent_datetime": "sent_datetime inside a ticket create means that nothing is sent (7)",
    "messages.failed_datetime": "Gorgias does not try to send a message that has sent_datetime (7)",
    "messages.external_id": "a message keeps its external_id, by which it is found again (12)",
    "messages.message_id": "a message keeps the Message-ID of its e-mail (6.8)",
    "messages.meta": "a message keeps its meta, where call length and disposition go (6.8)",
    "meta": "a ticket keeps its meta, where the Ivinex facts go (6.7)",
    "tags": "a ticket create attaches tags, ai_ignore among them (6.7)",
    "custom_fields": "a ticket create stores custom field values (6.6)",
    "external_id": "a ticket keeps its external_id and is found by it (12)",
    "status": "a ticket can be created closed, and an open one stays open (6.7)",
    "opened_datetime": "a ticket keeps its opened_datetime (6.7)",
    "closed_datetime": "a ticket keeps its closed_datetime (6.7)",
    "survey": "no satisfaction survey is sent for an imported ticket (8)",
    "answered": "no rule and no AI Agent answers an imported ticket (8)",
    "merged": "auto-merge leaves imported tickets alone (8)",
    "split": "auto-split leaves imported tickets alone (8)",
    "closed": "nothing closes an imported ticket (8)",
    "reopened": "nothing reopens an imported ticket (8)",
    "assigned": "nothing assigns an imported ticket (8)",
    "rule": "no rule runs on an imported ticket (8)",
    "quiet": "an account comes to rest after a create (14)",
}


def shown_assumptions(differences: Sequence[str], before: str = "") -> Evaluation:
    """What the trial ticket showed, each difference with the assumption that it speaks against.

    Args:
        before: when it was shown, where it is not shown again.
    """
    if not differences:
        sentence = (
            f"{before}The trial tickets kept their times, the order of their messages, their ids, meta, tags and field "
            "values; one was found by its external id, the account did nothing to them, and they were deleted."
        )
        return Evaluation(len(ASSUMPTIONS), sentence=sentence)
    listed = "; ".join(describe(name) for name in differences)
    return Evaluation(
        rows=len(ASSUMPTIONS),
        failures=Counter((name, "not as assumed") for name in differences),
        sentence=f"{len(differences)} differences between what was written and what is read: {listed}.",
    )


def describe(difference: str) -> str:
    """A field that is read otherwise than it was written, with what the load relies on."""
    return f"{difference}: {ASSUMPTIONS.get(difference, 'what was written is what is read')}"
