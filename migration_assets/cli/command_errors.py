"""How an error ends a command: its exit code and what the user is told."""

from migration_assets.cli.dagster_ui import UiFailed
from migration_assets.cli.sandbox import SandboxFailed
from migration_assets.orchestration.exit_codes import Exit
from migration_assets.orchestration.exit_codes import explain as explain_run


def explain(error: BaseException) -> tuple[Exit, str]:
    """The exit code and what to tell the user."""
    if isinstance(error, SandboxFailed | UiFailed):
        return Exit.FAILED, str(error)
    return explain_run(error)
