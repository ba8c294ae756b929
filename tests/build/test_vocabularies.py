"""A profile says what the graph says in other words, and nothing that is not sure."""

import json

import pyoxigraph as ox
import pytest
import rdflib

from diplograph.build.export import export
from diplograph.build.vocabularies import Alignments, read_alignments, translate
from diplograph.core.errors import UsageError
from diplograph.core.formats import PROFILES, SCHEMA_PROFILE
from diplograph.core.home import ALIGNMENTS, Home
from diplograph.core.names import PREFIXES
from fixtures.small_home import write_home
from fixtures.web_reading import READERS, ignore_rdflib

EVENT = f"{PREFIXES['event']}talks"
TALKS = """
    event:talks rdf:type dg:Event
    event:talks rdfs:label "Talks"@en
    event:talks dg:hasParticipant person:ada
    person:ada rdf:type dg:Person
    person:ada rdfs:label "Ada"@en
    date-estimate:first rdf:type dg:DateEstimate
    date-estimate:first dg:dateOf event:talks
    date-estimate:first dg:dateRole date-role:whole
    date-estimate:first dg:edtf "2030-05-06"
    date-estimate:first dg:earliest "2030-05-06T00:00:00Z"
    date-estimate:first dg:latest "2030-05-06T23:59:59Z"
    attestation:first dg:attests date-estimate:first
    attestation:first dg:modality modality:asserted
"""


@pytest.fixture(scope="module")
def alignments(world):
    return read_alignments(world)


def read(text):
    """Return statements written as in small_build, a line each."""
    return [_triple(*line.split(maxsplit=2)) for line in text.splitlines() if line.strip()]


def _triple(*terms):
    return ox.Triple(*map(_term, terms))


def _term(text):
    if text.startswith('"'):
        value, _, language = text[1:].partition('"')
        return ox.Literal(value, language=language[1:]) if language else ox.Literal(value)
    prefix, _, local = text.partition(":")
    return ox.NamedNode(PREFIXES[prefix] + local)


def said(alignments, text, profile="schema.org", about=None):
    """Return the statements of the profile as lines of CURIEs."""
    found = translate(profile, read(text), alignments, about)
    lines = (" ".join(str(term) for term in each) for each in found)
    return {
        line.replace(f"<{SCHEMA_PROFILE}", "schema:").replace(">", "").replace("<", "")
        for line in lines
    }


def days(alignments, text):
    """Return property to day of what schema.org is told of the talks."""
    found = translate("schema.org", read(text), alignments)
    return {
        each.predicate.value.removeprefix(SCHEMA_PROFILE): each.object.value
        for each in found
        if each.predicate.value.endswith("Date")
    }


# ---- words --------------------------------------------------------------------------------


def test_types_properties_and_names_are_those_of_schema_org(alignments):
    event, ada = EVENT, f"{PREFIXES['person']}ada"
    kind = f"{PREFIXES['rdf']}type"
    assert said(alignments, TALKS) == {
        f"{event} {kind} schema:Event",
        f'{event} schema:name "Talks"@en',
        f"{event} schema:attendee {ada}",
        f"{ada} {kind} schema:Person",
        f'{ada} schema:name "Ada"@en',
        f'{event} schema:startDate "2030-05-06"^^schema:Date',
        f'{event} schema:endDate "2030-05-06"^^schema:Date',
    }


@pytest.mark.parametrize("profile", [name for name, bases in PROFILES.items() if bases])
def test_a_profile_has_no_other_words_than_its_own(alignments, real_store, profile):
    names = (SCHEMA_PROFILE,) if profile == "schema.org" else (f"{PREFIXES['rdfs']}label",)
    words = (*PROFILES[profile], *names, f"{PREFIXES['rdf']}type")
    found = translate(profile, (quad.triple for quad in real_store.quads()), alignments)
    assert len(found) > 100
    assert {
        each.predicate.value for each in found if not each.predicate.value.startswith(words)
    } == (set())
    classes = {each.object.value for each in found if each.predicate.value == words[-1]}
    assert all(each.startswith(PROFILES[profile]) for each in classes)


