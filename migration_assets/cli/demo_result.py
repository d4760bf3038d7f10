"""What a demo proves, as a table and as JSON: books, mails, writes of the second pass, rates."""

from dataclasses import dataclass
from typing import Any

from rich.console import Console

from migration_assets.cli.output import table
from migration_assets.cli.result_tables import show_result
from migration_assets.cli.sandbox import GORGIAS_RATE, IVINEX_RATE
from migration_assets.orchestration.exit_codes import Exit
from migration_assets.orchestration.result import Result

_READS = ("GET ", "HEAD ")


@dataclass(frozen=True)
class MigrationPass:
    """What one pass cost, by the sandbox's own count.

    Attributes:
        seconds: job -> time spent in it, and `all` for the pass.
        writes: requests to Gorgias other than reads.
        announced: INTENT entries that the ledger made: the writes, and those withdrawn before they were sent.
    """

    seconds: dict[str, float]
    gorgias_requests: int
    ivinex_requests: int
    writes: int
    announced: int
    throttled: int

    @classmethod
    def between(
        cls, before: dict[str, Any], after: dict[str, Any], seconds: dict[str, float], announced: int
    ) -> "MigrationPass":
        """From the sandbox's statistics before and after."""
        asked = {
            name: count - before["gorgias"]["requests"].get(name, 0)
            for name, count in after["gorgias"]["requests"].items()
        }
        return cls(
            seconds={name: round(spent, 1) for name, spent in seconds.items()},
            gorgias_requests=sum(asked.values()),
            ivinex_requests=_count(after, "ivinex") - _count(before, "ivinex"),
            writes=sum(count for name, count in asked.items() if not name.startswith(_READS)),
            announced=announced,
            throttled=sum(after[side]["throttled"] - before[side]["throttled"] for side in ("gorgias", "ivinex")),
        )

    @property
    def gorgias_per_second(self) -> float:
        """While loading: Gorgias requests over the time of the jobs that load."""
        return self.gorgias_requests / max(self.seconds.get("prepare", 0) + self.seconds.get("load_days", 0), 0.1)

    @property
    def ivinex_per_second(self) -> float:
        """While reading: Ivinex requests over the time of the job that reads."""
        return self.ivinex_requests / max(self.seconds.get("discover", 0), 0.1)


@dataclass(frozen=True)
class DemoResult:
    """What is shown at the end of a demo."""

    result: Result
    first: MigrationPass
    second: MigrationPass
    outbox: dict[str, list[Any]]
    seconds: float

    @property
    def exit_code(self) -> Exit:
        """As for every run; and a mail or a write on the second pass is a failure, whatever the books say."""
        if self.outbox["mails"] or self.second.writes:
            return Exit.FAILED
        return self.result.exit_code

    def as_data(self) -> dict[str, Any]:
        return self.result.as_data() | {
            "mails": len(self.outbox["mails"]),
            "undeliverable": len(self.outbox["undeliverable"]),
            "second_pass_writes": self.second.writes,
            "first_pass": vars(self.first),
            "second_pass": vars(self.second),
            "sandbox_rates": {"gorgias": GORGIAS_RATE, "ivinex_per_second": IVINEX_RATE},
            "seconds": round(self.seconds, 1),
        }

    def show(self, console: Console) -> None:
        show_result(console, self.result)
        first, second = self.first, self.second
        allowed = _per_second(GORGIAS_RATE)
        gorgias = f"{first.gorgias_requests}, {first.gorgias_per_second:.0f}/s while loading (allowed: {allowed})"
        ivinex = f"{first.ivinex_requests}, {first.ivinex_per_second:.0f}/s while reading (allowed: {IVINEX_RATE}/s)"
        lines = [
            ("Mails that Gorgias would have sent", len(self.outbox["mails"])),
            ("Undeliverable invitations to stub users", len(self.outbox["undeliverable"])),
            ("Writes on the second pass", f"{second.writes} (the ledger announced {second.announced})"),
            ("Requests to Gorgias, first pass", gorgias),
            ("Requests to Ivinex, first pass", ivinex),
            ("Answers 429, both passes", first.throttled + second.throttled),
            (
                "Seconds",
                f"{self.seconds:.0f} (first pass {first.seconds['all']:.0f}, second {second.seconds['all']:.0f})",
            ),
        ]
        console.print(table("The demo", ("what", "result"), lines))


def _count(stats: dict[str, Any], side: str) -> int:
    return sum(stats[side]["requests"].values())


def _per_second(rate: str) -> str:
    """`4000/20` as `200/s`."""
    requests, seconds = rate.split("/")
    return f"{int(requests) / int(seconds):.0f}/s"
