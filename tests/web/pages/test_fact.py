"""A fact's page says why it is here, who disagrees, how to cite it; a statement's, why it holds."""

import html
import re

import pyoxigraph as ox
import pytest

from diplograph.core.names import FACT_KINDS, INFERRED_GRAPH, expand
from diplograph.core.settings import Settings
from diplograph.store.engine import LocalEngine
from diplograph.views.derivation import Explainer
from diplograph.views.explanation import explain_statement
from diplograph.views.fact import read_fact
from diplograph.views.query import QueryRunner
from diplograph.views.schema import read_schema
from diplograph.web.addresses import find_path, read_names
from diplograph.web.app import create_app
from fixtures.markup import find_mistakes
from fixtures.recording_engine import RecordingEngine
from fixtures.site_pages import get, text_of
from fixtures.written_store import write_store

QUERIES = 12
STATEMENT = "/fact/statement?subject={}&predicate={}&object={}"


def facts_of(store):
    kind = ox.NamedNode(expand("dg:Fact"))
    found = store.match(None, ox.NamedNode(expand("rdf:type")), kind)
    return sorted({quad.subject.value for quad in found})


def test_every_fact_has_a_valid_page_of_few_queries(world_store):
    engine = RecordingEngine(world_store)
    client = create_app(engine).test_client()
    facts = facts_of(world_store)
    assert {iri.split("/id/")[1].split("/")[0] for iri in facts} <= set(FACT_KINDS)
    for iri in facts[::3]:
        engine.texts.clear()
        page = get(client, f"/fact/{iri.split('/id/')[1]}")
        assert page.status_code == 200
        assert len(engine.texts) <= QUERIES
        assert find_mistakes(page.get_data(as_text=True)) == []


def test_a_sentence_says_what_each_kind_of_fact_says(real_store):
    asking = QueryRunner(LocalEngine(real_store))
    said = {
        "date-estimate:putin-visit-5-6-december": (
            "Putin's visit to India in December 2025: around 5 to 6 December 2025."
        ),
        "status-record:moscow-talks-scheduled": (
            "Lavrov-Jaishankar talks in Moscow: recorded as scheduled."
        ),
        "quantity-estimate:indian-nationals-in-russian-army": (
            "Indian nationals said to serve in the Russian Army: at least 44 persons,"
            " no upper bound given."
        ),
        "link:moscow-talks-in-moscow": ("Lavrov-Jaishankar talks in Moscow: in Moscow."),
    }
    for curie, sentence in said.items():
        assert read_fact(asking, expand(curie)).sentence == sentence


def test_each_source_has_voice_hedge_and_locator(real_store):
    client = create_app(real_store).test_client()
    page = text_of(get(client, "/fact/status-record/moscow-talks-scheduled"))
    for part in (
        "citing Russian Foreign Ministry",
        "planned",
        "official announcement",
        "will be held",
    ):
        assert part in page
    assert "characters 4" in page


def test_a_more_exact_date_refines_the_other(real_store):
    asking = QueryRunner(LocalEngine(real_store))
    (rival,) = read_fact(asking, expand("date-estimate:putin-visit-5-6-december")).rivals
    assert (rival.relation, rival.record.thing.curie) == (
        "refines",
        "date-estimate:putin-visit-early-december",
    )


def test_a_contradiction_is_told_as_one(client):
    page = text_of(get(client, "/fact/status-record/lantern-council-cancelled"))
    assert "Contradiction: this and" in page


def test_a_superseded_reading_says_by_what(client):
    page = text_of(get(client, "/fact/date-estimate/ostrel-officials-february"))
    assert "All of them have been corrected." in page
    assert "Corrected by Corvia Courier on the neighbours, reading 2" in page
    assert "This is corrected by day of the Ostrel meeting" in page


def test_what_is_only_denied_has_a_page_that_says_by_whom(client):
    page = text_of(get(client, "/fact/event/kest-visit-corvia"))
    assert "Denied: visit of Bruno Kest to Corvia." in page
    assert "No report says so: it is denied by 1 passage in 1 report." in page
    assert "citing Foreign Ministry of Belmora Denied." in page
    assert "Denied by: [release of Belmora's Foreign Ministry]" in page
    assert "Based on 1" not in page


def test_what_one_report_says_and_another_denies_is_said_of_both(client):
    page = text_of(get(client, "/fact/stage/defence-pact-proposed"))
    assert "Based on 2 passages in 2 reports. It is denied by 1 passage in 1 report" in page


