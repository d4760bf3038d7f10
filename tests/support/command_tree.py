"""The commands of `migrate` as a tree."""

import click


def leaves(command: click.Command) -> list[click.Command]:
    """Every command below this one that does something."""
    if not isinstance(command, click.Group):
        return [command]
    context = click.Context(command)
    found = (command.get_command(context, name) for name in command.list_commands(context))
    return [leaf for one in found if one for leaf in leaves(one)]
