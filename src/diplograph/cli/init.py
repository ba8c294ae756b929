"""`diplograph init`: make a folder with the ontology, the questions and an example."""

from __future__ import annotations

from pathlib import Path

import click

from diplograph.cli import Session, echo_line


@click.command("init")
@click.argument("directory", type=click.Path(path_type=Path))
@click.pass_obj
def init_command(session: Session, directory: Path) -> None:
    """Make a new home to fill.

    DIRECTORY gets the ontology and the questions of the home, and one example in data/.

    \b
    Example:
      diplograph init my-graph
    """
    from diplograph.core.home import create_home

    home = create_home(directory, session.home())
    echo_line(home.root)
    echo_line(f"Next: write files in {directory / 'data'}, then")
    echo_line(f"  diplograph --home {directory} check")
