"""One thing that the report looked at, and how it bears on the decision to switch: the vocabulary of the verdict."""

from dataclasses import dataclass
from enum import StrEnum

READ_BACK = "In the UI the job verify_range (a backfill of verify_days for chosen days), or `migrate verify`."
LOAD = (
    "In the UI the job migrate_range (a backfill of migrate_day for chosen days; prepare for what has no day), then "
    "the job report; or `migrate run`."
)


class Level(StrEnum):
    """How a finding bears on the decision to switch."""

    good = "good"
    attention = "attention"
    bad = "bad"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        section: of the page, which has the details; empty where there are none.
        brief: for the headline.
        text: one sentence.
        remedy: what is left to do, and where.
    """

    level: Level
    section: str
    brief: str
    text: str
    remedy: str = ""
