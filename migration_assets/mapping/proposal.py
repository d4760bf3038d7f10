"""Asset mapping/proposal: a map written from the live schema and a profile of the values, for a person to judge."""

from checks.step_check import WARN, StepCheck, asset_key
from migration_assets.mapping.map_rows import DOUBTFUL

PROPOSAL_CHECK = StepCheck(
    asset_key("mapping", "proposal"),
    "doubtful",
    f"No field was given its target with a confidence below {DOUBTFUL}: what a person looks at first.",
    severity=WARN,
)
