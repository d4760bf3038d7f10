"""`python -m sandbox serve|generate`."""

from __future__ import annotations

import click

from sandbox.generator.command import generate
from sandbox.serve import serve


@click.group()
def main() -> None:
    """Ivinex and Gorgias as local servers, and datasets for them."""


main.add_command(serve)
main.add_command(generate)

if __name__ == "__main__":
    main(prog_name="python -m sandbox")
