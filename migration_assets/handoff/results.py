"""What the UI shows of a handoff document: numbers that plot, its first rows by id, its files, and what is missing.

It belongs here: metadata and checks that several documents share. It does not: what a document says. Rows shown here
have ids and counts only, never a name or an address.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.evaluate import Evaluation
from checks.metadata import document, markdown
from checks.step_check import WARN, StepCheck, asset_key
from migration_assets import documents
from migration_assets.ivinex.exports.export_files import missing_export_message
from migration_assets.markdown import render, table

SHOWN = 10


@dataclass(frozen=True)
class HandoffDocument:
    """A document that was written.

    Attributes:
        paths: kind of file -> file.
        numbers: what the UI plots.
        rows: of the document's table; the first are shown, without people's data.
        columns: key -> heading.
        found: what the check of the document says, where it has one.
    """

    paths: Mapping[str, Path]
    numbers: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]]
    columns: Mapping[str, str]
    found: Evaluation | None = None

    def metadata(self) -> dict[str, Any]:
        """What the UI shows of it."""
        more = f"\n{len(self.rows) - SHOWN} more are in the document.\n" if len(self.rows) > SHOWN else ""
        preview = table(self.rows[:SHOWN], self.columns) or "Nothing to list.\n"
        return {
            **self.numbers,
            "first_rows": markdown(preview + more),
            **{kind: document(str(path)) for kind, path in self.paths.items()},
        }


def publish_page(home: Path, name: str, content: Mapping[str, Any], **values: Any) -> dict[str, Path]:
    """Write the document `name` with the page of its template; returns the files as `documents.publish` does."""
    return documents.publish(home, name, content, render(f"{name}.md.j2", **values))


def warning(document: str, name: str, description: str) -> StepCheck:
    """A check of a document that speaks to a person: where it fails, the document is right and something is left."""
    return StepCheck(asset_key("handoff", document), name, description, severity=WARN)


def export_check(document: str, file: str, columns: Iterable[str]) -> StepCheck:
    """A check that the admin's export which a document depends on is there."""
    told = f"The admin's export admin_exports/{file} is there. It needs {', '.join(columns)}: docs/admin-exports.md."
    return warning(document, "export_present", told)


def export_evaluation(missing: str, file: str, found: int, what: str) -> Evaluation:
    """
    Args:
        missing: which file is not there and what it needs (`missing_export`); empty where it is there.
        found: how many `what` were read from it.
    """
    if not missing:
        return Evaluation(found, sentence=f"admin_exports/{file} was read: {found} {what}")
    way = "Put it there, then in the UI the jobs discover and handoff; or `migrate discover` and `migrate run`."
    return Evaluation(0, Counter({(file, "missing"): 1}), sentence=f"{missing}. {way}")


def missing_export(file: Path, columns: Iterable[str], rows: Sequence[Any] = ()) -> str:
    """What the document says of an export that is not there; "" where it is, or where rows of it are known."""
    return "" if rows or file.exists() else missing_export_message(Path("admin_exports") / file.name, columns)
