"""The real data: what the graph says of its first report, and whether the text bears it out."""

import hashlib
import os
from pathlib import Path

import pytest

PARAGRAPHS = 13
PREFIXES = """
PREFIX dg: <https://w3id.org/diplograph/ontology#>
PREFIX evidentiality: <https://w3id.org/diplograph/concept/evidentiality/>
PREFIX event: <https://w3id.org/diplograph/id/event/>
PREFIX group: <https://w3id.org/diplograph/id/group/>
PREFIX modality: <https://w3id.org/diplograph/concept/modality/>
PREFIX report: <https://w3id.org/diplograph/id/report/>
PREFIX stance: <https://w3id.org/diplograph/id/stance/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""


def rows(real_store, text):
    found = real_store.query(PREFIXES + text)
    names = [variable.value for variable in found.variables]
    return [tuple(row[name].value if row[name] else None for name in names) for row in found]


def short(iri):
    return iri.removeprefix("https://w3id.org/diplograph/id/").removeprefix(
        "https://w3id.org/diplograph/concept/"
    )


@pytest.fixture(scope="module")
def source_text():
    folder = os.environ.get("DIPLOGRAPH_SOURCES")
    if not folder:
        pytest.skip("the report's text is not at hand (DIPLOGRAPH_SOURCES names no folder)")
    return (Path(folder) / "report.txt").read_bytes().decode("utf-8")


def test_every_paragraph_of_the_report_supports_a_fact(real_store):
    found = rows(
        real_store,
        """SELECT DISTINCT ?paragraph WHERE {
          ?passage dg:passageOf report:moscow-talks ; dg:paragraph ?paragraph ; dg:supports ?fact .
        } ORDER BY ?paragraph""",
    )
    assert [int(paragraph) for (paragraph,) in found] == list(range(1, PARAGRAPHS + 1))


def test_every_fact_is_attested_or_denied(real_store):
    facts = rows(real_store, "SELECT ?fact WHERE { ?fact a dg:Fact }")
    unattested = rows(
        real_store,
        """SELECT ?fact WHERE {
          ?fact a dg:Fact .
          FILTER NOT EXISTS { ?fact (dg:attestedBy|dg:deniedBy)/dg:quotes/dg:passageOf ?report }
        }""",
    )
    assert len(facts) > 60
    assert unattested == []


def test_the_december_visit_keeps_both_of_its_date_estimates(real_store):
    found = rows(
        real_store,
        """SELECT ?edtf ?modality ?hedge WHERE {
          ?estimate dg:dateOf event:putin-india-visit-2025-12 ; dg:edtf ?edtf .
          ?attestation dg:attests ?estimate ; dg:modality ?modality ; dg:hedgeText ?hedge .
        } ORDER BY ?edtf""",
    )
    assert [(edtf, short(modality), hedge) for edtf, modality, hedge in found] == [
        ("2025-12-01/2025-12-10", "modality/planned", "planned"),
        ("2025-12-05~/2025-12-06~", "modality/likely", "likely around"),
    ]


def test_only_passages_that_speak_of_both_say_that_the_talks_prepare_the_summit(real_store):
    found = rows(
        real_store,
        """SELECT ?next ?paragraph WHERE {
          ?link dg:preparationOf event:moscow-talks-2025-11 ; dg:linkTo ?next ;
            dg:attestedBy/dg:quotes/dg:paragraph ?paragraph .
        }""",
    )
    assert {(short(next_), paragraph) for next_, paragraph in found} == {
        ("event/ind-rus-annual-summit-23", "11"),
        ("event/ind-rus-developments", "12"),
        ("event/putin-india-visit-2025-12", "2"),
    }


def test_the_delegation_is_led_now_and_its_meeting_lies_ahead(real_store):
    found = rows(
        real_store,
        """SELECT DISTINCT ?role ?modality WHERE {
          VALUES (?fact ?role) {
            (<https://w3id.org/diplograph/id/participation/jaishankar-sco-meeting> "leads")
            (<https://w3id.org/diplograph/id/link/jaishankar-stay-for-sco-meeting> "stays for")
            (<https://w3id.org/diplograph/id/link/sco-meeting-in-moscow> "place")
            (event:sco-heads-of-government-meeting-2025-11 "meeting")
          }
          ?attestation dg:attests ?fact ; dg:modality ?modality .
        } ORDER BY ?role""",
    )
    assert [(role, short(modality)) for role, modality in found] == [
        ("leads", "modality/asserted"),
        ("meeting", "modality/planned"),
        ("place", "modality/implied"),
        ("stays for", "modality/asserted"),
    ]


def test_what_the_report_only_implies_is_nowhere_put_as_said(real_store):
    found = rows(
        real_store,
        """SELECT DISTINCT ?fact WHERE {
          ?attestation dg:attests ?fact ; dg:quotes/dg:passageOf report:moscow-talks .
          FILTER NOT EXISTS {
            ?fact dg:attestedBy ?other .
            FILTER NOT EXISTS { ?other dg:modality modality:implied }
          }
        } ORDER BY ?fact""",
    )
    assert [short(fact) for (fact,) in found] == [
        "date-estimate/putin-visit-2021",
        "event/ind-rus-trade",
        "event/putin-india-visit-2021",
        "link/annual-summit-23-during-putin-visit",
        "link/annual-summit-23-in-india",
        "link/august-discussions-in-russia",
        "link/august-visit-for-india",
        "link/directive-amid-trade",
        "link/jaishankar-stay-in-russia",
        "link/putin-visit-2021-for-russia",
        "link/putin-visit-2021-in-india",
        "link/putin-visit-for-russia",
        "link/sco-meeting-in-moscow",
        "link/usa-pressure-on-india",
        "status-record/putin-visit-2021-held",
    ]


def test_the_position_of_india_is_on_each_place_that_is_named(real_store):
    found = rows(
        real_store,
        """SELECT ?on WHERE { stance:india-dialogue-and-diplomacy dg:stanceOn ?on }
        ORDER BY ?on""",
    )
    assert [short(on) for (on,) in found] == ["region/west-asia", "state/AFG", "state/UKR"]


def test_what_the_reporter_makes_of_it_is_told_apart(real_store):
    found = rows(
        real_store,
        """SELECT DISTINCT ?paragraph WHERE {
          ?attestation dg:evidentiality evidentiality:editorial-characterisation ;
            dg:quotes ?passage .
          ?passage dg:passageOf report:moscow-talks ; dg:paragraph ?paragraph .
        } ORDER BY ?paragraph""",
    )
    assert [int(paragraph) for (paragraph,) in found] == [2, 4, 6, 7, 11, 12]


def test_the_visit_of_2021_is_only_implied(real_store):
    found = rows(
        real_store,
        """SELECT DISTINCT ?modality ?evidentiality WHERE {
          event:putin-india-visit-2025-12 dg:firstSince ?earlier .
          ?attestation dg:attests ?earlier ; dg:modality ?modality ;
            dg:evidentiality ?evidentiality .
        }""",
    )
    assert [tuple(map(short, row)) for row in found] == [
        ("modality/implied", "evidentiality/inferred")
    ]


def test_request_and_warning_have_addressees_of_their_own(real_store):
    found = rows(
        real_store,
        """SELECT ?act ?speaker ?addressee WHERE {
          VALUES ?kind { dg:Request dg:Warning }
          ?act a ?kind ; dg:speaker ?speaker ; dg:addressee ?addressee ;
            dg:reportedBy report:moscow-talks .
        } ORDER BY ?act""",
    )
    assert [tuple(map(short, row)) for row in found] == [
        ("event/request-early-release", "body/ind-government", "body/rus-authorities"),
        ("event/warning-recruitment", "body/ind-government", "group/indian-citizens"),
    ]


def test_the_number_of_nationals_is_hearsay_with_no_upper_bound(real_store):
    found = rows(
        real_store,
        """SELECT ?least ?most ?evidentiality WHERE {
          ?quantity dg:quantityOf group:indian-nationals-in-russian-army ; dg:minCount ?least ;
            dg:attestedBy ?attestation .
          ?attestation dg:evidentiality ?evidentiality .
          OPTIONAL { ?quantity dg:maxCount ?most }
        }""",
    )
    assert [(least, most, short(e)) for least, most, e in found] == [
        ("44", None, "evidentiality/hearsay")
    ]


def test_no_name_is_given_to_officials_whom_the_report_leaves_unnamed(real_store):
    people = rows(
        real_store,
        """SELECT DISTINCT ?person WHERE {
          ?fact dg:reportedBy report:moscow-talks ; ?property ?person .
          ?person a dg:Person .
        } ORDER BY ?person""",
    )
    assert [short(person) for (person,) in people] == [
        "person/s-jaishankar",
        "person/sergey-lavrov",
        "person/vladimir-putin",
    ]


def test_the_credit_line_leads_to_the_agency(real_store):
    assert rows(
        real_store,
        """SELECT ?publisher WHERE {
          report:moscow-talks dg:basedOn/dg:publisher/rdfs:label ?publisher
        }""",
    ) == [("ANI",)]


def test_every_passage_stands_at_its_offsets_in_the_report(real_store, source_text):
    (whole, length) = rows(
        real_store,
        """SELECT ?sha256 ?length WHERE {
          report:moscow-talks dg:sha256 ?sha256 ; dg:characterCount ?length
        }""",
    )[0]
    assert hashlib.sha256(source_text.encode()).hexdigest() == whole
    assert len(source_text) == int(length)
    passages = rows(
        real_store,
        """SELECT ?start ?end ?sha256 ?paragraph WHERE {
          ?passage dg:passageOf report:moscow-talks ; dg:startOffset ?start ; dg:endOffset ?end ;
            dg:sha256 ?sha256 ; dg:paragraph ?paragraph .
        }""",
    )
    assert len(passages) == 18
    for start, end, digest, paragraph in passages:
        text = source_text[int(start) : int(end)]
        assert hashlib.sha256(text.encode()).hexdigest() == digest
        assert text == text.strip()
        before = [line for line in source_text[: int(end)].split("\n") if line.strip()]
        assert len(before) == int(paragraph)


def test_the_passages_leave_nothing_of_the_report_out(real_store, source_text):
    covered = set()
    for start, end in rows(
        real_store,
        "SELECT ?s ?e WHERE { ?p dg:startOffset ?s ; dg:endOffset ?e ; "
        "dg:passageOf report:moscow-talks }",
    ):
        covered |= set(range(int(start), int(end)))
    left_out = [c for i, c in enumerate(source_text) if i not in covered and not c.isspace()]
    assert left_out == []
