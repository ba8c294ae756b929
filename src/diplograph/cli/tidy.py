"""`diplograph tidy`: write Turtle files in canonical layout, or check that they are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from diplograph.cli import Session, echo_line
from diplograph.core.errors import DiplographError

if TYPE_CHECKING:
    from diplograph.core.home import Home

UNTIDY_EXIT = 1


@click.command("tidy")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 if a file is untidy.")
@click.option("--drop-comments", is_flag=True, help="Remove comments written by hand.")
@click.pass_obj
def tidy_command(
    session: Session, paths: tuple[Path, ...], check: bool, drop_comments: bool
) -> None:
    """Write Turtle files in the project's layout.

    The same graph and prefixes always give the same text. PATHS are files, or folders for
    all *.ttl in them; without PATHS, the ontology, shapes and data of the home.

    The graph stays the same. Lists that stand for sets are sorted: owl:oneOf, owl:unionOf,
    owl:intersectionOf, owl:disjointUnionOf, owl:members, owl:distinctMembers and owl:hasKey.
    Every other list keeps its order.

    Section titles are generated as comments. A file with other comments is not changed, and the
    exit code is 1, unless you give --drop-comments. To keep a comment, write it as
    skos:editorialNote or rdfs:comment.

    Prefixes that the file uses are kept, with the project's own first. Unused prefixes are removed.
    Relative IRIs are written in full. Line ends and a byte order mark stay.

    A file that is not Turtle, or cannot be read or written, is named and left unchanged. The other
    files are still laid out, and the exit code is 3.

    \b
    Examples:
      diplograph tidy --check
      diplograph tidy data/reports
    """
    from diplograph.turtle import find_turtle_files
    from diplograph.turtle.order import read_file_order

    home = session.home()
    read_file_order(home.ontology)  # an error there concerns every file
    folders = (home.ontology, home.data)
    files, errors = find_turtle_files(paths or folders, may_be_empty=not paths)
    exit_codes = [_report(error) for error in errors]
    exit_codes += [_tidy(file, check, drop_comments, home) for file in files]
    click.get_current_context().exit(max(exit_codes, default=0))


def _tidy(file: Path, check: bool, drop_comments: bool, home: Home) -> int:
    """Lay out one file, say so, and return the exit code that it calls for."""
    from diplograph.turtle import tidy_file

    try:
        changed = tidy_file(file, check=check, drop_comments=drop_comments, home=home)
    except DiplographError as error:
        return _report(error)
    if changed:
        echo_line(f"{'untidy' if check else 'tidied'}: {file}")
    return UNTIDY_EXIT if changed and check else 0


def _report(error: DiplographError) -> int:
    echo_line(f"diplograph: {error}", error=True)
    return error.exit_code
