"""The code location that Dagster loads (workspace.yaml, pyproject.toml)."""

from migration_assets.orchestration.location_process import begin_location
from migration_assets.settings_source import load_settings

settings = load_settings()
begin_location(settings)
# Only now: what is imported with it names its days by the settings, and a broken one is said in one sentence.
from migration_assets.build import build_definitions  # noqa: E402

defs = build_definitions(settings)
