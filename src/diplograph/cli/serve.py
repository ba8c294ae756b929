"""`diplograph serve`: pages and a SPARQL endpoint."""

from __future__ import annotations

import click

import diplograph
from diplograph.cli import Session


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
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=30.0,
    show_default=True,
    help="Seconds that one query may take.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    help="How many queries run at once.",
)
@click.option(
    "--max-rows",
    type=click.IntRange(min=1),
    default=1_000_000,
    show_default=True,
    help="Rows that one query may give.",
)
@click.option(
    "--max-result-mb",
    type=click.IntRange(min=1),
    default=64,
    show_default=True,
    help="Mebibytes that one result may take.",
)
@click.option(
    "--max-memory-mb",
    type=click.IntRange(min=1),
    default=1024,
    show_default=True,
    help="Mebibytes of memory that one query may take.",
)
@click.pass_obj
def command(session: Session, host: str, port: int, **bounds: float) -> None:
    """Serve pages and a SPARQL endpoint.

    Builds first where the files have changed; Ctrl-C ends it.

    \b
    Examples:
      diplograph serve
      diplograph serve --host 0.0.0.0 --port 8001
    """
    from diplograph.build import check_questions

    home = session.home()
    check_questions(home)
    diplograph.serve(home, host, port, **bounds)
