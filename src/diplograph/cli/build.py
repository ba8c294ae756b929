"""`diplograph build`: write a build from the files, with what follows, once it is validated."""

from __future__ import annotations

import click

from diplograph.cli import Session, echo_line
from diplograph.cli.options import add_build_bounds
from diplograph.core.settings import BuildBounds


@click.command("build")
@add_build_bounds
@click.pass_obj
def build_command(session: Session, **bounds: float) -> None:
    """Read the files, infer what follows, check, and write a build.

    The same files give the same build. An error leaves the last good build in place. A warning
    names each file that looks like RDF but is not read or is empty.

    \b
    Example:
      diplograph build
    """
    from diplograph.build.bounded import WRITE, BuildProcess
    from diplograph.build.dataset import list_warnings
    from diplograph.cli.layout import show_progress, show_warnings
    from diplograph.store.build_files import read_findings, read_record

    home = session.home()
    show_warnings(list_warnings(home))
    with show_progress() as show_stage:
        folder = BuildProcess(WRITE, home, bounds=BuildBounds(**bounds)).run(show_stage)
    record = read_record(folder)
    findings = len(read_findings(folder))
    echo_line(f"{record['statements']} statements, {findings} findings (diplograph check)")
    echo_line(folder)
