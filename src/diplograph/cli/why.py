"""`diplograph why`: the passages and rules that a thing or a statement is based on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from diplograph.cli import Session
from diplograph.core.errors import UsageError

if TYPE_CHECKING:
    from diplograph.cli.layout import TextOutput
    from diplograph.views.explanation import Explanation, ExplanationStep


@click.command("why")
@click.argument("names", nargs=-1, required=True, metavar="THING | SUBJECT PREDICATE VALUE")
@click.option(
    "--source",
    "sources",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The text of a report, to show the words of its passages if their hashes match.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_obj
def why_command(
    session: Session, names: tuple[str, ...], sources: tuple[Path, ...], form: str
) -> None:
    """Show where a thing or a statement comes from.

    For a fact: its passages, with voice, modality and hedge. For anything else: the facts about
    it. For an inferred statement: the rule, and the statements it follows from.

    \b
    Examples:
      diplograph why date-estimate:putin-visit-5-6-december
      diplograph why person:sergey-lavrov dg:everServed state:RUS
      diplograph why state:IND a dg:Agent --format json
    """
    from diplograph.cli.layout import TextOutput, as_json

    if len(names) not in {1, 3}:
        raise UsageError("name one thing, or a statement's subject, predicate and value")
    explanation = session.load().why(*names, sources=sources)
    if form == "json":
        click.echo(as_json(explanation))
        return
    output = TextOutput()
    _write_explanation(output, explanation)
    output.print()


def _write_explanation(output: TextOutput, explanation: Explanation) -> None:
    from diplograph.cli.layout import write_attestation, write_fact, write_heading, write_passage

    write_heading(output, explanation.thing, explanation.kinds)
    if explanation.step:
        output.write()
        _write_step(output, explanation.step, 0)
    if explanation.passage:
        write_passage(output, explanation.passage)
    for attestation in explanation.attestations:
        write_attestation(output, attestation)
    if explanation.notes:
        output.write()
        output.fields([("source note", note) for note in explanation.notes])
    if explanation.facts:
        output.title("What it is based on" if explanation.step else "Facts about it")
        for fact in explanation.facts:
            write_fact(output, fact, explanation.thing, full=True)
    if not (explanation.step or explanation.attestations or explanation.facts):
        output.write("  no passage speaks of it")


def _write_step(output: TextOutput, step: ExplanationStep, depth: int) -> None:
    """Write a statement and what it follows from; axioms only if alone: the rule names them."""
    from diplograph.cli.layout import style_text

    indent = 2 + 2 * depth
    output.write(step.statement, indent)
    if not step.inferred:
        output.write(style_text((f"stated in {step.file}", "dim")), indent + 2)
        return
    output.write(style_text("since ", step.because, "  ", (step.rule, "dim")), indent + 2)
    shown = [premise for premise in step.premises if not premise.schema]
    for premise in shown or step.premises:
        _write_step(output, premise, depth + 1)
