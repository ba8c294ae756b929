"""How `show` and `why` write facts, and the passages that support them, for a reader."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text

from diplograph.cli.layout import DIM, Paper, name, names
from diplograph.passages import Attestation
from diplograph.things import Thing, Value
from diplograph.trace import Fact

# Bounds that the date in words already says, and hashes that only a program reads.
_LEFT_OUT = {"earliest", "latest", "sha256"}


def write_heading(paper: Paper, thing: Thing, kinds: Iterable[Thing]) -> None:
    """Write what is spoken of: its label and CURIE, then its kinds."""
    paper.write(Text.assemble((thing.label, "bold"), "  ", (thing.curie, DIM)))
    if kinds:
        paper.write(names(kinds))


def write_values(paper: Paper, values: Iterable[Value], indent: int = 2) -> None:
    """Write the values of a thing, one a line, dates in words with their EDTF beside."""
    told = (value for value in values if value.predicate.iri.partition("#")[2] not in _LEFT_OUT)
    paper.fields([(value.predicate.label, _say(value)) for value in told], indent)


def write_fact(paper: Paper, fact: Fact, full: bool) -> None:
    """Write a fact about a thing and its support, in full or as one line a passage."""
    paper.write()
    paper.write(name(fact.thing), 2)
    role = (
        f"{names(fact.kinds)}; by {names(fact.relations)}" if fact.relations else names(fact.kinds)
    )
    paper.write(role, 4)
    if full:
        for attestation in fact.attestations:
            write_attestation(paper, attestation, 4)
        return
    said = {relation.iri for relation in fact.relations}
    write_values(paper, [value for value in fact.values if value.predicate.iri not in said], 4)
    paper.fields([("source", _cite(attestation)) for attestation in fact.attestations], 4)


def write_attestation(paper: Paper, attestation: Attestation, indent: int = 2) -> None:
    """Write one passage in full: where it stands, in whose voice, how firmly, and its gist."""
    passage = attestation.passage
    place = f"{passage.report.label}, paragraph {passage.paragraph}"
    offsets = f", characters {passage.start} to {passage.end}"
    paper.write()
    paper.write(Text.assemble(place, offsets, "  ", (passage.thing.curie, DIM)), indent)
    rows: list[tuple[str, str | Text]] = [("voice", "the report's own")]
    if attestation.voices:
        rows = [("voice", name(voice)) for voice in attestation.voices]
    rows.append(("modality", names(attestation.modality)))
    rows.append(("evidentiality", names(attestation.evidentiality)))
    rows += [("hedge", f'"{hedge}"') for hedge in attestation.hedges]
    rows.append(("gist", passage.gist))
    if passage.text is not None:
        rows.append(("text", passage.text))
    rows += [("supersedes", name(each)) for each in attestation.supersedes]
    rows += [("superseded by", name(each)) for each in attestation.superseded_by]
    paper.fields(rows, indent + 2)


def _cite(attestation: Attestation) -> Text:
    passage = attestation.passage
    said = [names(attestation.modality), names(attestation.evidentiality)]
    said += [f"voice of {names(attestation.voices)}"] if attestation.voices else []
    said += [f'"{hedge}"' for hedge in attestation.hedges]
    said += ["superseded"] if attestation.superseded_by else []
    place = f"{passage.report.label}, paragraph {passage.paragraph}: "
    return Text.assemble(place, ", ".join(said), "  ", (passage.thing.curie, DIM))


def _say(value: Value) -> Text:
    if isinstance(value.value, Thing):
        return name(value.value)
    if value.words and value.words != value.value:
        return Text.assemble(value.words, "  ", (value.value, DIM))
    return Text(value.value)
