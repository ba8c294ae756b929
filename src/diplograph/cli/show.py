"""`diplograph show`: all that is known about a thing."""

from __future__ import annotations

import click

from diplograph.cli import Session


@click.command("show")
@click.argument("thing")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_obj
def command(session: Session, thing: str, form: str) -> None:
    """Show all facts about a thing.

    THING is a CURIE, an IRI or a label.

    \b
    Examples:
      diplograph show state:IND
      diplograph show "Sergey Lavrov"
      diplograph show person:sergey-lavrov --format json
    """
    from diplograph.cli.layout import (
        Paper,
        as_json,
        write_attestation,
        write_fact,
        write_heading,
        write_values,
    )

    sheet = session.load().show(thing)
    if form == "json":
        click.echo(as_json(sheet))
        return
    paper = Paper()
    write_heading(paper, sheet.thing, sheet.kinds)
    if sheet.values:
        paper.write()
        write_values(paper, sheet.values)
    if sheet.inferred:
        paper.title("Inferred")
        write_values(paper, sheet.inferred)
    if sheet.attestations:
        paper.title("What supports it")
        for attestation in sheet.attestations:
            write_attestation(paper, attestation)
    if sheet.facts:
        count = len(sheet.facts)
        paper.title(f"{count} fact{'' if count == 1 else 's'} about it")
        for fact in sheet.facts:
            write_fact(paper, fact, sheet.thing, full=False)
    paper.put()
