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
@click.pass_obj
def command(session: Session, host: str, port: int, timeout: float, workers: int) -> None:
    """Serve pages and a SPARQL endpoint.

    Builds first where the files have changed; Ctrl-C ends it.

    \b
    Examples:
      diplograph serve
      diplograph serve --host 0.0.0.0 --port 8001
    """
    diplograph.serve(session.home(), host, port, timeout=timeout, workers=workers)