def test_what_prov_and_its_kin_have_is_said_in_their_words(alignments):
    found = said(alignments, TALKS, "prov")
    assert f"{EVENT} {PREFIXES['sem']}hasActor {PREFIXES['person']}ada" in found
    assert f'{EVENT} {PREFIXES["rdfs"]}label "Talks"@en' in found


def test_what_is_about_a_thing_leads_to_it(alignments):
    apart = 'person:bo rdf:type dg:Person\nperson:bo rdfs:label "Bo"@en'
    found = said(alignments, f"{TALKS}\n{apart}", about=EVENT)
    assert not any("/person/bo" in line for line in found)
    assert any("/person/ada" in line for line in found)


def test_a_thing_that_has_no_word_there_has_its_name(alignments):
    text = 'tenure:ada rdf:type dg:Tenure\ntenure:ada rdfs:label "Ada in office"@en'
    iri = f"{PREFIXES['tenure']}ada"
    assert said(alignments, text, about=iri) == {f'{iri} schema:name "Ada in office"@en'}


def test_an_unknown_profile_is_refused_with_the_choices(alignments):
    with pytest.raises(UsageError, match=r"choose one of schema\.org, prov, asserted"):
        translate("dublin-core", [], alignments)


def test_what_is_asserted_stays_as_it_is(alignments):
    assert translate("asserted", read(TALKS), alignments) == frozenset(read(TALKS))


# ---- days ---------------------------------------------------------------------------------


def test_a_day_that_is_sure_begins_and_ends_the_event(alignments):
    assert days(alignments, TALKS) == {"startDate": "2030-05-06", "endDate": "2030-05-06"}


@pytest.mark.parametrize("edtf", ["2030-05", "2030-05-06~", "2030-05-06?", "2030-05-06/2030-05-07"])
def test_a_date_that_is_no_plain_day_is_left_out(alignments, edtf):
    assert days(alignments, TALKS.replace('edtf "2030-05-06"', f'edtf "{edtf}"')) == {}


@pytest.mark.parametrize("modality", ["likely", "possible", "implied", "denied", "expected"])
def test_a_day_that_its_source_does_not_vouch_for_is_left_out(alignments, modality):
    assert days(alignments, TALKS.replace("modality:asserted", f"modality:{modality}")) == {}


def test_a_day_that_no_passage_gives_is_left_out(alignments):
    assert days(alignments, TALKS.partition("    attestation:first")[0]) == {}


OTHER = """
    date-estimate:other dg:dateOf event:talks
    date-estimate:other dg:dateRole date-role:whole
    date-estimate:other dg:edtf "2030-05-09"
    date-estimate:other dg:earliest "2030-05-09T00:00:00Z"
    date-estimate:other dg:latest "2030-05-09T23:59:59Z"
    attestation:other dg:attests date-estimate:other
    attestation:other dg:modality modality:{modality}
"""


@pytest.mark.parametrize("modality", ["asserted", "likely"])
def test_a_day_that_another_reading_excludes_is_left_out(alignments, modality):
    assert days(alignments, TALKS + OTHER.format(modality=modality)) == {}


def test_a_month_that_holds_the_day_leaves_it_sure(alignments):
    wide = OTHER.format(modality="likely").replace("2030-05-09T00", "2030-05-01T00")
    wide = wide.replace('edtf "2030-05-09"', 'edtf "2030-05"').replace("05-09T23", "05-31T23")
    assert days(alignments, TALKS + wide)["startDate"] == "2030-05-06"


@pytest.mark.parametrize(
    "line",
    [
        "attestation:other dg:supersedes attestation:first",
        "attestation:first dg:supersededBy attestation:other",
    ],
)
def test_a_day_whose_reading_was_replaced_gives_way_to_the_later_one(alignments, line):
    text = f"{TALKS}{OTHER.format(modality='asserted')}\n{line}"
    assert days(alignments, text)["startDate"] == "2030-05-09"


def test_a_start_and_an_end_are_days_of_their_own(alignments):
    first = TALKS.replace("date-role:whole", "date-role:start")
    last = OTHER.format(modality="asserted").replace("date-role:whole", "date-role:end")
    assert days(alignments, first + last) == {"startDate": "2030-05-06", "endDate": "2030-05-09"}


