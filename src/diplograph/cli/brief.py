"""`diplograph brief`: two pages on a pair, a party or a week, as Markdown or DOCX."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from diplograph.cli import Session
from diplograph.core.errors import UsageError

# The formats of views/briefs/formats.py, which takes long to import.
FORMATS = ("md", "docx")


@click.command("brief")
@click.argument("names", nargs=-1, required=True, metavar="KIND NAME [NAME]")
@click.option("--format", "form", type=click.Choice(FORMATS), default="md", show_default=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write to FILE, in one step, instead of standard output.",
)
@click.option("--as-of", metavar="DAY", help="The day that stands for today, as 2025-12-05.")
@click.pass_obj
def brief_command(
    session: Session, names: tuple[str, ...], form: str, output: Path | None, as_of: str | None
) -> None:
    """Write a brief: what is next, overdue, agreed, asked and disputed, each line with its source.

    KIND is pair, with two names; week, with a week such as 2025-W47; or state, person or another
    kind of party, with one name. A name is a code, a CURIE, an IRI or a label. Links lead to the
    IRIs of things.

    \b
    Examples:
      diplograph brief pair IND RUS
      diplograph brief pair IND RUS --format docx -o india-russia.docx
      diplograph brief person "Vladimir Putin" --as-of 2026-12-01
      diplograph brief week 2025-W47
    """
    from diplograph.core.files import replace_file
    from diplograph.views.briefs.formats import BRIEF_FORMATS, BriefAddresses

    if form == "docx" and not output and sys.stdout.isatty():
        raise UsageError("a DOCX file is no text for a terminal: name a file with -o")
    brief = session.load().brief(*names, as_of=as_of)
    data = BRIEF_FORMATS[form].write(brief, BriefAddresses(lambda iri: iri, lambda path: ""))
    if output:
        replace_file(output, data)
    else:
        sys.stdout.buffer.write(data)
