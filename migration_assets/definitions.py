"""The code location that Dagster loads (workspace.yaml, pyproject.toml).

A process that loads it may run jobs: others can see that it lives, and it ends with the UI that it belongs to.
"""

from migration_assets.orchestration import pool_wait
from migration_assets.orchestration.end_with_ui import end_with_ui
from migration_assets.orchestration.ui_life import live_as_ui
from migration_assets.settings import load_settings

end_with_ui()
live_as_ui()
pool_wait.install()
settings = load_settings()
# Only now: what is imported with it names its days by the settings, and a broken one is said in one sentence.
from migration_assets.build import build_definitions  # noqa: E402

defs = build_definitions(settings)
