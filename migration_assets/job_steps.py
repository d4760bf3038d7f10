"""The order in which a person starts the jobs, for the UI: the tag that numbers them, and what each names as next.

The jobs are listed by name in the UI. It belongs here: the order, and how each step is started from the UI and from
the command. It does not: what a job holds (jobs.py, orchestration/operator_jobs/).
"""

from typing import Final

STEP_TAG: Final = "migrate/step"
TOOL: Final = "tool"

_STEPS: Final = (
    (("discover",), "the job discover, or `migrate discover`"),
    (
        ("confirm_mapping",),
        "read the asset mapping/proposal, then confirm it by name: the job confirm_mapping, or `migrate mapping "
        "confirm --by NAME`",
    ),
    (("prepare",), "the job prepare, or `migrate run`, which does all steps up to handoff"),
    (
        ("migrate_range", "migrate_day", "stage_days", "load_days"),
        "the job migrate_range for a period at once, or a backfill of migrate_day for chosen days; `migrate run` does "
        "it too",
    ),
    (("second_pass",), "the job verify_range, which does steps 5 to 7 in one, or second_pass; `migrate verify` too"),
    (("verify",), "the job verify; `migrate verify` does it too"),
    (
        ("verify_days", "verify_range"),
        "the job verify_range, or a backfill of verify_days for chosen days; `migrate verify` does it too",
    ),
    (("report",), "the job report; `migrate run` ends with it"),
    (("handoff",), "the job handoff; `migrate run` ends with it"),
    (
        ("delta", "find_changes"),
        "what changed in Ivinex since: the job delta with the sensor changed_days, or `migrate delta`",
    ),
    (("final_delta",), "the cutover: the job final_delta, or `migrate delta --final --by NAME`"),
)
_LAST: Final = (
    "five days of hypercare: the schedule hypercare with the sensor changed_days, or `migrate delta` every day"
)
_SEVERAL: Final = {"verify_range": "5 to 7"}
"""Jobs that do several steps at once."""


def step_tags(job: str) -> dict[str, str]:
    """For `tags` of a job: `migrate/step`, such as `3 of 11`, or `tool` for what is needed in between."""
    number = _number(job)
    return {STEP_TAG: f"{_SEVERAL.get(job, number)} of {len(_STEPS)}" if number else TOOL}


def described(job: str, text: str, then: str = "") -> str:
    """The description of a job: its step, what it does, and what comes next.

    Args:
        then: what comes next, for a tool.
    """
    number = _number(job)
    if number is None:
        return f"Tool. {text} Next: {then}."
    following = _STEPS[number][1] if number < len(_STEPS) else _LAST
    plural = "s" if job in _SEVERAL else ""
    return f"Step{plural} {_SEVERAL.get(job, number)} of {len(_STEPS)}. {text} Next: {then or following}."


def _number(job: str) -> int | None:
    return next((number for number, (jobs, _) in enumerate(_STEPS, start=1) if job in jobs), None)
