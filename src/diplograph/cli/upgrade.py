"""`diplograph upgrade`: rewrite a home of the first edition of the vocabulary into the second."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from diplograph.cli import Session, echo_line
from diplograph.core.errors import MalformedDate

if TYPE_CHECKING:
    from diplograph.turtle.upgrade import FileChange

LEFT_EXIT = 1


def _check_day(_context: click.Context, _option: click.Parameter, value: str | None) -> str:
    from diplograph.core.dates import parse_day

    try:
        return parse_day(value).isoformat() if value else ""
    except MalformedDate as error:
        raise click.BadParameter(str(error)) from error


@click.command("upgrade")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@click.option(
    "--received-on",
    metavar="YYYY-MM-DD",
    callback=_check_day,
    help="The day received, for reports without one.  [default: the dcterms:created of their file]",
)
@click.option("--drop-comments", is_flag=True, help="Remove comments written by hand.")
@click.pass_obj
def upgrade_command(
    session: Session, paths: tuple[Path, ...], dry_run: bool, received_on: str, drop_comments: bool
) -> None:
    """Rewrite data of the first edition of the vocabulary into the second.

    PATHS are Turtle files of data, or folders for all *.ttl in them. Without PATHS the data of the
    home is rewritten, and its ontology, shapes and questions are replaced by those that came with
    the program. Nothing is lost. Data of the second edition stays as it is.

    \b
    - A connection such as dg:takesPlaceIn becomes a link with the attestations of its fact.
    - dg:attests of an attestation that denies becomes dg:denies.
    - date-role:whole becomes date-role:window.
    - A report gets dg:receivedOn.

    Files that change are laid out as `tidy` does. A file with comments stops the upgrade, unless
    you give --drop-comments. An error leaves every file as it was.

    If you changed a file of the ontology or a question, it is named and left, with exit code 1.
    Replace it by the new file that is named with it, and repeat your change there. Your other
    files stay. Keep a copy of the home first, or use version control.

    \b
    Examples:
      diplograph upgrade --dry-run
      diplograph --home . upgrade
      diplograph upgrade data/reports/moscow-talks.ttl --received-on 2026-11-30
    """
    from diplograph.turtle.upgrade import plan_upgrade

    plan = plan_upgrade(session.home(), paths, received_on=received_on, drop_comments=drop_comments)
    if not dry_run:
        plan.carry_out()
    for change in plan.changes:
        _report(change, dry_run)
    for path, source in plan.left.items():
        advice = f"put {source} in its place and repeat your change" if source else "no longer used"
        echo_line(f"left, since it was changed: {path}; {advice}", error=True)
    if not (plan.changes or plan.left):
        echo_line("nothing to upgrade")
    click.get_current_context().exit(LEFT_EXIT if plan.left else 0)


def _report(change: FileChange, dry_run: bool) -> None:
    """Say what became of a file, or show what would."""
    done = "added" if change.before is None else "removed" if change.after is None else "upgraded"
    summary = f" ({change.summary})" if change.summary else ""
    echo_line(f"{'to be ' if dry_run else ''}{done}: {change.path}{summary}")
    for remark in change.remarks:
        echo_line(f"  {remark}")
    if dry_run and change.summary:
        for line in change.list_differences():
            echo_line(line)