STATUS = """
    status-record:one dg:statusOf event:talks
    status-record:one dg:statusValue status:{status}
    attestation:status dg:attests status-record:one
"""


@pytest.mark.parametrize(
    ("status", "word"), [("cancelled", "EventCancelled"), ("postponed", "EventPostponed")]
)
def test_an_event_that_was_called_off_says_so_and_has_no_day(alignments, status, word):
    text = TALKS + STATUS.format(status=status)
    assert days(alignments, text) == {}
    assert f"{EVENT} schema:eventStatus schema:{word}" in said(alignments, text)


def test_an_event_that_was_not_held_has_no_day(alignments):
    assert days(alignments, TALKS + STATUS.format(status="not-held")) == {}


def test_a_date_of_what_is_named_beside_is_not_told(alignments):
    text = TALKS + "    event:talks dg:subEventOf event:summit\n    event:summit rdf:type dg:Event"
    found = translate("schema.org", read(text), alignments, f"{PREFIXES['event']}summit")
    assert not any(each.predicate.value.endswith("Date") for each in found)


def test_no_day_of_the_report_is_told_that_is_not_in_a_file_as_a_plain_day(alignments, real_store):
    quads = real_store.quads()
    found = translate("schema.org", (quad.triple for quad in quads), alignments)
    told = {each.object.value for each in found if each.predicate.value.endswith("Date")}
    assert told == {"2025-11-17", "2025-11-18"}


# ---- the export ---------------------------------------------------------------------------


@ignore_rdflib
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("form", ["turtle", "jsonld", "rdfxml"])
def test_a_profile_says_the_same_in_every_format_the_same_bytes_each_time(graph, profile, form):
    data = graph.export(form, profile=profile)
    assert data == graph.export(form, profile=profile)
    read_back = set(rdflib.Graph().parse(data=data, format=READERS[form]))
    plain = graph.export("ntriples", profile=profile)
    assert read_back == set(rdflib.Graph().parse(data=plain, format="nt"))


def test_jsonld_in_the_words_of_schema_org_has_them_bare_and_fetches_nothing(graph):
    document = json.loads(graph.export("jsonld", profile="schema.org"))
    assert document["@context"]["@vocab"] == SCHEMA_PROFILE
    assert "http" not in json.dumps({**document["@context"], "@vocab": ""})
    assert "Event" in {
        each["@type"]
        for each in document["@graph"]
        if "@type" in each and isinstance(each["@type"], str)
    }


def test_a_profile_goes_with_no_other_selection(graph):
    with pytest.raises(UsageError, match="leave out 'ontology'"):
        graph.export("turtle", "ontology", "prov")
    assert graph.export("turtle", profile="asserted") == graph.export("turtle")


def test_a_home_without_alignments_says_that_it_has_none(tmp_path, small_store):
    home = write_home(tmp_path / "home")
    (home.ontology / ALIGNMENTS).unlink(missing_ok=True)
    assert read_alignments(Home.find(home.root)) == Alignments()
    with pytest.raises(UsageError, match=r"has no alignments\.ttl"):
        export(small_store, profile="prov", alignments=Alignments())


def test_alignments_are_read_with_a_name_for_their_text(world, alignments):
    assert alignments.properties[f"{PREFIXES['dg']}takesPlaceIn"] == (
        f"{PREFIXES['sem']}hasPlace",
        f"{SCHEMA_PROFILE}location",
    )
    assert len(alignments.digest) == 64
    assert read_alignments(world) == alignments


def test_the_command_line_takes_every_profile(graph, tmp_path):
    from click.testing import CliRunner

    from diplograph.cli import export as command
    from diplograph.cli import main

    [option] = [option for option in command.export_command.params if option.name == "profile"]
    assert set(option.type.choices) == set(PROFILES)
    path = tmp_path / "graph.jsonld"
    asked = ["export", "--profile", "schema.org", "--format", "jsonld", "-o", str(path)]
    result = CliRunner().invoke(main, ["--home", str(graph.home.root), *asked])
    assert result.exit_code == 0, result.output
    assert path.read_bytes() == graph.export("jsonld", profile="schema.org")
