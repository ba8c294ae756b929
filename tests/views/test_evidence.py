"""Everything known says where it comes from: passages, facts, rules, files."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from diplograph.core.errors import SourceMismatch, UnknownThing, UnreadableFile
from diplograph.core.names import FACT, TYPE, expand
from diplograph.core.things import Thing
from diplograph.views.texts import Source

SOURCES = "tests/world/sources"


@pytest.fixture
def wire(request):
    return request.config.rootpath / SOURCES / "harbour-wire.txt"


def labels(things) -> list[str]:
    return [str(thing) for thing in things]


def texts(explanation) -> list[str | None]:
    return [attestation.passage.text for attestation in explanation.attestations]


# ---- why: things --------------------------------------------------------------------------


def test_a_fact_has_its_passages_with_voice_modality_and_hedge(graph):
    (reading,) = graph.why("status-record:lantern-council-cancelled").attestations
    assert reading.passage.thing.curie == "passage-corvia-courier:1"
    assert labels(reading.voices) == ["Foreign Ministry of Corvia"]
    assert labels(reading.modality) == ["asserted"]
    assert labels(reading.evidentiality) == ["quoted statement"]
    assert reading.hedges == ("told this newspaper",)


def test_a_passage_says_where_it_stands(graph):
    passage = graph.why("status-record:lantern-council-cancelled").attestations[0].passage
    assert str(passage.report) == "Corvia Courier on the neighbours"
    assert (passage.paragraph, passage.start, passage.end) == (1, 0, 119)
    assert passage.gist == "The Council's session is said to have been called off."
    assert passage.text is None


def test_a_superseded_reading_says_by_what(graph):
    explanation = graph.why("attestation-harbour-wire:3")
    (reading,) = explanation.attestations
    assert [thing.curie for thing in reading.superseded_by] == ["attestation-corvia-courier:2"]


def test_every_fact_of_the_world_has_a_passage(graph):
    facts = {
        quad.subject.value
        for quad in graph.store.match(None, ox.NamedNode(TYPE), ox.NamedNode(FACT))
    }
    assert len(facts) > 50
    assert [fact for fact in sorted(facts) if not graph.why(fact).attestations] == []


def test_an_entity_has_the_facts_about_it_with_their_passages(graph):
    explanation = graph.why("Celia Morn")
    assert explanation.attestations == ()
    assert explanation.notes == ("Invented for the tests.",)
    visit = next(f for f in explanation.facts if f.thing.curie == "event:morn-visit")
    assert labels(visit.relations) == ["visitor"]
    assert visit.attestations


def test_a_passage_has_the_facts_it_supports_and_no_other_passage(graph):
    explanation = graph.why("passage-corvia-courier:1")
    assert explanation.passage.paragraph == 1
    assert [fact.thing.curie for fact in explanation.facts] == [
        "status-record:lantern-council-cancelled"
    ]
    quoted = {a.passage.thing.curie for fact in explanation.facts for a in fact.attestations}
    assert quoted == {"passage-corvia-courier:1"}


def test_a_report_has_the_facts_it_supports(graph):
    facts = graph.why("report:corvia-courier").facts
    assert "status-record:morn-visit-rescheduled" in {fact.thing.curie for fact in facts}
    reports = {a.passage.report.curie for fact in facts for a in fact.attestations}
    assert reports == {"report:corvia-courier"}


def test_an_unknown_thing_is_refused(graph):
    with pytest.raises(UnknownThing):
        graph.why("person:nobody")


# ---- why: sources -------------------------------------------------------------------------


def test_a_verified_source_gives_each_passage_its_own_words(graph, wire):
    text = wire.read_text(encoding="utf-8")
    explanation = graph.why("passage-harbour-wire:1", sources=[wire])
    passage = explanation.passage
    assert passage.text == text[passage.start : passage.end]


def test_passages_of_other_reports_stay_without_text(graph, wire):
    assert texts(graph.why("status-record:lantern-council-cancelled", sources=[wire])) == [None]


def test_every_passage_of_the_world_verifies(graph, request):
    sources = sorted((request.config.rootpath / SOURCES).glob("*.txt"))
    passages = {
        quad.subject.value for quad in graph.store.match() if "/id/passage/" in quad.subject.value
    }
    assert len(passages) > 20
    assert all(graph.why(passage, sources=sources).passage.text for passage in passages)


def test_a_changed_source_is_a_mismatch(graph, wire, tmp_path):
    changed = tmp_path / "changed.txt"
    changed.write_bytes(wire.read_bytes() + b"\n")
    with pytest.raises(SourceMismatch, match=r"changed\.txt: this is the text of no report here"):
        graph.why("passage-harbour-wire:1", sources=[changed])


def test_a_passage_with_another_hash_is_a_mismatch(graph, wire, monkeypatch):
    report = expand("report:harbour-wire")
    moved = Source(wire, " " + wire.read_text(encoding="utf-8"))
    monkeypatch.setattr("diplograph.api.read_sources", lambda *_: {report: moved})
    with pytest.raises(SourceMismatch, match="passage-harbour-wire:1; correct its offsets"):
        graph.why("passage-harbour-wire:1", sources=[wire])


def test_a_missing_source_is_unreadable(graph, tmp_path):
    with pytest.raises(UnreadableFile, match=r"nothing\.txt"):
        graph.why("passage-harbour-wire:1", sources=[tmp_path / "nothing.txt"])


def test_a_source_that_is_not_utf_8_is_unreadable_at_its_line(graph, tmp_path):
    (tmp_path / "latin.txt").write_bytes("one\nzwei Größen".encode("latin-1"))
    with pytest.raises(UnreadableFile, match=r"latin\.txt:2"):
        graph.why("passage-harbour-wire:1", sources=[tmp_path / "latin.txt"])


# ---- why: statements ----------------------------------------------------------------------


def test_an_inferred_statement_names_its_rule_in_words(graph):
    step = graph.why("Ada Varn", "a", "dg:Official").step
    assert step.statement == "Ada Varn is an official"
    assert step.inferred
    assert step.because


def test_an_inferred_statement_goes_down_to_files_and_lines(graph):
    step = graph.why("Ada Varn", "ever held office", "office:xaa-foreign-minister").step
    leaves = [leaf for leaf in leaves_of(step) if not leaf.schema]
    assert [leaf.file.partition(":")[0] for leaf in leaves] == ["data/reports/harbour-wire.ttl"] * 2


def test_an_inferred_statement_rests_on_facts_with_passages(graph):
    explanation = graph.why("Ada Varn", "ever held office", "office:xaa-foreign-minister")
    assert [labels(fact.kinds) for fact in explanation.facts] == [["tenure"]]
    assert all(fact.attestations for fact in explanation.facts)


def test_an_asserted_statement_names_its_line(graph, world):
    step = graph.why("person:ada-varn", "rdfs:label", "Ada Varn").step
    lines = (world.data / "people.ttl").read_text(encoding="utf-8").splitlines()
    file, _, line = step.file.partition(":")
    assert (file, step.inferred) == ("data/people.ttl", False)
    assert '"Ada Varn"@en' in lines[int(line) - 1]


@pytest.mark.parametrize(
    ("predicate", "value"),
    [("dg:bodyOf", "state:XAA"), ("body of", "Ardenia"), ("dg:bodyOf", f"<{expand('state:XAA')}>")],
)
def test_a_statement_is_named_by_curies_labels_or_iris(graph, predicate, value):
    step = graph.why("body:xaa-foreign-ministry", predicate, value).step
    assert step.value == expand("state:XAA")


def test_a_statement_that_is_not_there_is_told_what_is(graph):
    with pytest.raises(UnknownThing, match="it has state:XAA"):
        graph.why("body:xaa-foreign-ministry", "dg:bodyOf", "state:XBE")


# ---- show ---------------------------------------------------------------------------------


def test_a_thing_shows_its_narrowest_kinds(graph):
    assert labels(graph.show("person:ada-varn").kinds) == ["official"]


def test_a_fact_about_a_thing_brings_its_dates_and_statuses(graph):
    facts = graph.show("person:celia-morn").facts
    visit = next(fact for fact in facts if fact.thing.curie == "event:morn-visit")
    said = {value.words or str(value.value) for value in visit.records}
    assert {"14 to 15 April 2031", "scheduled", "moved"} <= said


def test_asserted_and_inferred_values_stand_apart(graph):
    sheet = graph.show("event:belport-talks")
    assert all(not value.inferred for value in sheet.values)
    assert sheet.inferred
    assert all(value.inferred for value in sheet.inferred)


def test_what_the_facts_say_is_not_said_again(graph):
    sheet = graph.show("event:belport-talks")
    listed = {fact.thing for fact in sheet.facts}
    assert [value for value in sheet.inferred if value.value in listed] == []


def test_a_thing_reads_as_its_label():
    assert str(Thing(expand("state:XAA"), "Ardenia")) == "Ardenia"


def leaves_of(step):
    """Yield the steps that no rule gave."""
    if not step.premises:
        yield step
    for premise in step.premises:
        yield from leaves_of(premise)