@pytest.mark.parametrize("address", ["/ontology/Visit", "/search?q=Kest"])
def test_what_is_only_denied_is_in_no_list(client, address):
    assert "visit of Bruno Kest to Corvia" not in text_of(get(client, address))


def test_hearsay_alone_is_said(real_store):
    client = create_app(real_store).test_client()
    page = text_of(get(client, "/fact/event/service-in-russian-army"))
    assert "The report states this as fact, but bases it on hearsay." in page


def test_what_is_no_fact_leads_to_its_own_page(client):
    answer = get(client, "/fact/city/belport")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/page/city/belport")
    assert get(client, "/fact/event/nothing").status_code == 404


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [
        ("bib", "application/x-bibtex"),
        ("json", "application/json"),
        ("ris", "application/x-research-info-systems"),
    ],
)
def test_a_citation_can_be_had_as_a_file(client, suffix, kind):
    page = get(client, "/fact/status-record/lantern-council-cancelled").get_data(as_text=True)
    address = f"/fact/status-record/lantern-council-cancelled.{suffix}"
    assert f'href="{address}"' in page
    answer = client.get(address)
    assert (answer.status_code, answer.mimetype) == (200, kind)


# ---- statements ---------------------------------------------------------------------------


def inferred_of(store):
    found = (
        quad
        for quad in store.match(None, None, None)
        if quad.graph_name.value == INFERRED_GRAPH
        and isinstance(quad.subject, ox.NamedNode)
        and not isinstance(quad.object, ox.BlankNode)
        and "/id/" in quad.subject.value
    )
    return sorted(found, key=str)


def test_an_inferred_statement_has_the_derivation_that_the_whole_graph_gives(world_store):
    asking = QueryRunner(LocalEngine(world_store))
    schema, whole = read_schema(asking), Explainer(world_store.match)
    for quad in inferred_of(world_store)[::151]:
        asking.texts.clear()
        terms = (quad.subject.value, quad.predicate.value, quad.object.value)
        explained = explain_statement(asking, schema, *terms)
        assert len(asking.texts) <= 5
        expected = whole.explain(quad.triple)
        assert explained.reason is not None, quad
        assert size(explained.reason) == expected.size, quad


def size(reason):
    return 1 + sum(map(size, reason.premises))


def test_a_statement_says_the_rule_and_the_facts_with_passages(real_store):
    client = create_app(real_store).test_client()
    talks = STATEMENT.format("event:moscow-talks-2025-11", "dg:engages", "state:RUS")
    page = text_of(get(client, talks))
    assert "No data file states this. It is inferred." in page
    assert '"engages" is "has participation", then "on behalf of"' in page
    assert "Lavrov at the Moscow talks" in page
    assert "Moscow talks report, para. 1" in page


def test_an_asserted_statement_says_in_which_graph(real_store):
    client = create_app(real_store).test_client()
    page = get(client, STATEMENT.format("link:moscow-talks-in-moscow", "dg:linkTo", "city:moscow"))
    assert "This is stated in a data file." in text_of(page)


def test_a_passage_stands_only_with_what_it_says_and_not_with_what_follows(real_store):
    asking = QueryRunner(LocalEngine(real_store))
    terms = (
        "event:ind-rus-annual-summit-23",
        "dg:partOfVisit",
        "event:putin-india-visit-2025-12",
    )
    explained = explain_statement(asking, read_schema(asking), *map(expand, terms))
    said = {ground.thing.curie: ground.statements for ground in explained.facts}
    visit, summit = "Putin's visit to India in December 2025", "23rd India-Russia annual summit"
    part = "23rd annual summit as part of Putin's visit"
    assert said == {
        "event:putin-india-visit-2025-12": (f"{visit} is a visit",),
        "link:annual-summit-23-during-putin-visit": (
            f"{part} - inclusion of - {summit}",
            f"{part} - link to - {visit}",
        ),
    }


def test_what_rules_worked_out_from_what_rules_worked_out_leads_on(real_store):
    client = create_app(real_store).test_client()
    page = get(client, STATEMENT.format("state:RUS", "dg:everMet", "state:IND"))
    leading = re.findall(r'href="(/fact/statement[^"]+)">where this comes from', page.text)
    assert leading
    for address in leading:
        assert get(client, html.unescape(address)).status_code == 200


