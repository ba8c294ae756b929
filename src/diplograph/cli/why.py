"""`diplograph why`: where a thing or a statement comes from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from diplograph.cli import Session
from diplograph.core.errors import UsageError

if TYPE_CHECKING:
    from diplograph.cli.layout import Paper
    from diplograph.views.evidence import Explanation
    from diplograph.views.explanation import ExplanationStep


@click.command("why")
@click.argument("names", nargs=-1, required=True, metavar="THING | SUBJECT PREDICATE VALUE")
@click.option(
    "--source",
    "sources",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The text of a report: passages then show their own words, once their hashes verify.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_obj
def command(session: Session, names: tuple[str, ...], sources: tuple[Path, ...], form: str) -> None:
    """Say where a thing or a statement comes from.

    A fact has its passages, with voice, modality and hedge. Anything else has the facts about it,
    with theirs. An inferred statement has the rule and the statements it follows from.

    \b
    Examples:
      diplograph why date-estimate:putin-visit-5-6-december
      diplograph why person:sergey-lavrov dg:everServed state:RUS
      diplograph why state:IND a dg:Agent --format json
    """
    from diplograph.cli.layout import Paper, as_json

    if len(names) not in {1, 3}:
        raise UsageError("name one thing, or a statement's subject, predicate and value")
    explanation = session.load().why(*names, sources=sources)
    if form == "json":
        click.echo(as_json(explanation))
        return
    paper = Paper()
    _write(paper, explanation)
    paper.put()


def _write(paper: Paper, explanation: Explanation) -> None:
    from diplograph.cli.layout import write_attestation, write_fact, write_heading, write_passage

    write_heading(paper, explanation.thing, explanation.kinds)
    if explanation.step:
        paper.write()
        _write_step(paper, explanation.step, 0)
    if explanation.passage:
        write_passage(paper, explanation.passage)
    for attestation in explanation.attestations:
        write_attestation(paper, attestation)
    if explanation.notes:
        paper.write()
        paper.fields([("source note", note) for note in explanation.notes])
    if explanation.facts:
        paper.title("What it rests on" if explanation.step else "Facts about it")
        for fact in explanation.facts:
            write_fact(paper, fact, explanation.thing, full=True)
    if not (explanation.step or explanation.attestations or explanation.facts):
        paper.write("  no passage speaks of it")


def _write_step(paper: Paper, step: ExplanationStep, depth: int) -> None:
    """Write a statement, then what it follows from; the rule's own axioms are in its words."""
    from rich.text import Text

    indent = 2 + 2 * depth
    paper.write(step.statement, indent)
    if not step.inferred:
        paper.write(Text(f"stated in {step.file}", style="dim"), indent + 2)
        return
    paper.write(Text.assemble("since ", step.because, "  ", (step.rule, "dim")), indent + 2)
    shown = [premise for premise in step.premises if not premise.schema]
    for premise in shown or step.premises:
        _write_step(paper, premise, depth + 1)
