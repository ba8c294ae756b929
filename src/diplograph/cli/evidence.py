"""How `show` and `why` write facts, and the passages that support them, for a reader."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text

from diplograph.cli.layout import DIM, Paper, name, names
from diplograph.core.things import Thing, Value
from diplograph.trace.facts import Fact
from diplograph.views.records import Attestation, Passage

Row = tuple[str, str | Text]

# Bounds that the date in words already says, and hashes that only a program reads.
_LEFT_OUT = {"earliest", "latest", "sha256", "isDefinedBy"}


def write_heading(paper: Paper, thing: Thing, kinds: Iterable[Thing]) -> None:
    """Write what is spoken of: its label and CURIE, then its kinds."""
    paper.write(Text.assemble((thing.label, "bold"), "  ", (thing.curie, DIM)))
    if kinds:
        paper.write(names(kinds))


def write_values(paper: Paper, values: Iterable[Value]) -> None:
    """Write the values of a thing, one a line, dates in words with their EDTF beside."""
    paper.fields(_rows(values))


def write_fact(paper: Paper, fact: Fact, about: Thing, full: bool) -> None:
    """Write a fact and what ties it to `about`, then each passage in full or as one line."""
    paper.write()
    paper.write(name(fact.thing), 2)
    tie = f"; {names(fact.relations)}: {about.label}" if fact.relations else ""
    paper.write(names(fact.kinds) + tie, 4)
    if full:
        for attestation in fact.attestations:
            write_attestation(paper, attestation, 4)
        return
    said = {relation.iri for relation in fact.relations}
    rows = _rows(value for value in fact.values if value.predicate.iri not in said)
    rows += _rows(fact.records)
    rows += [("source", _cite(attestation)) for attestation in fact.attestations]
    paper.fields(rows, 4)


def write_attestation(paper: Paper, attestation: Attestation, indent: int = 2) -> None:
    """Write one reading in full: its passage, in whose voice, how firmly, and the gist."""
    rows: list[Row] = [("voice", name(voice)) for voice in attestation.voices]
    rows = rows or [("voice", "the report's own")]
    rows.append(("modality", names(attestation.modality)))
    rows.append(("evidentiality", names(attestation.evidentiality)))
    rows += [("hedge", f'"{hedge}"') for hedge in attestation.hedges]
    after: list[Row] = [("supersedes", name(each)) for each in attestation.supersedes]
    after += [("superseded by", name(each)) for each in attestation.superseded_by]
    write_passage(paper, attestation.passage, rows, after, indent)


def write_passage(
    paper: Paper,
    passage: Passage,
    before: Iterable[Row] = (),
    after: Iterable[Row] = (),
    indent: int = 2,
) -> None:
    """Write where a passage stands and what it says, with rows `before` its gist and `after`."""
    place = f"paragraph {passage.paragraph}, characters {passage.start} to {passage.end}"
    paper.write()
    paper.write(Text.assemble(place, "  ", (passage.thing.curie, DIM)), indent)
    said: list[Row] = [("gist", passage.gist)]
    if passage.text is not None:
        said.append(("text", f'"{passage.text}"'))
    paper.fields([("report", name(passage.report)), *before, *said, *after], indent + 2)


def _rows(values: Iterable[Value]) -> list[Row]:
    return [
        (value.predicate.label, _say(value))
        for value in values
        if value.predicate.iri.replace("#", "/").rpartition("/")[2] not in _LEFT_OUT
    ]


def _say(value: Value) -> Text:
    if isinstance(value.value, Thing):
        return name(value.value)
    if value.words and value.words != value.value:
        return Text.assemble(value.words, "  ", (value.value, DIM))
    return Text(value.value)


def _cite(attestation: Attestation) -> Text:
    passage = attestation.passage
    said = [names(attestation.modality), names(attestation.evidentiality)]
    said += [f"voice of {names(attestation.voices)}"] if attestation.voices else []
    said += [f'"{hedge}"' for hedge in attestation.hedges]
    said += ["superseded"] if attestation.superseded_by else []
    place = f"{passage.report.label}, paragraph {passage.paragraph}: "
    return Text.assemble(place, ", ".join(said), "  ", (passage.thing.curie, DIM))
