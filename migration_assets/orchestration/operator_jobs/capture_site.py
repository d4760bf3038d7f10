"""The job capture_site: what was read of Ivinex, redacted, for the sandbox, as `migrate discover --capture`."""

from migration_assets.ivinex.schema.capture import FOLDER, write_capture
from migration_assets.orchestration.decisions import DecisionRefused
from migration_assets.orchestration.operator_jobs.operator_job import NoFields, Work, operator_job


def keep_capture(work: Work, _: NoFields) -> None:
    """Writes private/capture anew from what the last discovery read; asks Ivinex nothing."""
    chosen, read = work.settings, work.warehouse
    if not read.exists("ivinex.fields"):
        raise DecisionRefused(
            "Nothing was read of Ivinex yet. Start the job discover first, or run `migrate discover --capture`. "
            "Nothing was written."
        )
    folder = write_capture(read, chosen.home, str(chosen.zone))
    tabs = len(list((folder / "tabs").iterdir()))
    place = f"private/{FOLDER}"
    work.end_with(f"{tabs} tabs are in {place}, redacted.", {"tabs": tabs, "place": place})


capture_site = operator_job(
    "capture_site",
    keep_capture,
    NoFields,
    "Keeps what the last discovery read of Ivinex, with every word replaced, in the private folder, in the form that "
    "the sandbox serves: to try a map on a site of that form. Calls no API. The command: `migrate discover --capture`.",
    then="the job confirm_mapping; docs/sandbox.md says how the sandbox serves it",
    needs=("settings", "warehouse"),
)
