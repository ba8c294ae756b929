"""`diplograph serve`: pages and a SPARQL endpoint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from diplograph.cli import Session
from diplograph.core.settings import SETTINGS, Setting


def _add_options(command: Callable) -> Callable:
    """Give `command` an option for each setting that has a flag."""
    for setting in reversed([setting for setting in SETTINGS if setting.flag]):
        command = click.option(setting.flag, setting.name, **_describe(setting))(command)
    return command


def _describe(setting: Setting) -> dict[str, Any]:
    """Return the arguments of `click.option` for one setting."""
    described: dict[str, Any] = {"help": setting.help or None, "metavar": setting.metavar}
    if isinstance(setting.default, bool):
        return {**described, "is_flag": True}
    if isinstance(setting.default, tuple):
        return {**described, "multiple": True}
    if setting.default is None:
        return {**described, "type": click.Path(exists=True, file_okay=False, path_type=Path)}
    described |= {"default": setting.default, "show_default": setting.default != ""}
    if isinstance(setting.default, int | float):
        kind = click.FloatRange if isinstance(setting.default, float) else click.IntRange
        described["type"] = kind(min=setting.least, max=setting.most)
    if setting.environment:
        described |= {"envvar": setting.environment, "show_envvar": True}
    return described


@click.command("serve")
@_add_options
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
    from diplograph.build.dataset import list_warnings
    from diplograph.cli.layout import show_warnings
    from diplograph.web.server.service import serve

    home = session.home()
    check_questions(home)
    show_warnings(list_warnings(home))
    serve(home, host, port, **options)
