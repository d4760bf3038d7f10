"""Asset mapping/proposal: a map written from the live schema and a profile of the values, for a person to judge."""

import dagster as dg

from checks.step_check import StepCheck
from migration_assets.mapping.review import DOUBTFUL

PROPOSAL_CHECK = StepCheck(
    dg.AssetKey(["mapping", "proposal"]),
    "doubtful",
    f"No field was given its target with a confidence below {DOUBTFUL}: what a person looks at first.",
    severity=dg.AssetCheckSeverity.WARN,
)
