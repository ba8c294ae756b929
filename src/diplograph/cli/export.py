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
    help="Add identifiers from other collections, such as Wikidata.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write to FILE instead of standard output.",
)
@click.option(
    "--dumps",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write everything in every format, with SHA256SUMS, to DIR.",
)
@click.option(
    "--site",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write a static copy of the site to DIR, for any file host.",
)
@click.option(
    "--base-url", default="", metavar="URL", help="With --site: the public address of the copy."
)
@click.option(
    "--as-of",
    default="",
    metavar="DAY",
    help="With --site or tables: use this day as today, for example 2025-12-05.",
)
@click.option(
    "--publisher", default="", metavar="NAME", help="With --site: who runs it, for its pages' foot."
)
@click.option(
    "--contact", default="", metavar="ADDRESS", help="With --site: where to report an error."
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
    publisher: str,
    contact: str,
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

    for_site = {"--base-url": base_url, "--publisher": publisher, "--contact": contact}
    _check_options({"--output": output, "--dumps": dumps, "--site": site}, for_site, as_of, form)
    if same_as and (site or dumps):
        raise UsageError("--same-as goes with neither --site nor --dumps")
    if form in _TABLES and (profile or same_as or what != ASSERTED_PROFILE):
        raise UsageError(f"--what, --profile and --same-as do not go with --format {form}")
    if site:
        named = {"publisher": publisher, "contact": contact}
        _write_site(session, site, base_url=base_url, as_of=as_of, **named)
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


def _check_options(
    targets: dict[str, Path | None], for_site: dict[str, str], as_of: str, form: str
) -> None:
    """Raise UsageError for options that do not go together."""
    given = [flag for flag, value in targets.items() if value]
    if len(given) > 1:
        raise UsageError(f"choose one of {' and '.join(given)}")
    for flag, value in for_site.items():
        if value and not targets["--site"]:
            raise UsageError(f"{flag} goes with --site")
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


def _write_site(session: Session, directory: Path, **options: str) -> None:
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
            **options,
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
