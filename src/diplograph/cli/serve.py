"""`diplograph serve`: pages and a SPARQL endpoint."""

from __future__ import annotations

import click

from diplograph.cli import Session
from diplograph.cli.options import add_options
from diplograph.core.settings import SETTINGS


@click.command("serve")
@add_options(SETTINGS)
@click.pass_obj
def serve_command(session: Session, host: str, port: int, **options: object) -> None:
    """Serve pages and a SPARQL endpoint.

    Builds first if the files have changed. Ctrl-C stops the server; SIGHUP reloads the files.

    \b
    Examples:
      diplograph serve
      diplograph serve --host 0.0.0.0 --port 8001 --access-log -
      diplograph serve --store sparql+http://localhost:3030/diplograph/query
    """
    from diplograph.build.build import check_questions
    from diplograph.build.dataset import list_warnings
    from diplograph.cli.layout import show_warnings
    from diplograph.web.server.service import serve

    home = session.home()
    check_questions(home)
    show_warnings(list_warnings(home))
    serve(home, host, port, **options)
