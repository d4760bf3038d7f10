"""Asset mapping/confirmed: passes only while a person's confirmation fits the map and the live schema."""

from checks.step_check import WARN, StepCheck, asset_key

CONFIRMED_CHECK = StepCheck(
    asset_key("mapping", "confirmed"),
    "settled",
    "A person confirmed the map by name, and nothing in it is doubtful or without a value.",
    severity=WARN,
)
