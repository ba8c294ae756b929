"""`diplograph build`: write a build from the files, with what follows, once it is validated."""

from __future__ import annotations

import click

from diplograph.cli import Session


@click.command("build")
@click.pass_obj
def build_command(session: Session) -> None:
    """Read the files, reason, check, and write a build.

    The same files give the same build. An error leaves the last good build in its place. A file
    that looks like RDF and is not read, or holds nothing, is named in a warning.

    \b
    Example:
      diplograph build
    """
    from diplograph.build.build import build_to_disk
    from diplograph.build.dataset import list_warnings
    from diplograph.cli.layout import show_progress, show_warnings
    from diplograph.store.build_files import read_findings, read_record

    home = session.home()
    show_warnings(list_warnings(home))
    with show_progress() as show_stage:
        folder = build_to_disk(home, progress=show_stage)
    record = read_record(folder)
    findings = len(read_findings(folder))
    click.echo(f"{record['statements']} statements, {findings} findings (diplograph check)")
    click.echo(folder)
