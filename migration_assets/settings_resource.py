"""The settings as a Dagster resource.

It belongs here: when a run asks for them. It does not: the settings themselves (settings.py), which commands read
without Dagster.
"""

import dagster as dg

from migration_assets.settings import Settings
from migration_assets.settings_source import load_settings


class SettingsResource(dg.ConfigurableResource["SettingsResource"]):
    """Gives steps the settings of their migration; asked for at run time, so that definitions load without any."""

    def present(self) -> Settings:
        """As they are, for who looks at what is missing itself."""
        return load_settings()

    def get(self) -> Settings:
        """Complete settings.

        Raises:
            SettingsError: as `Settings.require_complete`.
        """
        return self.present().require_complete()
