"""ivinex/tabs: the tabs that the API user sees, their roles, and whether they answer.

Belongs here: filling the table, and the judgement of missing, hidden and empty tabs.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from checks.refusal import refusal
from checks.step_result import StepResult
from migration_assets.ivinex import checks, tables
from migration_assets.ivinex.exports.export_files import read_tab_names
from migration_assets.ivinex.schema.field_frame import field_frame
from migration_assets.ivinex.source_step import SourceStep
from migration_assets.mapping.heuristics.role_proposal import CLEAR, RoleProposal, propose_roles
from migration_assets.mapping.roles import NAMES, REQUIRED, selected_roles
from migration_assets.mapping.source_site import require_same_host
from resources.ivinex.client import IvinexClient
from resources.ivinex.failures import ErrorAnswer, Forbidden
from resources.ivinex.response_parser import Tab

SUSPICIOUS = (
    "zero rows and no empty_fields marker: either empty or hidden by permission; "
    "ask the Ivinex admin whether the API user may read it"
)
_GRANT = "Ask the Ivinex admin to give the API user the Read permission on it (group manager), then run again"


def inspect_tabs(client: IvinexClient, home: Path) -> pd.DataFrame:
    """Looks at every tab; returns rows of `ivinex.tabs`.

    Raises:
        IvinexFailure: GetTabs or the site as a whole does not answer.
        BadRoles: mapping.yaml cannot be read.
    """
    listed = client.tabs()
    chosen = selected_roles(home).roles
    proposed = _propose(client, listed) if chosen is None else {}
    given = {number: role for role, numbers in (chosen or {}).items() for number in numbers}
    rows: list[dict[str, Any]] = []
    for tab in listed:
        role = proposed[tab.collection_type_id].role if chosen is None else given.get(tab.collection_type_id)
        rows.append({"tab": tab.name, "collection_type_id": tab.collection_type_id, "role": role, "listed": True})
        rows[-1] |= _look(client, tab)
    rows.extend(_hidden(listed, read_tab_names(home), given))
    frame = pd.DataFrame(rows, columns=list(tables.TABS.columns))
    return frame.astype({"listed": bool, "readable": bool, "empty": bool, "problem": "str"})


def _propose(client: IvinexClient, listed: Sequence[Tab]) -> dict[str, RoleProposal]:
    """Roles by the names of the tabs; where these do not tell each role, by their fields as well."""
    names = [(tab.collection_type_id, tab.name) for tab in listed]
    proposed = propose_roles(names)
    if {proposal.role for proposal in proposed.values() if proposal.confidence >= CLEAR} >= set(NAMES):
        return proposed
    frames = []
    for tab in listed:
        try:
            frames.append(field_frame(client, tab))
        except (Forbidden, ErrorAnswer):
            continue  # the tab's own look says so
    return propose_roles(names, pd.concat(frames, ignore_index=True)) if frames else proposed


def fatal_problems(frame: pd.DataFrame) -> list[str]:
    """Returns what nothing can be read without: a required role without a readable tab.

    A hidden tab of another kind ends nothing: it is suspect (mapping/tab_verdicts.py), which closes the load.
    """
    fatal: list[str] = []
    for role in REQUIRED:
        tabs = frame[(frame["role"] == role) & frame["listed"]]
        if tabs.empty:
            fatal.append(
                f"No tab has the role {role}: GetTabs names {', '.join(frame[frame['listed']]['tab']) or 'none'}. If "
                f"one of them is it, name it under roles.{role} in MIGRATION_HOME/mapping.yaml; else the tab is hidden "
                f"from the API user. {_GRANT}."
            )
        fatal.extend(
            f"The tab {row['tab']} (role {role}) cannot be read: {row['problem']}"
            for row in tabs[~tabs["readable"]].to_dict("records")
        )
    return fatal


def _look(client: IvinexClient, tab: Tab) -> dict[str, Any]:
    try:
        look = client.look(tab)
    except (Forbidden, ErrorAnswer) as failure:
        return {"readable": False, "empty": False, "problem": str(failure)}
    if look.suspicious:
        return {"readable": False, "empty": False, "problem": SUSPICIOUS}
    return {"readable": True, "empty": look.marker, "problem": ""}


def _hidden(listed: Sequence[Tab], exported: Sequence[str], given: dict[str, str]) -> list[dict[str, Any]]:
    """Tabs that the admin's tabs.csv or the map knows and GetTabs does not name."""
    names = {tab.name.lower() for tab in listed}
    numbers = {tab.collection_type_id for tab in listed}
    problem = "GetTabs does not name it: the API user may not see it"
    unseen: dict[str, Any] = {"listed": False, "readable": False, "empty": False, "problem": problem}
    rows = [
        {"collection_type_id": None, "tab": name, "role": None} | unseen
        for name in exported
        if name.lower() not in names
    ]
    rows += [
        {"collection_type_id": number, "tab": number, "role": role} | unseen
        for number, role in given.items()
        if number not in numbers
    ]
    return rows


def tabs_metadata(frame: pd.DataFrame, problems: pd.DataFrame) -> dict[str, Any]:
    roles = frame.dropna(subset=["role"]).groupby("role")["tab"].agg(", ".join)
    return {
        "dagster/row_count": len(frame),
        "readable": int(frame["readable"].sum()),
        "empty": int(frame["empty"].sum()),
        "suspect": len(problems),
        "roles": {str(role): names for role, names in roles.items()},
        "problem": "; ".join(f"{row['tab']}: {row['problem']}" for row in problems.to_dict("records")),
    }


def fill_tabs(step: SourceStep) -> StepResult:
    """Tabs that GetTabs names, with the role that mapping.yaml gives or the name suggests, and how they answer.

    A tab that answers zero rows without the marker is escalated; for a required role it stops the run.
    """
    require_same_host(step.ledger)
    frame = inspect_tabs(step.ivinex.get(), step.settings.home)
    step.warehouse.replace(tables.TABS, frame)
    if fatal := fatal_problems(frame):
        raise refusal("\n".join(fatal))
    problems = frame[frame["problem"] != ""]
    for tab, problem in zip(problems["tab"], problems["problem"], strict=True):
        step.log.warning(f"tab {tab}: {problem}")
    return StepResult(tabs_metadata(frame, problems), [lambda: checks.tabs_seen(frame)])
