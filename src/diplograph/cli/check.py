"""`diplograph check`: the findings of SHACL validation, as text or JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from diplograph.cli import Session
from diplograph.core.names import compact

if TYPE_CHECKING:
    from diplograph.build.validate import Finding


SEVERITY_OPTIONS = ("violation", "warning", "info")
FINDINGS_EXIT = 1


@click.command("check")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.option(
    "--fail-on",
    type=click.Choice(SEVERITY_OPTIONS),
    default="violation",
    show_default=True,
    help="Exit with 1 when something at least this severe is found.",
)
@click.option(
    "--as-of",
    metavar="DATE",
    help="The day that stands for today, for what a passed date calls for; without it such"
    " checks are not made.",
)
@click.pass_obj
def check_command(session: Session, form: str, fail_on: str, as_of: str | None) -> None:
    """Check data and ontology against the shapes.

    Nothing is written. A file that looks like RDF and is not read, or holds nothing, is named in a
    warning on standard error.

    \b
    Examples:
      diplograph check
      diplograph check --as-of 2026-01-01 --fail-on violation --format json
    """
    from diplograph.build.build import judge, list_findings
    from diplograph.cli.layout import show_progress, show_warnings
    from diplograph.core.dates import parse_as_of

    moment = parse_as_of(as_of) if as_of else None
    with show_progress() as show_stage:
        judged = judge(session.home(), moment, show_stage)
    warnings = judged.reasoned.asserted.warnings
    show_warnings(warnings)
    severities = [finding.severity.lower() for finding in judged.findings]
    counts = {severity: severities.count(severity) for severity in SEVERITY_OPTIONS}
    if form == "json":
        record = {"as_of": moment, "counts": counts, "findings": list_findings(judged)}
        record |= {"warnings": warnings}
        click.echo(json.dumps(record, ensure_ascii=False, indent=2))
    else:
        _write(judged.findings, counts)
    failing = SEVERITY_OPTIONS[: SEVERITY_OPTIONS.index(fail_on) + 1]
    if any(counts[severity] for severity in failing):
        click.get_current_context().exit(FINDINGS_EXIT)


def _write(findings: tuple[Finding, ...], counts: dict[str, int]) -> None:
    from rich.text import Text

    from diplograph.cli.layout import DIM, TextOutput

    output = TextOutput()
    for finding in findings:
        heading = (f"{finding.severity}: ", "bold"), finding.label, "  "
        output.write(Text.assemble(*heading, (compact(finding.thing), DIM)))
        output.write(finding.message, 4)
        place = f"{finding.location}  " if finding.location else ""
        output.write(Text(f"{place}{compact(finding.shape)}", style=DIM), 4)
    totals = (f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts.items())
    output.write(", ".join(totals).replace("infos", "info"))
    output.print()
