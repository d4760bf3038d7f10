"""handoff/evidence_pack: the folder `handoff/` closed by a signed statement, after every other document.

It belongs here: the asset and its check. It does not: signing and checking (handoff/evidence/).
"""

from collections import Counter
from pathlib import Path

import dagster as dg

from checks.evaluate import Evaluation
from checks.step_check import StepCheck
from migration_assets.contents import DOCUMENTS
from migration_assets.documents import ENVELOPE, FOLDER, PUBLIC_KEY
from migration_assets.handoff.evidence.pack import close_pack
from migration_assets.handoff.evidence.pack_check import check_pack
from migration_assets.settings import SettingsResource

_OTHERS = ("reconciliation", "report"), *(("handoff", name) for name in DOCUMENTS if name != "report")
HOLDS = StepCheck(
    dg.AssetKey(["handoff", "evidence_pack"]),
    "holds",
    "Every file of the folder is as it was written, none is missing or added, and the signature is over these files. "
    "The command: `migrate verify --manifest DIR`, on any machine.",
)


@dg.asset(
    key_prefix="handoff",
    group_name="handoff",
    kinds={"json"},
    deps=[dg.AssetKey(list(key)) for key in _OTHERS],
    check_specs=[HOLDS.spec],
)
def evidence_pack(context: dg.AssetExecutionContext, settings: SettingsResource) -> dg.MaterializeResult:
    """Closes the folder: an in-toto statement over the sha256 of every file, in a signed DSSE envelope.

    Whoever gets a copy checks it without this machine, with `migrate verify --manifest DIR` or with public tools
    (docs/evidence.md). A document that is written later opens it again, and the next run of the job handoff closes it.
    """
    chosen = settings.get()
    statement = close_pack(chosen.home, chosen.evidence_key)
    folder = chosen.home / FOLDER
    found = check_pack(folder)
    return dg.MaterializeResult(
        metadata={
            "files": len(statement.files),
            "verdict": str(found.verdict),
            "signer": found.signer or "none",
            "envelope": dg.MetadataValue.path(str(folder / ENVELOPE)),
            "public_key": dg.MetadataValue.path(str(folder / PUBLIC_KEY)),
        },
        check_results=[HOLDS.report(context, None, lambda: {None: evaluate(folder)})],
    )


def evaluate(folder: Path) -> Evaluation:
    """The pack as a reader would find it."""
    found = check_pack(folder)
    failures = Counter({(name, problem): 1 for name, problem in found.files.items()})
    failures += Counter({("pack", problem): 1 for problem in found.unknown})
    return Evaluation(found.compared, failures, sentence="\n".join(found.sentences()[:20]))
