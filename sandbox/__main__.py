"""`python -m sandbox serve|generate|truth`."""

from __future__ import annotations

import click

from sandbox.generator.command import generate
from sandbox.serve import serve
from sandbox.truth import truth


@click.group()
def main() -> None:
    """Ivinex and Gorgias as local servers, and datasets for them."""


main.add_command(serve)
main.add_command(generate)
main.add_command(truth)

if __name__ == "__main__":
    main(prog_name="python -m sandbox")
