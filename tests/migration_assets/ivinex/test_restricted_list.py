"""The admin's list of fields that some groups may not see, read into the schema."""

from pathlib import Path

import pandas as pd
import pytest

from migration_assets.ivinex.exports.export_files import ExportProblem
from migration_assets.ivinex.schema.restricted_fields import mark_restricted

FIELDS = pd.DataFrame(
    [
        ("10101", "Tickets", "salary", "Annual Salary", ""),
        ("10101", "Tickets", "size", "Size", ""),
        ("1001", "Contacts", "salary", "Annual Salary", ""),
    ],
    columns=["collection_type_id", "tab", "field_name", "label", "restricted"],
)


def listed(home: Path, text: str) -> list[str]:
    (home / "admin_exports").mkdir(exist_ok=True)
    (home / "admin_exports" / "restricted_fields.csv").write_text(text, encoding="utf-8")
    return list(mark_restricted(FIELDS, home)["restricted"])


@pytest.mark.parametrize("line", ["tickets,annual salary", "Tickets,salary", "10101,SALARY"])
def test_a_field_is_named_by_label_or_machine_name_and_its_groups_are_counted(tmp_path: Path, line: str):
    told = listed(tmp_path, f"tab,field,group\n{line},Payroll\n{line},Board\n{line},board\n")
    assert told == ["not seen by every group (2 named)", "", ""]


def test_without_a_list_nothing_is_known(tmp_path: Path):
    assert list(mark_restricted(FIELDS, tmp_path)["restricted"]) == ["", "", ""]


@pytest.mark.parametrize(("line", "told"), [("Deals,salary", "column tab"), ("Tickets,salery", "column field")])
def test_a_slip_is_named_because_it_would_leave_the_field_unguarded(tmp_path: Path, line: str, told: str):
    with pytest.raises(ExportProblem, match=f"line 3, {told}"):
        listed(tmp_path, f"tab,field,group\nTickets,size,Board\n{line},Board\n")
