"""A profile says what the graph says in other words, and nothing that reports do not vouch for."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from functools import cache

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from diplograph.build.export import export
from diplograph.build.vocabularies import Alignments, read_alignments, translate
from diplograph.core.dates import date_instants
from diplograph.core.errors import MalformedFile, UsageError
from diplograph.core.formats import PROFILES, SAME_AS, SCHEMA_PROFILE
from diplograph.core.home import ALIGNMENTS, Home
from diplograph.core.names import PREFIXES, compact, expand
from diplograph.store.store import Store
from fixtures.export_scene import make_export_scene
from fixtures.project_files import ROOT
from fixtures.property_cases import fewer_property_cases
from fixtures.small_home import write_home
from fixtures.web_reading import READERS, ignore_rdflib

WIRE = "attestation:wire-"
CITY = """
    city:aport rdf:type dg:City
    city:aport rdfs:label "A Port"@en
    tenure:ada rdf:type dg:Tenure
    tenure:ada rdf:type dg:Fact
    tenure:ada rdfs:label "Ada in office"@en
"""


@cache
def read_profiles():
    return read_alignments(Home.find(ROOT))


@pytest.fixture(scope="module")
def alignments():
    return read_profiles()


@pytest.fixture(scope="module")
def say(alignments):
    """Return a function from profile, thing and property to the values exported of the scene."""
    found = {}
    for profile in ("schema.org", "prov"):
        values = found.setdefault(profile, {})
        for subject, predicate, value in translate(profile, make_export_scene(), alignments):
            text = compact(value.value) if isinstance(value, ox.NamedNode) else value.value
            key = compact(subject.value), compact(predicate.value)
            values.setdefault(key, set()).add(text)

    return lambda profile, thing, name: found[profile].get((thing, name), set())


@pytest.fixture
def schema(say):
    return lambda thing, name: say("schema.org", thing, f"schema:{name}")


@pytest.fixture
def prov(say):
    return lambda thing, name: say("prov", thing, name)


def read(text):
    """Return statements written as in small_build, a line each."""
    return [
        ox.Triple(*map(_term, line.split(maxsplit=2))) for line in text.splitlines() if line.strip()
    ]


def _term(text):
    if text.startswith('"'):
        value, _, language = text[1:].partition('"')
        return ox.Literal(value, language=language[1:]) if language else ox.Literal(value)
    return ox.NamedNode(expand(text))


# ---- schema.org: which events ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "status"),
    [
        ("talks", "EventScheduled"),
        ("visit", "EventScheduled"),
        ("from", "EventScheduled"),
        ("off", "EventCancelled"),
        ("put-off", "EventPostponed"),
        ("moved", "EventRescheduled"),
    ],
)
def test_meetings_and_visits_are_events_of_schema_org_with_a_status(say, schema, event, status):
    assert say("schema.org", f"event:{event}", "rdf:type") == {"schema:Event"}
    assert schema(f"event:{event}", "name") == {event}
    assert schema(f"event:{event}", "eventStatus") == {f"schema:{status}"}


@pytest.mark.parametrize(
    "event", ["denied", "disputed", "implied", "mooted", "failed", "bare", "act"]
)
def test_schema_org_has_no_event_that_is_not_vouched_for_or_that_it_would_take_to_be_on(say, event):
    found = [say("schema.org", f"event:{event}", name) for name in ("rdf:type", "schema:name")]
    assert found == [set(), set()]


def test_the_status_that_reports_give_stands_beside_that_of_schema_org(say):
    [state] = say("schema.org", "event:visit", "dg:latestState")
    assert say("schema.org", state, "dg:currentStatus") == {"status:planned"}
    assert say("schema.org", state, "dg:statusAsOf") == {"2029-12-30"}


# ---- schema.org: days ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "first", "last"),
    [
        ("talks", "2030-01-05", "2030-01-05"),
        ("across", "2029-12-30", "2030-01-03"),
        ("visit", "2030-02", "2030-02"),
        ("month", "2030-03", "2030-03"),
        ("year", "2029", "2029"),
        ("from", "2030-04-01", None),
        ("open", None, None),
        ("decade", None, None),
        ("part", "2030-02", "2030-02"),
        ("off", "2030-05-01", "2030-05-01"),
        ("put-off", None, None),
        ("moved", "2030-06-09", "2030-06-09"),
    ],
)
def test_dates_are_as_precise_as_all_best_dates_together_and_no_more(schema, event, first, last):
    found = [schema(f"event:{event}", name) for name in ("startDate", "endDate")]
    assert found == [{day} if day else set() for day in (first, last)]


@pytest.mark.parametrize(("event", "day"), [("moved", "2030-06-01"), ("put-off", "2030-05-02")])
def test_the_day_that_an_event_was_moved_from_is_its_earlier_date(schema, event, day):
    assert schema(f"event:{event}", "previousStartDate") == {day}


def test_a_hedged_date_has_its_words_and_its_hedge_beside_it(say):
    [estimate] = say("schema.org", "event:visit", "dg:hasDateEstimate")
    assert say("schema.org", estimate, "dg:edtf") == {"2030-02-05~/2030-02-06~"}
    [reading] = say("schema.org", estimate, "dg:supportedBy")
    assert say("schema.org", reading, "dg:modality") == {"modality:likely"}
    assert say("schema.org", reading, "dg:hedgeText") == {"likely around"}


def test_a_part_without_a_date_says_whose_bounds_it_has(say):
    [state] = say("schema.org", "event:part", "dg:latestState")
    assert say("schema.org", state, "dg:boundsFrom") == {"event:visit"}


# ---- schema.org: places and people -------------------------------------------------------------


def test_places_hosts_participants_and_larger_events_are_those_vouched_for(schema):
    assert schema("event:talks", "location") == {"city:aport", "region:coast"}
    assert schema("event:talks", "organizer") == {"state:XBB", "person:bo"}
    assert schema("event:talks", "attendee") == {"person:ada", "person:bo", "state:XAA"}
    assert schema("event:talks", "superEvent") == {"series:talks"}
    assert schema("event:talks", "eventAttendanceMode") == {"schema:OfflineEventAttendanceMode"}
    assert schema("event:visit", "attendee") == {"person:ada"}
    assert schema("event:part", "superEvent") == {"event:visit"}
    assert schema("event:sure", "attendee") == set()


def test_an_implied_place_says_so_beside_it(say):
    places = say("schema.org", "event:talks", "dg:hasPlacement")
    readings = {
        reading for place in places for reading in say("schema.org", place, "dg:supportedBy")
    }
    assert {m for r in readings for m in say("schema.org", r, "dg:modality")} == {
        "modality:implied"
    }


def test_a_state_is_an_organization_there_and_no_place(say, schema):
    assert say("schema.org", "state:XAA", "rdf:type") == {"schema:Organization"}
    assert schema("state:XAA", "latitude") == set()


def test_a_city_has_its_point_and_the_code_of_its_country(schema):
    assert schema("city:aport", "latitude") == {"1.5"}
    assert schema("city:aport", "longitude") == {"-2.5"}
    [address] = schema("city:aport", "address")
    assert schema(address, "addressCountry") == {"XA"}


def test_other_names_and_outside_names_leave_with_a_thing(schema):
    assert schema("forum:league", "alternateName") == {"TL"}
    assert schema("city:aport", "sameAs") == {"<https://cities.example/7>"}


def test_a_full_member_belongs_to_a_forum_and_an_observer_does_not(schema):
    assert schema("state:XAA", "memberOf") == {"forum:league"}
    assert schema("state:XBB", "memberOf") == schema("organization:firm", "memberOf") == set()


def test_a_report_has_its_day_address_publisher_and_basis(schema):
    assert schema("report:wire", "datePublished") == {"2029-12-30"}
    assert schema("report:wire", "url") == {"https://wire.example/1"}
    assert schema("report:wire", "publisher") == {"media:wire"}
    assert schema("report:digest", "isBasedOn") == {"report:wire"}


# ---- PROV and Web Annotation -------------------------------------------------------------------


def test_a_report_is_generated_by_its_publication_and_a_digest_derived_from_it(prov):
    [publication] = prov("report:wire", "prov:wasGeneratedBy")
    assert prov(publication, "rdf:type") == {"prov:Activity"}
    assert prov(publication, "prov:wasAssociatedWith") == {"media:wire"}
    assert prov("report:wire", "prov:wasAttributedTo") == {"media:wire"}
    assert prov("report:wire", "dcterms:issued") == {"2029-12-30"}
    assert prov("report:wire", "prov:generatedAtTime") == set()
    assert prov("report:digest", "prov:wasDerivedFrom") == {"report:wire"}
    assert prov("report:digest", "dg:receivedOn") == {"2030-01-02"}


def test_a_passage_is_a_stretch_of_its_report_with_offsets_and_hash(prov):
    [passage] = prov(f"{WIRE}2", "oa:hasTarget")
    assert prov(passage, "rdf:type") == {"oa:SpecificResource", "prov:Entity"}
    assert prov(passage, "oa:hasSource") == {"report:wire"}
    [selector] = prov(passage, "oa:hasSelector")
    assert prov(selector, "rdf:type") == {"oa:TextPositionSelector"}
    [start], [end] = prov(selector, "oa:start"), prov(selector, "oa:end")
    assert int(end) - int(start) == 7
    assert all(len(value) == 64 for value in prov(passage, "dg:sha256"))


def test_support_has_the_facts_as_bodies_and_its_hedges_beside(prov):
    bodies = prov(f"{WIRE}2", "oa:hasBody")
    assert bodies == {"date-estimate:visit-span-2030-02-05--2030-02-06-"}
    assert prov(f"{WIRE}2", "oa:motivatedBy") == {"oa:describing"}
    assert prov(f"{WIRE}2", "dg:modality") == {"modality:likely"}
    assert prov(f"{WIRE}2", "dg:hedgeText") == {"likely around"}
    assert prov(f"{WIRE}3", "prov:wasAttributedTo") == {"body:ministry"}


def test_a_denial_is_carried_as_one_and_never_as_support(alignments):
    exported = translate("prov", make_export_scene(), alignments)
    by = {name: set() for name in ("dg:denies", "oa:hasBody", "oa:motivatedBy")}
    for subject, predicate, value in exported:
        if (name := compact(predicate.value)) in by:
            by[name].add((subject, value))
    denials = {subject for subject, _ in by["dg:denies"]}
    assert len(by["dg:denies"]) == 7
    assert denials.isdisjoint(subject for subject, _ in by["oa:hasBody"])
    assessing = ox.NamedNode(expand("oa:assessing"))
    assert denials == {subject for subject, value in by["oa:motivatedBy"] if value == assessing}


# ---- ORG and SEM -------------------------------------------------------------------------------


def test_a_post_is_in_an_organization_and_held_while_no_end_is_known(prov):
    assert prov("office:minister", "org:postIn") == {"state:XAA"}
    assert prov("office:secretary", "org:postIn") == {"forum:league"}
    assert prov("office:minister", "org:heldBy") == {"person:ada"}
    assert prov("person:ada", "org:holds") == {"office:minister"}
    assert prov("tenure:earlier", "dg:office") == {"office:minister"}
    assert prov("date-estimate:ada-start-2029", "dg:dateOf") == {"tenure:ada"}


def test_a_denied_tenure_and_a_denied_membership_give_nothing(prov):
    assert prov("office:secretary", "org:heldBy") == prov("tenure:bo", "dg:holder") == set()
    assert prov("membership:firm", "rdf:type") == prov("membership:firm", "org:member") == set()


def test_a_membership_has_a_member_an_organization_and_a_role(prov):
    assert prov("membership:xbb", "rdf:type") == {"org:Membership"}
    assert prov("membership:xbb", "org:member") == {"state:XBB"}
    assert prov("membership:xbb", "org:organization") == {"forum:league"}
    assert prov("membership:xbb", "org:role") == {"membership-kind:observer"}
    assert prov("membership-kind:observer", "rdf:type") == {"org:Role"}


def test_only_an_organ_of_a_formal_organization_is_its_unit(prov):
    assert prov("organ:council", "org:unitOf") == {"forum:league"}
    assert prov("organ:desk", "org:unitOf") == set()
    assert prov("organ:desk", "org:subOrganizationOf") == {"forum:club"}
    assert "org:FormalOrganization" not in prov("body:unnamed", "rdf:type")


@pytest.mark.parametrize(
    ("event", "times"),
    [
        ("visit", ["2030-02-05T00", "2030-02-06T23", "2030-02-05T00", "2030-02-06T23"]),
        ("across", ["2029-12-30T00", "2029-12-30T23", "2030-01-03T00", "2030-01-03T23"]),
        ("from", ["2030-04-01T00", "2030-04-01T23", None, None]),
        ("open", [None, "2030-04-01T23", None, "2030-04-01T23"]),
        ("part", ["2030-02-05T00", None, None, "2030-02-06T23"]),
        ("off", [None] * 4),
        ("put-off", [None] * 4),
        ("failed", [None] * 4),
        ("denied", [None] * 4),
    ],
)
def test_when_an_event_begins_and_ends_at_the_earliest_and_the_latest(prov, event, times):
    names = ("EarliestBegin", "LatestBegin", "EarliestEnd", "LatestEnd")
    found = [prov(f"event:{event}", f"sem:has{name}TimeStamp") for name in names]
    assert [{value[:13] for value in values} for values in found] == [
        {time} if time else set() for time in times
    ]


def test_actors_have_their_roles(prov):
    assert prov("event:talks", "sem:hasActor") >= {"person:bo", "group:crowd"}
    assert prov("participation:talks-bo", "rdf:type") == {"sem:Role"}
    assert prov("participation:talks-bo", "rdf:value") == {"person:bo"}
    assert prov("participation:talks-bo", "sem:roleType") == {"participation-role:host"}
    assert prov("event:denied", "rdf:type") == prov("event:denied", "sem:hasActor") == set()


# ---- the whole graph and one thing -------------------------------------------------------------


def test_every_meeting_and_visit_that_is_reported_firmly_leaves_with_name_status_and_dates(
    alignments, real_store
):
    """A place or a host too, implied or not, and whoever takes part, where that is said firmly."""
    exported = translate("schema.org", [quad.triple for quad in real_store.quads()], alignments)
    store = Store(
        lambda: [ox.Quad(*triple, ox.NamedNode(PREFIXES["graph"])) for triple in exported], "0" * 64
    )
    firm = (
        "dg:supportedBy/dg:modality ?m . FILTER (?m NOT IN (modality:implied, modality:possible))"
    )
    named = ("dg", "modality", "schema")
    prologue = "".join(f"PREFIX {name}: <{PREFIXES[name]}> " for name in named)

    def select(store, pattern):
        rows = store.query(f"{prologue} SELECT DISTINCT ?event {{ {pattern} }}")
        return {row["event"] for row in rows}

    def find(pattern):
        return select(store, f"?event {pattern}")

    events = select(
        real_store,
        "VALUES ?kind { dg:Meeting dg:Visit } ?event a ?kind ;"
        f" dg:latestState/dg:currentStatus ?status ; {firm}",
    )

    def expect(pattern):
        return select(real_store, pattern) & events

    assert len(events) > 5
    assert find("a schema:Event") == events
    assert find("schema:name ?name ; schema:eventStatus ?status") == events
    dated = expect("?event dg:latestState ?s . ?s dg:boundEarliest ?e ; dg:boundLatest ?l")
    assert find("schema:startDate ?day") == dated
    assert find("schema:location|schema:organizer ?where") == events
    joined = expect(
        f"{{ ?event dg:visitor ?who }} UNION {{ ?event dg:hasParticipation ?p . ?p {firm} }}"
    )
    assert find("schema:attendee ?who") == joined


@pytest.mark.parametrize("profile", [name for name, bases in PROFILES.items() if bases])
def test_what_is_about_a_thing_leads_to_it(alignments, profile):
    event = expand("event:talks")
    found = translate(profile, make_export_scene(), alignments, event)
    subjects = {triple.subject.value for triple in found}
    assert event in subjects
    assert subjects < {
        triple.subject.value for triple in translate(profile, make_export_scene(), alignments)
    }


def test_a_thing_that_has_no_word_there_has_its_name(alignments):
    found = translate("schema.org", read(CITY), alignments, expand("tenure:ada"))
    name = ox.NamedNode(f"{SCHEMA_PROFILE}name")
    label = ox.Literal("Ada in office", language="en")
    assert found == {ox.Triple(ox.NamedNode(expand("tenure:ada")), name, label)}


def test_an_unknown_profile_is_refused_with_the_choices(alignments):
    with pytest.raises(UsageError, match=r"choose one of schema\.org, prov, asserted"):
        translate("dublin-core", [], alignments)


def test_what_is_asserted_stays_as_it_is(alignments):
    assert translate("asserted", read(CITY), alignments) == frozenset(read(CITY))


def test_literals_leave_as_they_are_written(alignments):
    number = ox.NamedNode(expand("xsd:positiveInteger"))
    passage = ox.NamedNode(expand("passage:wire-1"))
    written = {
        ox.Triple(passage, ox.NamedNode(expand("dg:paragraph")), ox.Literal("07", datatype=number)),
        ox.Triple(passage, ox.NamedNode(expand("rdf:type")), ox.NamedNode(expand("dg:Source"))),
    }
    assert written - translate("prov", written, alignments) == {
        triple for triple in written if triple.object == ox.NamedNode(expand("dg:Source"))
    }


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
    contexts = json.dumps({**document["@context"], "@vocab": ""})
    assert "http" not in contexts.replace(PREFIXES["dg"], "").replace(PREFIXES["xsd"], "")
    kinds = [node["@type"] for node in document["@graph"] if "@type" in node]
    assert "Person" in kinds


def test_a_profile_goes_with_no_other_selection(graph):
    with pytest.raises(UsageError, match="leave out 'ontology'"):
        graph.export("turtle", "ontology", "prov")
    assert graph.export("turtle", profile="asserted") == graph.export("turtle")


@pytest.mark.parametrize("same_as", SAME_AS)
@pytest.mark.parametrize("profile", ["", *PROFILES])
def test_outside_names_are_given_as_the_same_thing_where_wanted(real_store, same_as, profile):
    alignments = read_alignments(Home.find(ROOT))
    moscow, name = f"<{PREFIXES['city']}moscow>", "<http://www.wikidata.org/entity/Q649>"
    line = f"{moscow} <{SAME_AS[same_as]}> {name} ."
    wanted = export(real_store, "ntriples", profile=profile, alignments=alignments, same_as=same_as)
    assert line in wanted.decode().splitlines()
    assert (
        line not in export(real_store, "ntriples", profile=profile, alignments=alignments).decode()
    )


def test_outside_names_stay_in_the_graph_that_gives_them(real_store):
    text = export(real_store, "nquads", same_as="owl:sameAs").decode()
    lines = [line for line in text.splitlines() if "owl#sameAs" in line]
    assert lines
    assert all(f"<{PREFIXES['graph']}reference> ." in line for line in lines)


def test_outside_names_cannot_be_given_as_anything(graph):
    with pytest.raises(UsageError, match=r"'rdfs:seeAlso': choose owl:sameAs or skos:exactMatch"):
        graph.export(same_as="rdfs:seeAlso")


def test_a_home_without_alignments_says_that_it_has_none(tmp_path, small_store):
    home = write_home(tmp_path / "home")
    (home.ontology / ALIGNMENTS).unlink(missing_ok=True)
    assert read_alignments(Home.find(home.root)) == Alignments()
    with pytest.raises(UsageError, match=r"has no alignments\.ttl"):
        export(small_store, profile="prov", alignments=Alignments())


def test_alignments_are_read_with_a_name_for_their_text(world, alignments):
    assert alignments.properties[f"{PREFIXES['dg']}passageOf"] == (
        f"{PREFIXES['oa']}hasSource",
        f"{SCHEMA_PROFILE}isPartOf",
    )
    assert set(alignments.queries) == {"prov", "schema.org"}
    assert len(alignments.digest) == 64
    assert read_alignments(world) == alignments


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# Words\nCONSTRUCT { ?s ?p } WHERE { ?s ?p ?o }", r"ontology/profiles/prov\.rq:2"),
        ("ASK {}", "a profile is a CONSTRUCT query"),
        ("CONSTRUCT WHERE { SERVICE <https://x.example/> { ?s ?p ?o } }", r"profiles/prov\.rq"),
    ],
)
def test_a_query_that_is_none_is_named_with_its_file(tmp_path, world, text, message):
    shutil.copytree(world.root, tmp_path / "home")
    home = Home.find(tmp_path / "home")
    before = read_alignments(home)
    (home.profiles / "prov.rq").write_text("CONSTRUCT { ?s a ?o } { ?s a ?o }", encoding="utf-8")
    assert read_alignments(home).digest != before.digest
    (home.profiles / "prov.rq").write_text(text, encoding="utf-8")
    with pytest.raises(MalformedFile, match=message):
        read_alignments(home)


def test_a_query_of_no_profile_is_named_with_the_choices(tmp_path, world):
    shutil.copytree(world.root, tmp_path / "home")
    home = Home.find(tmp_path / "home")
    (home.profiles / "foaf.rq").write_text("CONSTRUCT { ?s a ?o } { ?s a ?o }", encoding="utf-8")
    with pytest.raises(MalformedFile, match=r"foaf\.rq.*let it be schema\.org or prov: 'foaf'"):
        read_alignments(home)


def test_without_its_query_a_profile_has_classes_of_entities_alone(alignments):
    bare = replace(alignments, queries={})
    found = translate("schema.org", make_export_scene(), bare)
    assert not [triple for triple in found if "/id/event/" in triple.subject.value]
    assert [triple for triple in found if "/id/city/" in triple.subject.value]


def test_the_command_line_takes_every_profile(graph, tmp_path):
    from click.testing import CliRunner

    from diplograph.cli import export as command
    from diplograph.cli import main

    [option] = [option for option in command.export_command.params if option.name == "profile"]
    assert set(option.type.choices) == set(PROFILES)
    path = tmp_path / "graph.jsonld"
    home = ["--home", str(graph.home.root), "export"]
    asked = ["--profile", "schema.org", "--format", "jsonld", "--same-as", "owl:sameAs"]
    result = CliRunner().invoke(main, [*home, *asked, "-o", str(path)])
    assert result.exit_code == 0, result.output
    written = graph.export("jsonld", profile="schema.org", same_as="owl:sameAs")
    assert path.read_bytes() == written
    both = CliRunner().invoke(main, [*home, "--same-as", "owl:sameAs", "--dumps", str(tmp_path)])
    assert (both.exit_code, both.output.count("--same-as goes with")) == (2, 1)


# ---- dates in general -----------------------------------------------------------------------

DATES = [
    f"{first}{last}"
    for first in (
        "2029",
        "2029-12",
        "2029-12-30",
        "2030-01-05",
        "2030-01-05~",
        "2029-12-30T10:00:00Z",
    )
    for last in ("", "/2030-01-05", "/2030-02", "/..")
    if not ("T" in first and last) and not (first[:10] > "2030-01-05" and last == "/2030-01-05")
]


@fewer_property_cases
@given(
    st.lists(
        st.tuples(
            st.sampled_from(DATES),
            st.sampled_from(["span", "start", "end", "window"]),
            st.sampled_from(["asserted", "planned", "expected", "likely"]),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_a_date_is_no_more_precise_than_any_best_date(estimates):
    """What is exported begins the instants of all, and a day is put firmly by all."""
    expected = {"startDate": [], "endDate": []}
    lines = ["event:talks rdf:type dg:Event", "event:talks rdf:type dg:Meeting"]
    lines += [
        "event:talks dg:latestState event-state:talks",
        "event:talks dg:supportedBy attestation:a",
    ]
    lines += ["attestation:a dg:modality modality:asserted"]
    lines += ["event-state:talks dg:currentStatus status:held"]
    statements = read("\n".join(lines))

    def add(subject, predicate, value):
        term = value if isinstance(value, ox.Literal) else ox.NamedNode(expand(value))
        statements.append(
            ox.Triple(ox.NamedNode(expand(subject)), ox.NamedNode(expand(predicate)), term)
        )

    for number, (edtf, role, modality) in enumerate(estimates):
        estimate = f"date-estimate:e{number}"
        instants = date_instants(edtf, role)
        add("event-state:talks", "dg:bestDate", estimate)
        add(estimate, "dg:dateRole", f"date-role:{role}")
        add(estimate, "dg:edtf", ox.Literal(edtf))
        add(estimate, "dg:supportedBy", f"attestation:e{number}")
        add(f"attestation:e{number}", "dg:modality", f"modality:{modality}")
        for name, instant in instants._asdict().items():
            if instant:
                first, last = name.split("_")
                stamp = ox.Literal(instant, datatype=ox.NamedNode(expand("xsd:dateTime")))
                add(estimate, f"dg:{first}{last.title()}", stamp)
        firm = modality in ("asserted", "planned") and "~" not in edtf
        if role != "end":
            expected["startDate"].append((firm, instants.start_earliest, instants.start_latest))
        if role != "start":
            expected["endDate"].append((firm, instants.end_earliest, instants.end_latest))
    found = translate("schema.org", statements, read_profiles())
    for name, bounds in expected.items():
        days = [t.object.value for t in found if t.predicate.value == f"{SCHEMA_PROFILE}{name}"]
        instants = [instant for _, *both in bounds for instant in both]
        years = {instant and instant[:4] for instant in instants}
        assert len(days) == (bool(years) and None not in years and len(years) == 1)
        for day in days:
            assert all(instant.startswith(day) for instant in instants)
            assert len(day) < 10 or all(firm for firm, *_ in bounds)
