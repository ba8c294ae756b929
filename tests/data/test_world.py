"""The invented world: it is sound, its sources bear it out, and it shows the hard sides."""

import hashlib

import pytest

from diplograph.core.names import PREFIXES
from fixtures.project_files import ROOT

SOURCES = ROOT / "tests" / "world" / "sources"
REPORTS = sorted(path.stem for path in SOURCES.glob("*.txt"))
HEADER = f"PREFIX dg: <{PREFIXES['dg']}>\nPREFIX skos: <{PREFIXES['skos']}>\n"

each_report = pytest.mark.parametrize("slug", REPORTS)


def rows(world_store, text):
    found = world_store.query(HEADER + text)
    names = [variable.value for variable in found.variables]
    return [tuple(row[name].value if row[name] else None for name in names) for row in found]


def source(slug):
    return (SOURCES / f"{slug}.txt").read_bytes().decode("utf-8")


def passages(world_store, slug):
    return rows(
        world_store,
        f"""SELECT ?paragraph ?start ?end ?sha256 WHERE {{
          ?passage dg:passageOf <{PREFIXES["report"]}{slug}> .
          ?passage dg:paragraph ?paragraph .
          ?passage dg:startOffset ?start .
          ?passage dg:endOffset ?end .
          ?passage dg:sha256 ?sha256 .
        }} ORDER BY ?start""",
    )


def test_the_world_has_a_source_for_each_of_its_reports(world):
    assert sorted(path.stem for path in (world.data / "reports").glob("*.ttl")) == REPORTS
    assert len(REPORTS) == 10


def test_the_world_violates_no_shape(judged_world):
    assert [f.message for f in judged_world.findings if f.severity == "Violation"] == []


def test_the_findings_of_the_world_are_what_its_reports_do_not_agree_on_or_leave_open(judged_world):
    fired = {finding.shape.removeprefix(PREFIXES["shape"]) for finding in judged_world.findings}
    assert fired == {
        "Event-same",
        "Fact-contradicts",
        "Fact-opposedBy",
        "Fact-refines",
        "Passage-quotedBy",
    }


@each_report
def test_a_report_carries_the_size_and_hash_of_its_source(world_store, slug):
    found = rows(
        world_store,
        f"""SELECT ?sha256 ?size WHERE {{
          <{PREFIXES["report"]}{slug}> dg:sha256 ?sha256 .
          <{PREFIXES["report"]}{slug}> dg:characterCount ?size .
        }}""",
    )
    text = source(slug)
    assert found == [(hashlib.sha256(text.encode()).hexdigest(), str(len(text)))]


@each_report
def test_every_passage_stands_at_its_offsets_in_its_source(world_store, slug):
    text, found = source(slug), passages(world_store, slug)
    assert found
    for paragraph, start, end, sha256 in found:
        words = text[int(start) : int(end)]
        assert words == words.strip()
        assert hashlib.sha256(words.encode()).hexdigest() == sha256
        begun = [line for line in text[: int(end)].split("\n") if line.strip()]
        assert len(begun) == int(paragraph)


@each_report
def test_the_passages_leave_nothing_of_a_source_out_and_overlap_nowhere(world_store, slug):
    text = source(slug)
    taken = [
        place
        for _, start, end, _ in passages(world_store, slug)
        for place in range(int(start), int(end))
    ]
    assert len(set(taken)) == len(taken)
    assert [c for place, c in enumerate(text) if place not in set(taken) and not c.isspace()] == []


@pytest.mark.parametrize(
    ("scheme", "property"),
    [("status", "statusValue"), ("modality", "modality"), ("evidentiality", "evidentiality")],
)
def test_the_world_uses_every_concept_of_a_scheme(world_store, scheme, property):
    unused = rows(
        world_store,
        f"""SELECT ?concept WHERE {{
          ?concept skos:inScheme <{PREFIXES["dgc"]}{scheme}> .
          FILTER NOT EXISTS {{ ?fact dg:{property} ?concept . }}
        }}""",
    )
    used = rows(world_store, f"SELECT DISTINCT ?concept WHERE {{ ?fact dg:{property} ?concept . }}")
    assert unused == []
    assert len(used) > 5


def test_a_superseded_reading_and_a_denial_stand_beside_what_they_contest(world_store):
    contested = rows(
        world_store,
        f"""SELECT ?reading WHERE {{
          {{ ?reading dg:supersededBy ?later . }}
          UNION
          {{ ?reading dg:modality <{PREFIXES["modality"]}denied> . }}
        }} ORDER BY ?reading""",
    )
    names = [iri.removeprefix(PREFIXES["attestation"]) for (iri,) in contested]
    assert names == [
        "belmora-release/4",
        "belmora-release/5",
        "harbour-wire/3",
        "lantern-gazette/23",
        "lantern-gazette/3",
        "lantern-gazette/5",
        "lantern-gazette/7",
        "lantern-gazette/9",
        "northern-monitor/7",
        "tidewater-tribune/4",
    ]
