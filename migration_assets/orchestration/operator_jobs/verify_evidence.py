"""The job verify_evidence: the evidence pack of this migration re-checked, as `migrate verify --manifest DIR`."""

import dagster as dg
from pydantic import Field

from migration_assets.documents import FOLDER
from migration_assets.handoff.evidence.pack_check import PackVerdict, check_pack
from migration_assets.orchestration.decisions import DecisionRefused
from migration_assets.orchestration.exit_codes import Exit
from migration_assets.orchestration.operator_jobs.operator_job import Work, operator_job


class VerifyEvidence(dg.Config):
    """Which key is trusted."""

    signer: str = Field("", description="The id of the key that it must be signed with. Left out: the one beside it.")


def look_at_pack(work: Work, config: VerifyEvidence) -> None:
    """Holds every file of `handoff/` against the signed statement; changes nothing."""
    folder = work.present_settings.home / FOLDER
    if not folder.is_dir():
        raise DecisionRefused(
            "There is no handoff folder yet: the jobs report and handoff make it, or `migrate run`. Nothing was "
            "looked at."
        )
    found = check_pack(folder)
    told = found.sentences()
    code = Exit.BALANCED if found.verdict is PackVerdict.OK else Exit.NOT_BALANCED
    if config.signer.strip() and found.signer != config.signer.strip().lower():
        code, told = Exit.NOT_BALANCED, [f"It is signed by {found.signer or 'nobody'}, not by that key.", *told]
    numbers = {"files": found.compared, "not_as_signed": len(found.files), "unknown": len(found.unknown)}
    work.end_with("\n".join(told), {**numbers, "verdict": str(found.verdict)}, code)


verify_evidence = operator_job(
    "verify_evidence",
    look_at_pack,
    VerifyEvidence,
    "Re-checks the evidence pack in `handoff/` against its signed statement: what is missing, changed or added, "
    "whether the signature holds, and what cannot be known. Calls no API and changes nothing. The command, for a "
    "copy on any machine: `migrate verify --manifest DIR`.",
    then="the job handoff, or `migrate run`, where the pack is open or a file was changed",
    needs=("settings",),
)
