"""The tags of a run that tell who started it, where and for what."""

ID_TAG = "migrate/id"
COMMAND_TAG = "migrate/command"
HOME_TAG = "migrate/home"
PARENT_TAG = "migrate/parent_run"
"""The run of the UI in whose process a run is executed."""
DAYS_TAG = "migrate/days"
"""Of a run of days that do not lie side by side: these."""
