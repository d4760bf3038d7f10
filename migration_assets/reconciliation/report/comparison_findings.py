"""What the comparison with Gorgias and the second pass say of the migration: proved, not looked at, or different.

It belongs here: judging what was read back. It does not: the other findings (report_verdict.py), and comparing
(comparison/comparator.py).
"""

from collections import Counter
from collections.abc import Iterator

from migration_assets.reconciliation.comparison.comparison_rules import is_defect
from migration_assets.reconciliation.report.finding import LOAD, READ_BACK, Finding, Level
from migration_assets.reconciliation.report.report_data import ReportData
from migration_assets.reconciliation.target.target_tables import UNPARTITIONED
from migration_assets.wording import counted, listed


def comparison(evidence: ReportData) -> Iterator[Finding]:
    if evidence.differences is None:
        text = "Gorgias was not read back yet, so nothing is proved."
        yield Finding(Level.bad, "comparison", "nothing was read back from Gorgias", text, READ_BACK)
        return
    sure = True
    if evidence.unread:
        days = [key for key in evidence.unread if key != UNPARTITIONED]
        rest = ["users, fields, tags or customers"] if UNPARTITIONED in evidence.unread else []
        what = listed([*([counted(len(days), "day")] if days else []), *rest])
        brief = f"{what} {'is' if what == '1 day' else 'are'} not compared since the last write"
        first = f" ({listed([*days[:5], *(['more'] if len(days) > 5 else [])])})" if days else ""
        sure = False
        yield Finding(Level.bad, "comparison", brief, f"{brief}{first}.", READ_BACK)
    absent = sum(row["written"] - row["compared"] for row in evidence.coverage)
    if absent > 0:
        brief = counted(absent, "record was not read back", "records were not read back")
        sure = False
        yield Finding(Level.bad, "comparison", brief, f"{brief} although it was written.", READ_BACK)
    kinds: Counter[tuple[bool, str]] = Counter()
    for row in evidence.differences:
        kinds[is_defect(row["kind"], row["field"]), row["kind"]] += row["rows"]
    for speaks, level in ((True, Level.bad), (False, Level.attention)):
        found = {kind: number for (bad, kind), number in kinds.items() if bad is speaks}
        if not found:
            continue
        told = ", ".join(f"{number:,} {kind}" for kind, number in sorted(found.items()))
        total = sum(found.values())
        if speaks:
            sure = False
            brief = counted(total, "value differs", "values differ")
            text = f"{brief} from what was written: {told}."
            yield Finding(level, "comparison", brief, text, f"Repair what differs. {LOAD} {READ_BACK}")
        else:
            brief = counted(total, "value was changed in Gorgias since", "values were changed in Gorgias since")
            yield Finding(level, "comparison", brief, f"{brief}, by people or rules ({told}): kept as they are.")
    if sure:
        total = sum(row["compared"] for row in evidence.coverage)
        text = f"{counted(total, 'record was', 'records were')} read back from Gorgias and compared, field by field"
        yield Finding(Level.good, "comparison", "all was compared", f"{text}: nothing of what was written is missing.")


def second_pass(evidence: ReportData) -> Iterator[Finding]:
    if evidence.second_pass is None:
        text = "The load was not planned a second time, so it is not known whether something is left to write."
        yield Finding(Level.bad, "comparison", "the load was not planned a second time", text, READ_BACK)
        return
    writes = sum(row["rows"] for row in evidence.second_pass)
    if writes:
        brief = counted(writes, "write is left", "writes are left")
        yield Finding(Level.bad, "comparison", brief, f"A second run would still write: {brief}.", LOAD)
