"""`diplograph export`: the graph in any RDF format."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from diplograph.cli import Session

# The names in formats.STATEMENTS and export.SELECTIONS, not imported so that help starts at once.
FORMATS = ("turtle", "ntriples", "rdfxml", "jsonld", "trig", "nquads")
SELECTIONS = ("asserted", "inferred", "ontology", "questions")


@click.command("export")
@click.option("--format", "form", type=click.Choice(FORMATS), default="turtle", show_default=True)
@click.option(
    "--what",
    type=click.Choice(SELECTIONS),
    default="asserted",
    show_default=True,
    help="Reference entities and reports; those with the ontology and all that follows; the"
    " ontology alone; or the questions, as query editors read them.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write to FILE, in one step, instead of standard output.",
)
@click.option(
    "--dumps",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Put everything in every format, and SHA256SUMS, into DIR instead.",
)
@click.pass_obj
def command(
    session: Session, form: str, what: str, output: Path | None, dumps: Path | None
) -> None:
    """Export the graph in an RDF format.

    The same graph gives the same bytes. TriG and N-Quads keep its named graphs.

    \b
    Examples:
      diplograph export
      diplograph export --format nquads --what inferred -o graph.nq
      diplograph export --dumps dumps
    """
    from diplograph.files import replace_file

    if dumps:
        from diplograph.dumps import write_dumps

        write_dumps(session.load().store, dumps)
        return
    data = session.load().export(form, what)
    if output:
        replace_file(output, data)
    else:
        sys.stdout.buffer.write(data)