def test_a_literal_may_be_the_object(real_store):
    client = create_app(real_store).test_client()
    address = STATEMENT.format("date-estimate:putin-visit-2021", "dg:edtf", "2021")
    assert get(client, address).status_code == 200


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/fact/statement", 400),
        (STATEMENT.format("event:morn-visit", "dg:engages", "state:NOPE"), 404),
        (STATEMENT.format("nothing", "dg:engages", "state:NOPE"), 400),
        (STATEMENT.format("http://x/%3E%20%7D", "dg:engages", "state:NOPE"), 400),
        (STATEMENT.format("event:morn-visit", "dg:engages", "%22%7D%20%23"), 404),
    ],
)
def test_a_statement_that_is_not_there_is_refused_in_words(client, address, status):
    assert get(client, address).status_code == status


def test_a_chain_that_is_not_found_is_said(tmp_path):
    store = write_store(tmp_path, inferred=("event:talks dg:engages state:XAA",))
    client = create_app(store).test_client()
    page = get(client, STATEMENT.format("event:talks", "dg:engages", "state:XAA"))
    assert "We could not find which rules this follows from." in text_of(page)


# ---- all kinds ----------------------------------------------------------------------------


def list_one_per_kind(store):
    """Return kind to the IRI of a thing of it, for each kind that the store has."""
    class_ = ox.NamedNode(expand("rdf:type"))
    found = {quad.subject.value for quad in store.match(None, class_, None)}
    named = {iri: read_names(iri) for iri in sorted(found, reverse=True) if "://" in iri}
    return {names[0]: iri for iri, names in named.items() if names}


@pytest.mark.parametrize("name", ["world_store", "real_store"])
def test_things_of_every_kind_have_pages_with_labels_and_no_iri_among_the_words(name, request):
    store = request.getfixturevalue(name)
    client, kinds = create_app(store).test_client(), list_one_per_kind(store)
    assert {"link", "event-state", "stage", "unit", "organ"} <= kinds.keys()
    for iri in kinds.values():
        for address in (find_path(iri), f"/fact/{iri.partition('/id/')[2] or 'event/none'}"):
            answer = get(client, address)
            assert answer.status_code in (200, 303, 404 if "/id/" not in iri else 200), address
            main = answer.text.partition("<main")[2].partition("How to cite it")[0]
            words = re.sub(r"<code.*?</code>|<[^>]+>", " ", main, flags=re.DOTALL)
            assert "w3id.org" not in words, address
            assert not re.search(r"<dt>\s*[\w-]+:\w", main), address


@pytest.mark.parametrize(
    ("address", "title"),
    [
        ("/fact/quantity-estimate/deckhands-at-least-12", "but based on hearsay"),
        ("/page/event/belport-talks", "ministers&#39; talks in Belport"),
        ("/report/harbour-wire", "Harbour Wire on the Belport talks"),
    ],
)
def test_programs_for_references_read_title_and_doubt_in_the_head(client, address, title):
    page = get(client, address).get_data(as_text=True)
    (line,) = [line for line in page.splitlines() if 'name="citation_title"' in line]
    assert title in line
    assert page.count('name="DC.description"') == 1


def test_a_citation_has_a_button_that_copies_it_where_scripts_run(client):
    page = get(client, "/fact/event/kest-visit-corvia").get_data(as_text=True)
    assert '<button type="button" data-copy="citation" hidden>Copy citation</button>' in page
    assert "/static/copy.js?v=" in page


# ---- words of passages --------------------------------------------------------------------


@pytest.mark.parametrize("place", ["sources", "texts"])
def test_the_words_of_the_passage_stand_beside_the_fact_where_the_text_is_at_hand(
    world_store, request, place
):
    folder = request.config.rootpath / "tests" / "world" / "sources"
    settings = Settings(**{place: folder}, as_of="2031-06-01")
    client = create_app(world_store, settings=settings).test_client()
    words = "did not take place"
    fact = get(client, "/fact/status-record/lantern-council-cancelled").text
    assert re.search(
        rf'<blockquote class="words"[^>]*>[^<]*(<mark>[^<]*</mark>)?[^<]*{words}', fact
    )
    assert "Our paraphrase:" in fact
    event = get(client, "/page/event/lantern-council-session").text
    assert words in event
    assert re.search(rf'class="passage"[^>]* title="“[^"]*{words}', event)


def test_without_the_text_there_is_a_labelled_paraphrase_and_a_link_to_the_original(client):
    page = get(client, "/fact/status-record/lantern-council-cancelled").text
    assert "<blockquote" not in page
    assert "Our paraphrase:" in page
    digest = get(client, "/fact/participation/league-summit-4-lind").text
    assert 'href="https://example.org/lantern-council/2031-05-12"' in digest
    assert "Read the original" in digest
