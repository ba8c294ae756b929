"""`diplograph check`: the findings of SHACL validation, as text or JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from diplograph.cli import Session
from diplograph.cli.options import add_build_bounds
from diplograph.core.names import compact
from diplograph.core.settings import BuildBounds

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
    help="Exit with 1 if a finding is at least this severe. Other severities count as info.",
)
@click.option(
    "--as-of",
    metavar="DATE",
    help="Use this day as today, to check what has passed its date. Without it, this is not"
    " checked.",
)
@add_build_bounds
@click.pass_obj
def check_command(
    session: Session, form: str, fail_on: str, as_of: str | None, **bounds: float
) -> None:
    """Check data and ontology against the shapes.

    Nothing is written. A warning on standard error names each file that looks like RDF but is not
    read or is empty.

    \b
    Examples:
      diplograph check
      diplograph check --as-of 2026-01-01 --fail-on violation --format json
    """
    from diplograph.build.bounded import CHECK, BuildProcess
    from diplograph.build.build import list_findings
    from diplograph.build.dataset import list_warnings
    from diplograph.cli.layout import show_progress, show_warnings
    from diplograph.core.dates import parse_as_of

    moment, home = parse_as_of(as_of) if as_of else None, session.home()
    warnings = list_warnings(home)
    show_warnings(warnings)
    with show_progress() as show_stage:
        checking = BuildProcess(CHECK, home, moment, BuildBounds(**bounds))
        findings = checking.run(show_stage)
    counts = _count(findings)
    if form == "json":
        record = {"as_of": moment, "counts": counts, "findings": list_findings(findings)}
        record |= {"warnings": warnings}
        click.echo(json.dumps(record, ensure_ascii=False, indent=2))
    else:
        _write(findings, counts)
    passing = SEVERITY_OPTIONS[SEVERITY_OPTIONS.index(fail_on) + 1 :]
    if fail_on != SEVERITY_OPTIONS[-1]:
        passing += tuple(severity for severity in counts if severity not in SEVERITY_OPTIONS)
    if any(count for severity, count in counts.items() if severity not in passing):
        click.get_current_context().exit(FINDINGS_EXIT)


def _count(findings: tuple[Finding, ...]) -> dict[str, int]:
    """Return how many findings have each severity: the three in small letters, then others."""
    from diplograph.build.validate import SEVERITIES, rank_severity

    severities = [finding.severity for finding in findings]
    others = sorted({*severities} - {*SEVERITIES}, key=rank_severity)
    return {
        name.lower() if name in SEVERITIES else name: severities.count(name)
        for name in (*SEVERITIES, *others)
    }


def _write(findings: tuple[Finding, ...], counts: dict[str, int]) -> None:
    from diplograph.cli.layout import DIM, TextOutput, style_text

    output = TextOutput()
    for finding in findings:
        heading = (f"{finding.severity}: ", "bold"), finding.label, "  "
        output.write(style_text(*heading, (compact(finding.thing), DIM)))
        output.write(finding.message, 4)
        place = f"{finding.location}  " if finding.location else ""
        output.write(style_text((f"{place}{compact(finding.shape)}", DIM)), 4)
    plurals = {name: f"{name}s" for name in SEVERITY_OPTIONS[:-1]}
    names = (name if count == 1 else plurals.get(name, name) for name, count in counts.items())
    totals = (f"{count} {name}" for count, name in zip(counts.values(), names, strict=True))
    output.write(", ".join(totals))
    output.print()
