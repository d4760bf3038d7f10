"""What the handoff documents tell a reader to do exists: every command with its options, every job."""

from pathlib import Path

import pytest
from named_ways import unknown_commands, unknown_jobs

import migration_assets

ROOT = Path(migration_assets.__file__).parent
TEXTS = [
    *sorted(ROOT.glob("templates/*.j2")),
    *sorted(ROOT.glob("reconciliation/templates/*.j2")),
    *(ROOT / name for name in ("contents.py", "losses.py", "handoff/results.py", "handoff/actions.py")),
    ROOT.parent / "docs" / "handoff.md",
]


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.name)
def test_a_document_names_only_what_there_is(text: Path):
    told = text.read_text(encoding="utf-8").replace("<code>", "`").replace("</code>", "`")
    assert unknown_commands(told) == []
    assert unknown_jobs(told) == []


def test_what_there_is_not_is_found():
    assert unknown_commands("run `migrate signoff --scope` or `migrate verify --all` or `migrate gates`") == [
        "migrate signoff --scope",
        "migrate verify --all",
        "migrate gates",
    ]
    assert unknown_commands("`migrate conflicts resolve ID --take ours --by NAME`") == []
    assert unknown_jobs("the jobs discover, prepair and `handoff`, or the job veryfy") == ["prepair", "veryfy"]
