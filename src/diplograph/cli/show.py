"""`diplograph show`: all that the graph knows about a thing, as text or JSON."""

from __future__ import annotations

import click

from diplograph.cli import Session


@click.command("show")
@click.argument("thing")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_obj
def show_command(session: Session, thing: str, form: str) -> None:
    """Show all facts about a thing.

    THING is a CURIE, an IRI or a label.

    \b
    Examples:
      diplograph show state:IND
      diplograph show "Sergey Lavrov"
      diplograph show person:sergey-lavrov --format json
    """
    from diplograph.cli.layout import (
        TextOutput,
        as_json,
        make_rows,
        write_attestation,
        write_fact,
        write_heading,
    )

    sheet = session.load().show(thing)
    if form == "json":
        click.echo(as_json(sheet))
        return
    output = TextOutput()
    write_heading(output, sheet.thing, sheet.kinds)
    if sheet.values:
        output.write()
        output.fields(make_rows(sheet.values))
    if sheet.inferred:
        output.title("Inferred")
        output.fields(make_rows(sheet.inferred))
    if sheet.attestations:
        output.title("What supports it")
        for attestation in sheet.attestations:
            write_attestation(output, attestation)
    if sheet.facts:
        count = len(sheet.facts)
        output.title(f"{count} fact{'' if count == 1 else 's'} about it")
        for fact in sheet.facts:
            write_fact(output, fact, sheet.thing, full=False)
    output.print()
