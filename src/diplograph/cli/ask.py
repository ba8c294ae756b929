"""`diplograph ask`: answers to a question or a SPARQL query, as table, CSV, TSV or JSON."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
import pyoxigraph as ox

from diplograph.cli import Session
from diplograph.core.errors import DiplographError, UnreadableFile, UsageError
from diplograph.core.names import compact
from diplograph.core.terminal import escape_controls

if TYPE_CHECKING:
    from diplograph.api import Graph

# Characters of a line of a piped table.
WIDTH = 120


def _complete(context: click.Context, parameter: click.Parameter, prefix: str) -> list[str]:
    """Return the names of questions that begin with `prefix`, for the shell's completion."""
    from diplograph.build.questions import read_questions
    from diplograph.core.home import Home

    directory = context.find_root().params.get("directory")
    try:
        names = read_questions(Home.find(directory))
    except DiplographError:  # a completion has nowhere to report it
        return []
    return [name for name in names if name.startswith(prefix)]


@click.command("ask")
@click.argument("question", required=False, shell_complete=_complete)
@click.option(
    "--param",
    "values",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a parameter to a name, CURIE, IRI, date or text. Repeat for several values.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "tsv", "json"]),
    default="table",
    show_default=True,
)
@click.option(
    "--iris",
    is_flag=True,
    help="Show CURIEs in the table as well as labels.",
)
@click.pass_obj
def ask_command(
    session: Session, question: str | None, values: tuple[str, ...], form: str, iris: bool
) -> None:
    """Answer a question, or list the questions.

    QUESTION is the name of a question, a file, - for standard input, or SPARQL. Without it, the
    questions and their parameters are listed.

    SPARQL may use the project's prefixes without declaring them. CONSTRUCT and DESCRIBE give
    Turtle.

    A table is as wide as the terminal, or 120 characters when piped. Where a query has ?event and
    ?eventLabel, the table shows the label alone; --iris shows both. The other formats have all
    columns.

    \b
    Examples:
      diplograph ask
      diplograph ask planned-not-held
      diplograph ask planned-not-held --param state=Russia --format csv
      diplograph ask "SELECT ?summit WHERE { ?summit a dg:Summit } ORDER BY ?summit"
      echo "ASK { state:IND a dg:State }" | diplograph ask -
    """
    parameters = _read_values(values)
    if question is None:
        if parameters:
            raise UsageError("--param fills a question's parameter: name the question too")
        _list_questions(session)
        return
    if question == "-":
        try:
            question = sys.stdin.buffer.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise UnreadableFile("the query is not UTF-8", file="standard input") from error
    graph = session.load()
    with _interruptible():
        _write(graph, graph.query(question, **parameters), form, iris)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C end the process at once: Oxigraph does not check for signals during a query."""
    handler = signal.getsignal(signal.SIGINT)
    if handler is not signal.default_int_handler:  # ignored, or set by another program
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


def _list_questions(session: Session) -> None:
    from diplograph.build.questions import read_questions
    from diplograph.cli.layout import TextOutput

    output = TextOutput()
    for question in read_questions(session.home()).values():
        output.write(question.name)
        output.write(question.title, 4)
        for parameter in question.parameters:  # as options with the values in the file
            values = [_cell(term) or "..." for term in parameter.terms]
            output.write(" ".join(f"--param {parameter.name}={value}" for value in values), 4)
    output.print()


def _read_values(values: tuple[str, ...]) -> dict[str, list[str]]:
    parameters: dict[str, list[str]] = {}
    for value in values:
        name, equals, text = value.partition("=")
        if not equals or not name:
            raise UsageError(f"--param {value!r} is not of the form NAME=VALUE")
        parameters.setdefault(name, []).append(text)
    return parameters


def _write(graph: Graph, results, form: str, iris: bool) -> None:
    from diplograph.core.serialization import write_statements
    from diplograph.sparql.results import write_results

    out = sys.stdout.buffer
    if not isinstance(results, ox.QuerySolutions | ox.QueryBoolean):
        turtle = write_statements(results, "turtle").decode()
        out.write(escape_controls(turtle, "\n\t").encode())  # as Turtle itself escapes them
    elif isinstance(results, ox.QueryBoolean) and form != "json":
        click.echo("yes" if results else "no")
    elif form != "table":
        out.write(write_results(results, form)[0])
    else:
        _write_table(results, iris)


def _write_table(solutions: ox.QuerySolutions, iris: bool) -> None:
    from diplograph.cli.layout import TextOutput
    from diplograph.sparql.results import head_columns

    names = [variable.value for variable in solutions.variables]
    heads = {name: name for name in names} if iris else head_columns(names)
    rows = [[_cell(solution[name]) for name in heads] for solution in solutions]
    if not rows:
        click.echo("no answer", err=True)
        return
    columns = list(heads.values())
    widths = [max(map(len, cells)) for cells in zip(columns, *rows, strict=True)]
    whole = sum(widths) + 2 * len(columns)
    output = TextOutput(None if sys.stdout.isatty() else whole if iris else min(whole, WIDTH))
    output.table(columns, rows)
    output.print()


def _cell(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None) -> str:
    if term is None:
        return ""
    if isinstance(term, ox.NamedNode):
        return escape_controls(compact(term.value))
    return escape_controls(term.value if isinstance(term, ox.Literal) else str(term))
