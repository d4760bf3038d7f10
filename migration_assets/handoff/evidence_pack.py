"""handoff/evidence_pack: the folder `handoff/` closed by a signed statement, after every other document.

It belongs here: the asset and its check. It does not: signing and checking (handoff/evidence/).
"""

from collections import Counter
from pathlib import Path

from checks.evaluate import Evaluation
from checks.step_check import StepCheck, asset_key
from migration_assets.contents import DOCUMENTS
from migration_assets.handoff.evidence.pack_check import check_pack

EVIDENCE_PACK_OTHERS = ("reconciliation", "report"), *(("handoff", name) for name in DOCUMENTS if name != "report")
HOLDS = StepCheck(
    asset_key("handoff", "evidence_pack"),
    "holds",
    "Every file of the folder is as it was written, none is missing or added, and the signature is over these files. "
    "The command: `migrate verify --manifest DIR`, on any machine.",
)


def evaluate_evidence_pack(folder: Path) -> Evaluation:
    """The pack as a reader would find it."""
    found = check_pack(folder)
    failures = Counter({(name, problem): 1 for name, problem in found.files.items()})
    failures += Counter({("pack", problem): 1 for problem in found.unknown})
    return Evaluation(found.compared, failures, sentence="\n".join(found.sentences()[:20]))
