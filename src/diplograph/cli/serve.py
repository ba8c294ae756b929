"""`diplograph serve`: pages and a SPARQL endpoint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from diplograph.cli import Session

# Each bound of a query: flag, field of Bounds, least value, default, help. The defaults are those
# of Bounds, written again so that the command line starts at once; a test holds them equal.
BOUNDS = (
    ("--timeout", "seconds", 0.001, 30.0, "Seconds that one query may take."),
    ("--max-rows", "rows", 1, 1_000_000, "Rows that one query may give."),
    ("--max-result-mb", "result_mebibytes", 1, 64, "Mebibytes that one result may take."),
    ("--max-memory-mb", "memory_mebibytes", 1, 1024, "Mebibytes of memory one query may take."),
    ("--max-query-kb", "query_kibibytes", 1, 1024, "Kibibytes that a query's text may have."),
    ("--max-waiting", "waiting", 0, 128, "Queries that may wait for their turn."),
    ("--max-per-client", "per_client", 1, 64, "Queries of one client that run or wait at once."),
    ("--max-long", "long_queries", 0, 4, "Queries that may run at once beyond their first 0.25 s."),
    ("--max-long-per-client", "long_per_client", 0, 3, "The same, of one client."),
)


def _bounds(command: Callable) -> Callable:
    """Give `command` a flag for each bound."""
    for flag, name, least, default, text in reversed(BOUNDS):
        kind = click.FloatRange if isinstance(default, float) else click.IntRange
        option = click.option(
            flag, name, type=kind(min=least), default=default, show_default=True, help=text
        )
        command = option(command)
    return command


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    envvar="PORT",
    show_default=True,
    show_envvar=True,
    help="0 takes any free port.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    help="Processes that answer quick queries; long ones get others.",
)
@_bounds
@click.option(
    "--store",
    default="",
    metavar="URL",
    help="Answer from an engine elsewhere: sparql+http://host/query, or sparql+https.",
)
@click.option("--watch", "watching", is_flag=True, help="Reload when files change; so does SIGHUP.")
@click.option(
    "--base-url", default="", metavar="URL", help="The public address, instead of the Host header."
)
@click.option("--trust-proxy", is_flag=True, help="Take the client from X-Forwarded-For.")
@click.option(
    "--max-age",
    type=click.IntRange(min=0),
    default=300,
    show_default=True,
    help="Seconds that a shared cache may keep an answer.",
)
@click.option(
    "--as-of", default="", metavar="DAY", help="The day that stands for today, as 2025-12-05."
)
@click.option(
    "--sources",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="A folder with the texts of reports, shown beside their facts.",
)
@click.option(
    "--allow-service",
    "services",
    multiple=True,
    metavar="URL",
    help="An address that a query's SERVICE may name; none by default.",
)
@click.option("--sparql-12", "sparql12", is_flag=True, help="Take the words of SPARQL 1.2.")
@click.option(
    "--access-log",
    default="off",
    show_default=True,
    metavar="FILE|-|off",
    help="A line of JSON for each request; - is stderr.",
)
@click.option("--log-queries", is_flag=True, help="Write query texts to the access log.")
@click.option("--metrics-open", is_flag=True, help="Show /metrics to more than this machine.")
@click.pass_obj
def serve_command(session: Session, host: str, port: int, **options: object) -> None:
    """Serve pages and a SPARQL endpoint.

    Builds first where the files have changed; Ctrl-C ends it, SIGHUP reloads.

    \b
    Examples:
      diplograph serve
      diplograph serve --host 0.0.0.0 --port 8001 --access-log -
      diplograph serve --store sparql+http://localhost:3030/diplograph/query
    """
    from diplograph.build.build import check_questions
    from diplograph.web.server.service import serve

    home = session.home()
    check_questions(home)
    serve(home, host, port, **options)
