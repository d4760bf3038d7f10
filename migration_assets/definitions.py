"""The code location that Dagster loads (workspace.yaml, pyproject.toml)."""

from migration_assets.build import build_definitions

defs = build_definitions()
