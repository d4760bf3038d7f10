"""The tags of a run that tell who started it, where and for what."""

ID_TAG = "migrate/id"
COMMAND_TAG = "migrate/command"
HOME_TAG = "migrate/home"
FILES_TAG = "migrate/files_of_some"
"""Of runs that stage days of which only some tickets are loaded now: the files of the others wait."""
PARENT_TAG = "migrate/parent_run"
"""The run of the UI in whose process a run is executed."""
