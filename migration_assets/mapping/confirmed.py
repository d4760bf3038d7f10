"""Asset mapping/confirmed: passes only while a person's confirmation fits the map and the live schema."""

import dagster as dg

from checks.step_check import StepCheck

CONFIRMED_CHECK = StepCheck(
    dg.AssetKey(["mapping", "confirmed"]),
    "settled",
    "A person confirmed the map by name, and nothing in it is doubtful or without a value.",
    severity=dg.AssetCheckSeverity.WARN,
)
