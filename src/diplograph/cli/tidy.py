"""`diplograph tidy`: write Turtle files in canonical layout, or check that they are."""

from __future__ import annotations

from pathlib import Path

import click

from diplograph.cli import Session, echo_line

UNTIDY_EXIT = 1


@click.command("tidy")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 when a file is untidy.")
@click.pass_obj
def tidy_command(session: Session, paths: tuple[Path, ...], check: bool) -> None:
    """Lay out Turtle files as the project does.

    A file's text becomes a function of its graph. PATHS are files or folders; without them, the
    ontology, shapes and data of the home.

    \b
    Examples:
      diplograph tidy --check
      diplograph tidy data/reports
    """
    from diplograph.turtle import tidy_file

    home = session.home()
    files: set[Path] = set()
    for path in paths or (home.ontology, home.data):
        files.update(path.rglob("*.ttl") if path.is_dir() else [path])
    untidy = [file for file in sorted(files) if tidy_file(file, check=check, home=home)]
    for file in untidy:
        echo_line(f"{'untidy' if check else 'tidied'}: {file}")
    if untidy and check:
        click.get_current_context().exit(UNTIDY_EXIT)
