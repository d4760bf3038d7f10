"""The checks of the ivinex stage: what a person should know of the source before anything is moved.

Each asset declares its own and reports them at the end of its step. They warn, except for the slices, which are wrong
when they are not what the sweep holds. It belongs here: which asset has which check, and what is said of tabs, fields,
users, exports and sweeps. It does not: counting slices (full_scan/slice_checks.py), days of tickets
(full_scan/days_found.py).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import dagster as dg
import pandas as pd

from checks.evaluate import SHOWN, Evaluation
from checks.step_check import StepCheck
from migration_assets.mapping.mapping_file import CONFIRM
from migration_assets.mapping.schema_check import drift_of_fields
from migration_assets.partitions import daily_partitions
from resources.ledger.records import Confirmation

NO_TAB: Final = "no tab has this role"
MOST_CHANGES: Final = 100
AGAIN: Final = "in the UI the job discover, or `migrate discover`"


def _warning(asset: str, name: str, told: str) -> StepCheck:
    return StepCheck(dg.AssetKey(["ivinex", asset]), name, told, severity=dg.AssetCheckSeverity.WARN)


def _of_slice(asset: str, told: str) -> StepCheck:
    key, days = dg.AssetKey(["ivinex", asset]), daily_partitions()
    return StepCheck(key, "matches_sweep", told, blocking=True, partitions_def=days, gate=True)


def _export(asset: str, holds: str) -> StepCheck:
    return _warning(asset, "export_present", f"The admin's export of {holds} is there, which no API shows.")


TABS = _warning("tabs", "readable", "Each tab that the site, the admin or the map names can be read by the API user.")
UNMAPPED = _warning(
    "unmapped_tabs",
    "exported",
    "Each tab without a role was read and copied whole to the private folder. What was not exists in Ivinex only.",
)
TYPES = _warning("fields", "known_types", "The fields of each tab can be read, and their types are known.")
DRIFT = _warning("fields", "as_confirmed", "The schema is still the one that the map was confirmed for.")
USERS = _warning("users", "known_owners", "Every user that records name is in the admin's users.csv.")
EXPORT_PRESENT = {
    "groups": _export("groups", "groups and their members"),
    "workflows": _export("workflows", "automation rules"),
    "saved_views": _export("saved_views", "saved views"),
    "change_history": _export("change_history", "field changes"),
}
COMPLETE = {
    name: _warning(name, "complete", "Two readings of each tab agree on which records there are.")
    for name in ("organizations", "contacts", "tasks", "ticket_sweep", "activity_sweep")
}
CREATED_DAY = _warning(
    "ticket_sweep", "created_day", "Every ticket has a usable created day, which is its partition (UTC)."
)
TICKETS = _of_slice("tickets", "The day holds each of its tickets once, and as many as the full scan.")
ACTIVITIES = _of_slice("activities", "The day holds each activity once per ticket, and as many as its links.")
DOWNLOADED = StepCheck(
    dg.AssetKey(["ivinex", "attachments"]),
    "downloaded",
    "The content of every file on the day's tickets, activities and tasks is in the store.",
    partitions_def=daily_partitions(),
    severity=dg.AssetCheckSeverity.WARN,
)


def unmapped_exported(frame: pd.DataFrame) -> Evaluation:
    """Which tabs without a role are in Ivinex only, of rows of `ivinex.unmapped_tabs`."""
    missing = frame[frame["problem"] != ""]["collection_type_id"].tolist()
    if not missing:
        return Evaluation(len(frame), sentence=f"{len(frame)} tabs without a role, each exported whole.")
    told = f"{len(missing)} of {len(frame)} tabs without a role were not exported: handoff/unmapped_tabs says why."
    return Evaluation(len(frame), Counter({("tabs", "not exported"): len(missing)}), missing, sentence=told)


def tabs_seen(frame: pd.DataFrame) -> Evaluation:
    """Which tabs are suspect, of rows of `ivinex.tabs`."""
    suspect = frame[frame["problem"] != ""].to_dict("records")
    if not suspect:
        return Evaluation(len(frame), sentence=f"{len(frame)} tabs, and each of them can be read.")
    listed = "; ".join(f"{row['tab']}: {row['problem']}" for row in suspect[:SHOWN])
    return Evaluation(
        rows=len(frame),
        failures=Counter(("tab", "hidden" if not row["listed"] else "unreadable or suspect") for row in suspect),
        sentence=f"{len(suspect)} of {len(frame)} tabs are suspect: {listed}. Once that is settled, read the source "
        f"again: {AGAIN}.",
    )


def types_known(frame: pd.DataFrame, refused: Sequence[str]) -> Evaluation:
    """Fields of unknown types, of rows of `ivinex.fields`, and tabs whose fields were refused."""
    unknown = frame[frame["kind"] == "unknown"].to_dict("records")
    failures = Counter(("data_type", f"unknown type {row['data_type']!r}") for row in unknown)
    told = [f"{len(frame)} fields of {frame['collection_type_id'].nunique()} tabs"]
    if unknown:
        names = ", ".join(f"{row['tab']}.{row['field_name']} ({row['data_type']})" for row in unknown[:SHOWN])
        told.append(f"{len(unknown)} of a type that is not known and are carried as text: {names}")
    if refused:
        failures[("tab", "its fields cannot be read")] += len(refused)
        told.append(f"the fields of {len(refused)} tabs cannot be read: {'; '.join(refused[:SHOWN])}")
    return Evaluation(len(frame), failures, sentence=f"{', '.join(told)}{'.' if failures else ', all of known types.'}")


def drifted(frame: pd.DataFrame, confirmation: Confirmation | None) -> Evaluation:
    """What changed in rows of `ivinex.fields` since the map was confirmed."""
    if confirmation is None:
        return Evaluation(len(frame), sentence="No map was confirmed yet, so there is nothing that could have changed.")
    when = f"{confirmation.by} confirmed the map on {confirmation.at:%Y-%m-%d %H:%M} UTC"
    changes = drift_of_fields(confirmation.schema, frame)
    if not changes:
        return Evaluation(len(frame), sentence=f"Nothing that the map depends on changed since {when}.")
    more = f"; and {len(changes) - MOST_CHANGES} more" if len(changes) > MOST_CHANGES else ""
    return Evaluation(
        rows=len(frame),
        failures=Counter({("schema", "changed since the confirmation"): len(changes)}),
        sentence=f"{len(changes)} changes since {when}: {'; '.join(changes[:MOST_CHANGES])}{more}. Bring mapping.yaml "
        f"up to date, then confirm it: {CONFIRM}.",
    )


def owners_known(frame: pd.DataFrame, problem: str) -> Evaluation:
    """Users that only records name, of rows of `ivinex.users`; `problem` says what is missing, and in which file."""
    unknown = frame[frame["origin"] == "harvested"]
    if not problem:
        return Evaluation(len(frame), sentence=f"{len(frame)} users, and records name nobody else.")
    failures = Counter({("user_id", "named by records only"): len(unknown)} if len(unknown) else {})
    ids = sorted(unknown["source_id"])[:SHOWN]
    first = f" First ids: {', '.join(ids)}." if ids else ""
    return Evaluation(
        rows=len(frame),
        failures=failures or Counter({("users.csv", "missing"): 1}),
        source_ids=ids,
        sentence=f"{problem}. {int(unknown['records'].sum())} records name {len(unknown)} users of whom nothing else "
        f"is known.{first} Complete the file, then read the source again: {AGAIN}.",
    )


def export_seen(file: str, rows: int, problem: str) -> Evaluation:
    """An export of the admin; `problem` is empty where it is there, else names the file and its columns."""
    if not problem:
        return Evaluation(rows, sentence=f"{file} is there: {rows} rows.")
    return Evaluation(
        failures=Counter({(file, "missing"): 1}),
        sentence=f"{problem}. Ask the Ivinex admin for it, put it there, then read the source again: {AGAIN}.",
    )


def sweep_proved(metadata: Mapping[str, Any]) -> Evaluation:
    """Whether a sweep proved that it left nothing out, by its own metadata (full_scan/scan_tabs_of_role.py)."""
    rows, unproved = int(metadata["dagster/row_count"]), metadata.get("problem", "")
    aside = int(metadata.get("unreadable_records", 0))
    failures: Counter[tuple[str, str]] = Counter()
    told = [f"{rows} records"]
    if aside:
        failures[("record", "cannot be read")] += aside
        told.append(
            f"{aside} more could not be read and are in quarantine: the report and `migrate quarantine list` name them"
        )
    if not unproved:
        return Evaluation(rows, failures, sentence=f"{', '.join(told)}, complete: {metadata['proof'] or NO_TAB}.")
    failures[("sweep", "completeness not proved")] += 1
    sentence = f"{', '.join(told)}, but {unproved}. Read again when the source is quiet: {AGAIN}."
    return Evaluation(rows=rows, failures=failures, sentence=sentence)
