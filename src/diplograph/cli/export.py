"""`diplograph export`: the graph in one RDF format, as files in all formats, or as a site."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from diplograph.cli import Session, echo_line
from diplograph.core.errors import UsageError
from diplograph.core.formats import ASSERTED_PROFILE, PROFILES, SAME_AS, STATEMENTS
from diplograph.core.names import SELECTIONS

if TYPE_CHECKING:
    from diplograph.api import Graph

_TABLES = ("xlsx", "csv")


@click.command("export")
@click.option(
    "--format",
    "form",
    type=click.Choice((*STATEMENTS, *_TABLES)),
    default="turtle",
    show_default=True,
    help="A format of RDF; or xlsx, a workbook of facts with their sources, or csv, the same"
    " tables in a zip.",
)
@click.option(
    "--what",
    type=click.Choice(tuple(SELECTIONS)),
    default="asserted",
    show_default=True,
    help="What to export: reference entities and reports (asserted); these with the ontology and"
    " inferences; the ontology; or the questions, for query editors.",
)
@click.option(
    "--profile",
    type=click.Choice(tuple(PROFILES)),
    help="Use the terms of another vocabulary, such as schema.org or PROV, where it has any."
    " Or leave out what no file states.",
)
@click.option(
    "--same-as",
    type=click.Choice(tuple(SAME_AS)),
    help="Add the names that other collections, such as Wikidata, have for things.",
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
@click.option(
    "--site",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Put a copy of the site that any file host can serve into DIR instead.",
)
@click.option(
    "--base-url", default="", metavar="URL", help="With --site: where the copy will be reached."
)
@click.option(
    "--as-of",
    default="",
    metavar="DAY",
    help="With --site or tables: the day that stands for today, as 2025-12-05.",
)
@click.pass_obj
def export_command(
    session: Session,
    form: str,
    what: str,
    profile: str | None,
    same_as: str | None,
    output: Path | None,
    dumps: Path | None,
    site: Path | None,
    base_url: str,
    as_of: str,
) -> None:
    """Export the graph in an RDF format, all of them in files, or as a site of files.

    The same graph gives the same bytes. TriG and N-Quads keep its named graphs.

    \b
    Examples:
      diplograph export
      diplograph export --format nquads --what inferred -o graph.nq
      diplograph export --profile schema.org --format jsonld
      diplograph export --profile prov --same-as owl:sameAs
      diplograph export --format xlsx -o facts.xlsx
      diplograph export --dumps dumps
      diplograph export --site public --base-url https://example.org/graph
    """
    from diplograph.core.files import replace_file

    _check_options({"--output": output, "--dumps": dumps, "--site": site}, base_url, as_of, form)
    if same_as and (site or dumps):
        raise UsageError("--same-as goes with neither --site nor --dumps")
    if form in _TABLES and (profile or same_as or what != ASSERTED_PROFILE):
        raise UsageError(f"--what, --profile and --same-as do not go with --format {form}")
    if site:
        _write_site(session, site, base_url, as_of)
        return
    if dumps:
        from diplograph.build.export import write_dumps

        files, left_out = write_dumps(session.load().store, dumps)
        echo_line(f"{dumps}: {len(files)} files and their checksums")
        for reason in dict.fromkeys(file.reason for file in left_out):
            names = ", ".join(file.name for file in left_out if file.reason == reason)
            echo_line(f"diplograph: left out {names}: {reason}", error=True)
        return
    graph = session.load()
    if form in _TABLES:
        data = _write_tables(graph, form, as_of)
    else:
        data = graph.export(form, what, profile or "", same_as or "")
    if output:
        replace_file(output, data)
    else:
        sys.stdout.buffer.write(data)


def _check_options(targets: dict[str, Path | None], base_url: str, as_of: str, form: str) -> None:
    """Raise UsageError for options that do not go together."""
    given = [flag for flag, value in targets.items() if value]
    if len(given) > 1:
        raise UsageError(f"choose one of {' and '.join(given)}")
    if base_url and not targets["--site"]:
        raise UsageError("--base-url goes with --site")
    if as_of and not targets["--site"] and form not in _TABLES:
        raise UsageError("--as-of goes with --site, or with --format xlsx or csv")


def _write_tables(graph: Graph, form: str, as_of: str) -> bytes:
    """Return the tables of facts as a workbook, or as CSV in a zip; raises MalformedDate."""
    from datetime import UTC, datetime

    from diplograph.core.dates import parse_day
    from diplograph.store.engine import LocalEngine
    from diplograph.views.fact_tables import FactTables
    from diplograph.views.query import QueryRunner
    from diplograph.views.tables import write_workbook, write_zip

    day = parse_day(as_of) if as_of else datetime.now(UTC).date()
    tables = FactTables(QueryRunner(LocalEngine(graph.store)), day).make_all()
    if form == "csv":
        return write_zip(tables)
    return write_workbook((table for _, table in tables), "Facts of Diplograph")


def _write_site(session: Session, directory: Path, base_url: str, as_of: str) -> None:
    """Write the site; on standard error list its broken links and the first file left out."""
    from diplograph.build.vocabularies import read_alignments
    from diplograph.cli.layout import show_share

    graph = session.load()
    with show_share("copying the site") as show_count:
        from diplograph.web.static_site import write_site

        copied = write_site(
            graph.store,
            directory,
            questions=graph.questions,
            findings=len(graph.findings),
            alignments=read_alignments(graph.home),
            base_url=base_url,
            as_of=as_of,
            texts=graph.home.texts,
            tell=show_count,
        )
    echo_line(f"{directory}: {len(copied.files):,} files")
    for page, address in copied.broken:
        echo_line(f"diplograph: {page} leads to {address}, which is not there", error=True)
    if copied.left_out:
        path, reason = copied.left_out[0]
        more = f" and {len(copied.left_out) - 1:,} more files" if copied.left_out[1:] else ""
        echo_line(f"diplograph: left out {path}{more}: {reason}", error=True)
