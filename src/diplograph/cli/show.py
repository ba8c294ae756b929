"""`diplograph show`: all that the graph knows about a thing, as text or JSON."""

from __future__ import annotations

import click

from diplograph.cli import Session


@click.command("show")
@click.argument("thing")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.option("--as-of", metavar="DAY", help="Use this day as today, for example 2025-12-05.")
@click.pass_obj
def show_command(session: Session, thing: str, form: str, as_of: str | None) -> None:
    """Show all facts about a thing, and the status of an event.

    THING is a CURIE, an IRI or a label. Facts from reports published or received after
    the day are left out.

    \b
    Examples:
      diplograph show state:IND
      diplograph show "Sergey Lavrov"
      diplograph show person:sergey-lavrov --format json
      diplograph show event:moscow-talks-2025-11 --as-of 2026-12-01
    """
    from diplograph.cli.layout import (
        TextOutput,
        as_json,
        make_rows,
        write_attestation,
        write_fact,
        write_heading,
    )

    sheet = session.load().show(thing, as_of)
    if form == "json":
        click.echo(as_json(sheet))
        return
    output = TextOutput()
    write_heading(output, sheet.thing, sheet.kinds)
    if not sheet.known:
        output.write()
        output.write("Not known on that day: no report published and received by then mentions it.")
        output.print()
        return
    if sheet.status or sheet.dates:
        output.write()
        rows = [("status", sheet.status), ("when", sheet.dates)]
        output.fields([row for row in rows if row[1]])
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
