"""The search finds things and gists, the best first, however they are written."""

import csv
import io
import xml.etree.ElementTree as ElementTree

import pytest

from diplograph.core.letters import normalize_text
from diplograph.core.names import PREFIXES
from diplograph.core.settings import Settings
from diplograph.store.engine import LocalEngine
from diplograph.views.query import QueryRunner
from diplograph.views.search import read_passage_facts, read_search_index
from diplograph.views.search_index import SearchIndex
from diplograph.views.spelling import fold_spelling, split_matches
from diplograph.web.app import create_app
from fixtures.label_index import index_of
from fixtures.recording_engine import RecordingEngine
from fixtures.site_pages import Page


@pytest.fixture(scope="module")
def index(world_store):
    return read_search_index(QueryRunner(LocalEngine(world_store)))


def labels_found(index, sought, **asked):
    return [hit.thing.label for hit in index.find(sought, **asked).hits]


def search(client, sought, **asked):
    response = client.get("/search", query_string={"q": sought, **asked})
    assert response.status_code == 200
    return response.text


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("São Tomé", "sao tome"),
        ("Sa\u0303o", "sao"),
        ("ØRSTED Łódź", "orsted lodz"),
        ("Straße", "strasse"),
        ("India's Foreign-Minister", "indias foreign minister"),
        ("مُحَمَّد", "محمد"),
        ("हिन्दी", "हिनदी"),
        ("...", ""),
        ("\uff30\uff55\uff54\uff49\uff4e", "putin"),
        ("La\u200bv\u2060r\ufeffo\u202ev", "lavrov"),
        ("Xi\u2019an, Xi\uff07an, Xi\u02bban", "xian xian xian"),
        ("  two\u00a0\u3000\twords\n", "two words"),
        ("a\u2011b\u2013c\u2014d", "a b c d"),
        ("\x00\x1b\u200b", ""),
    ],
)
def test_texts_are_compared_without_case_accents_and_punctuation(written, folded):
    assert normalize_text(written) == folded


def test_what_matches_is_marked_where_it_stands_with_its_accents():
    assert split_matches("Le cafe\u0301 noir", "cafe") == (
        ("Le ", False),
        ("cafe\u0301", True),
        (" noir", False),
    )
    assert split_matches("noir, café", "cafe noir") == (
        ("noir", True),
        (", ", False),
        ("café", True),
    )
    assert split_matches("anything", "") == (("anything", False),)


@pytest.mark.parametrize(
    ("british", "american"),
    [
        ("organisation", "organization"),
        ("harmonising", "harmonizing"),
        ("analysed", "analyzed"),
        ("labour", "labor"),
        ("neighbourhood", "neighborhood"),
        ("unfavourable", "unfavorable"),
        ("centre", "center"),
        ("centres", "centers"),
        ("kilometre", "kilometer"),
        ("theatre", "theater"),
        ("defence", "defense"),
        ("licences", "licenses"),
        ("programme", "program"),
        ("programmes", "programs"),
        ("cancelled", "canceled"),
        ("travelling", "traveling"),
        ("enrolment", "enrollment"),
        ("dialogue", "dialog"),
        ("judgement", "judgment"),
        ("paediatric", "pediatric"),
        ("archaeology", "archeology"),
        ("aluminium", "aluminum"),
        ("grey", "gray"),
        ("manoeuvres", "maneuvers"),
    ],
)
def test_a_word_is_found_in_its_british_and_in_its_american_spelling(british, american):
    for written, sought in ((british, american), (american, british), (british.upper(), american)):
        hits = index_of(f"The {written} of Lin").find(f"{sought} Lin").hits
        word, lin = (piece for piece, matches in hits[0].pieces if matches)
        assert (written.startswith(word), word[:3], lin) == (True, written[:3], "Lin")


@pytest.mark.parametrize(
    "pair", ["four for", "court cort", "tour tor", "size sise", "letter lettr"]
)
def test_words_that_only_look_alike_stay_apart(pair):
    one, other = (fold_spelling(word) for word in pair.split())
    assert one != other


def test_the_beginning_of_a_word_finds_it_in_its_own_spelling_as_before():
    for begin, label in (("harbou", "Harbour"), ("centr", "Centre"), ("liter", "Literature")):
        assert labels_found(index_of(label), begin) == [label]


def test_codes_are_never_read_as_another_spelling():
    codes = {f"{PREFIXES['state']}1": "ABIZ", f"{PREFIXES['state']}2": "ABIS"}
    rows = [{"thing": iri, "field": "code", "text": code} for iri, code in codes.items()]
    assert [hit.thing.curie for hit in SearchIndex(rows).find("abis").hits] == ["state:2"]


@pytest.mark.parametrize(
    "title",
    [
        *(
            "Mr",
            "Mr.",
            "mrs",
            "Dr.",
            "Prof",
            "H.E.",
            "H. E.",
            "His Excellency",
            "Shri",
            "Smt.",
            "Sir",
        ),
        *("President", "Prime Minister", "PM", "Foreign Minister", "FM", "EAM", "Ambassador"),
        *("Minister of External Affairs", "Secretary of State", "Vice-President", "H.E. Dr."),
    ],
)
def test_titles_before_a_name_are_no_part_of_it(title):
    index = index_of("Ada Varn", "Varna", "Celia Morn")
    found = index.find(f"{title} Varn")
    assert [hit.thing.label for hit in found.hits] == ["Ada Varn", "Varna"]
    assert found.untitled == "varn"


def test_a_person_is_found_beside_texts_with_the_title():
    rows = [
        {"thing": f"{PREFIXES['passage']}a/1", "field": "gist", "text": "President Varn spoke."},
        {"thing": f"{PREFIXES['person']}ada-varn", "field": "label", "text": "Ada Varn"},
    ]
    found = SearchIndex(rows).find("President Varn")
    assert [hit.kind for hit in found.hits] == ["person", "passage"]
    marked = [[piece for piece, matches in hit.pieces if matches] for hit in found.hits]
    assert marked == [["Varn"], ["President Varn"]]


@pytest.mark.parametrize("sought", ["Varn's", "VARN\u2019S", "Mr Varn's", "Ada Varn\uff07s"])
def test_a_name_is_found_by_its_possessive(sought):
    rows = [
        {"thing": f"{PREFIXES['passage']}a/1", "field": "gist", "text": "Ada Varn's visit"},
        {"thing": f"{PREFIXES['person']}ada-varn", "field": "label", "text": "Ada Varn"},
    ]
    assert SearchIndex(rows).find(sought).hits[0].kind == "person"


def test_a_title_alone_and_a_slip_after_a_title_are_searched_for():
    assert labels_found(index_of("Prime Minister's Office"), "prime minister")
    assert labels_found(index_of("Sergey Lavrov"), "Mr Lawrov") == ["Sergey Lavrov"]
    assert index_of("Ada Varn").find("President Nobody").untitled == ""
    assert index_of("Ada Varn").find("foreign trade varn").untitled == ""


@pytest.mark.parametrize(
    "sought",
    ["\x00\x01\x1b", "\u200b\u202e", "  ", '"', "%00", "\ud83d\ude00", "'", "<>", "(((", 300 * "*"],
)
def test_a_search_for_no_word_ends_in_a_page(client, sought):
    response = client.get("/search", query_string={"q": sought.encode("utf-8", "replace")})
    assert response.status_code == 200


def test_a_search_that_is_too_long_is_refused_in_words(client):
    response = client.get(
        "/search", query_string={"q": 10_000 * "x"}, headers={"Accept": "text/html"}
    )
    assert response.status_code == 400
    assert "at most 300 characters" in response.text


def test_the_page_says_which_words_it_found_people_by(client):
    html = search(client, "President Varn")
    assert "results for the name <q><bdi>varn</bdi></q>" in html
    assert "/page/person/ada-varn" in html


def test_whole_names_come_before_whole_words_and_these_before_beginnings_of_words():
    index = index_of("Violins", "Land of Lin", "New Lin", "Lin", "Linden", kind="city")
    assert labels_found(index, "lin") == ["Lin", "New Lin", "Land of Lin", "Linden"]


def test_a_part_inside_a_word_never_matches():
    assert labels_found(index_of("Moscow", "SCO"), "sco") == ["SCO"]


def test_people_and_states_come_before_facts_and_these_before_the_vocabulary():
    labels = {
        f"{PREFIXES['dg']}Varn": "varn",
        f"{PREFIXES['agenda-item']}varn": "Varn on trade",
        f"{PREFIXES['event']}varn": "Varn's visit",
        f"{PREFIXES['person']}ada-varn": "Ada Varn",
    }
    rows = [{"thing": iri, "field": "label", "text": text} for iri, text in labels.items()]
    kinds = [hit.kind for hit in SearchIndex(rows).find("varn").hits]
    assert kinds[:2] == ["person", "event"]
    assert set(kinds[2:]) == {"agenda-item", "term"}


def test_of_equal_matches_the_later_engagement_comes_first():
    labels = {f"{PREFIXES['event']}{number}": "Varn's visit" for number in range(3)}
    rows = [{"thing": iri, "field": "label", "text": text} for iri, text in labels.items()]
    days = {f"{PREFIXES['event']}1": "2031-05-01", f"{PREFIXES['event']}2": "2032-01-01"}
    hits = SearchIndex(rows, latest=days).find("visit").hits
    assert [hit.thing.curie for hit in hits] == ["event:2", "event:1", "event:0"]


def test_words_of_a_question_need_not_be_in_what_is_found():
    index = index_of("Ada Varn", "Ada Lin")
    assert labels_found(index, "Who met Varn?") == ["Ada Varn"]
    assert labels_found(index, "when does varn visit") == ["Ada Varn"]


def test_words_that_no_text_has_are_named_and_left_out():
    found = index_of("Ada Varn").find("Qqqqqq Varn")
    assert [hit.thing.label for hit in found.hits] == ["Ada Varn"]
    assert found.missing == ("qqqqqq",)


def test_things_that_have_some_of_the_words_are_better_than_none():
    found = index_of("Ada Varn", "Celia Morn").find("Varn Morn")
    assert {hit.thing.label for hit in found.hits} == {"Ada Varn", "Celia Morn"}
    assert found.partly


def test_a_name_is_found_in_latin_and_in_other_letters():
    iri = f"{PREFIXES['person']}ada-varn"
    rows = [
        {"thing": iri, "field": "label", "text": "Ada Varn", "tongue": "en"},
        {"thing": iri, "field": "other name", "text": "Ада Варнова", "tongue": "ru"},
    ]
    for sought in ("Ада Варнова", "varnova", "Ада Варн"):
        assert labels_found(SearchIndex(rows), sought) == ["Ada Varn"]


def test_two_parties_that_are_named_are_a_pair(index):
    pair = index.find_pair("belmora and ARDENIA's relations")
    assert (pair.one.curie, pair.other.curie, pair.alone) == ("state:XAA", "state:XBE", True)
    assert not index.find_pair("Ardenia Belmora ferries").alone
    assert index.find_pair("Ardenia") is None
    assert index.find_pair("Ardenia, Belmora and Corvia") is None


def test_engagements_are_found_by_the_month_in_which_they_may_be(index):
    assert "ministers' talks in Belport" in labels_found(index, "belport talks march 2031")
    assert "ministers' talks in Belport" in labels_found(index, "belport 2031-03")


def test_all_words_must_stand_in_one_text_in_whatever_order():
    index = index_of("Sergey Lavrov", "Lavrov", "Sergey")
    assert labels_found(index, "lavrov sergey") == ["Sergey Lavrov"]


def test_a_curie_an_iri_and_a_code_find_their_thing_first(index):
    for sought in ("state:XAA", f"{PREFIXES['state']}XAA", "XAA", "xaa"):
        assert index.find(sought).hits[0].thing.curie == "state:XAA"


def test_a_slip_of_the_keys_is_put_up_with_and_told():
    found = index_of("Sergey Lavrov", "Subrahmanyam Jaishankar").find("jaishnakar")
    assert [hit.thing.label for hit in found.hits] == ["Subrahmanyam Jaishankar"]
    assert found.corrected == "jaishankar"
    assert index_of("Sergey Lavrov").find("qqqqqq").total == 0


def test_a_name_in_another_tongue_finds_its_thing():
    iri = f"{PREFIXES['event']}talks"
    rows = [
        {"thing": iri, "field": "label", "text": "Harbour talks", "tongue": "en"},
        {"thing": iri, "field": "label", "text": "Hafengespräche", "tongue": "de"},
    ]
    (hit,) = SearchIndex(rows).find("hafengesprache").hits
    assert (hit.thing.label, hit.field) == ("Harbour talks", "other name")


def test_what_is_found_can_be_narrowed_to_a_kind(index):
    found = index.find("talks")
    kinds = dict(found.kinds)
    assert found.total == sum(kinds.values())
    assert len(kinds) > 1
    assert index.find("talks", "event").total == kinds["event"]
    assert {hit.kind for hit in index.find("talks", "event").hits} == {"event"}


def test_a_gist_leads_to_its_passage_and_to_the_facts_it_supports(world_store, index):
    hits = [hit for hit in index.find("talks", "passage").hits if hit.field == "gist"]
    supported = read_passage_facts(QueryRunner(LocalEngine(world_store)), [hits[0].thing.iri])
    html = search(create_app(world_store).test_client(), "talks", kind="passage")
    assert supported[hits[0].thing.iri]
    assert f'href="/page/passage/{hits[0].thing.iri.rpartition("passage/")[2]}"' in html
    assert index.name(supported[hits[0].thing.iri][0]).label in Page(html).text


def test_no_passages_are_asked_about_without_a_query(world_store):
    asking = QueryRunner(LocalEngine(world_store))
    assert read_passage_facts(asking, []) == {}
    assert asking.texts == []


def test_a_search_costs_three_queries_after_the_first(world_store):
    engine = RecordingEngine(world_store)
    client = create_app(engine).test_client()
    search(client, "talks")
    asked = len(engine.clients)
    search(client, "visit")
    assert asked <= 8  # of these most are read once a build
    assert len(engine.clients) - asked <= 3


def test_an_empty_search_shows_the_form_and_how_to_search(client):
    page = Page(search(client, ""))
    assert "Name two states" in page.text
    assert "results." not in page.text


def test_a_single_hit_stays_where_it_can_be_bookmarked(client, index):
    label = index.of_kind("state")[0].label
    assert label in Page(search(client, label)).text


def test_what_is_sought_cannot_become_markup(client):
    sought = '"><script>alert(1)</script>\u202e'
    html = search(client, sought)
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_what_a_label_says_is_marked_and_cannot_become_markup(small_store):
    html = search(create_app(small_store).test_client(), "first visit")
    assert "<mark>visit</mark>" in html
    assert "&lt;b&gt;" in html
    assert "<b>" not in html


def test_a_long_list_is_paged(world_store):
    client = create_app(world_store).test_client()
    first, second = search(client, "a"), search(client, "a", page=2)
    assert 'rel="next"' in first
    assert 'rel="prev"' in second
    assert '<ol class="hits" start="51">' in second
    assert "The list ends before page 999" in Page(search(client, "a", page=999)).text


@pytest.mark.parametrize("asked", [{"page": "0"}, {"page": "x"}, {"page": "²"}, {"q": "a" * 400}])
def test_a_page_that_cannot_be_meant_is_a_bad_request(client, asked):
    assert client.get("/search", query_string={"q": "talks", **asked}).status_code == 400


def test_browsers_can_add_the_search(client):
    assert 'href="/opensearch.xml"' in search(client, "")
    response = client.get("/opensearch.xml")
    assert response.mimetype == "application/opensearchdescription+xml"
    urls = ElementTree.fromstring(response.data).iter("{http://a9.com/-/spec/opensearch/1.1/}Url")
    assert {url.get("type"): url.get("template") for url in urls} == {
        "text/html": "http://localhost/search?q={searchTerms}",
        "application/x-suggestions+json": "http://localhost/suggest?q={searchTerms}",
    }


def suggest(client, typed, **asked):
    response = client.get("/suggest", query_string={"q": typed, **asked})
    assert response.mimetype == "application/x-suggestions+json"
    echoed, *columns = response.get_json()
    assert echoed == typed.strip()
    assert len(columns) == 3
    return list(zip(*columns, strict=True))


def test_names_are_suggested_with_their_kind_and_page(client):
    assert suggest(client, "ada v")[0] == ("Ada Varn", "person", "/page/person/ada-varn")


def test_two_parties_suggest_their_pair(client):
    first = suggest(client, "ardenia belmora")[0]
    assert first == ("Ardenia and Belmora", "pair", "/pair/XAA/XBE")


def test_a_field_of_the_filter_suggests_only_what_it_takes(client):
    kinds = {kind for _, kind, _ in suggest(client, "b", field="place")}
    assert kinds == {"city", "state"}


@pytest.mark.parametrize("typed", ["", " ", "\x00", "(.*)+$", "%", "zzzz", 300 * "a", "a " * 149])
def test_any_beginning_has_an_answer_of_at_most_nine_suggestions(client, typed):
    assert len(suggest(client, typed)) <= 9


def test_too_long_a_beginning_is_refused(client):
    assert client.get("/suggest", query_string={"q": 301 * "a"}).status_code == 400


def test_results_can_be_narrowed_to_a_group_of_kinds(client, index):
    html = search(client, "varn")
    assert 'href="/search?q=varn&amp;kind=people"' in html
    assert {hit.kind for hit in index.find("varn", "people").hits} == {"person"}


def test_a_person_leads_to_all_engagements(client):
    assert 'href="/engagements?actor=person:ada-varn"' in search(client, "Varn")


def test_a_person_is_shown_with_the_office_and_an_office_with_its_holder(client):
    assert "Foreign Minister of Ardenia" in Page(search(client, "Ada Varn")).text
    assert "Held by Ada Varn" in Page(search(client, "foreign minister of ardenia")).text


def test_the_pair_that_is_named_stands_first(client):
    html = search(client, "Ardenia Belmora")
    assert 'href="/brief/pair/XAA/XBE"' in html
    assert html.index('href="/pair/XAA/XBE"') < html.index('<ol class="hits"')


def test_browsers_are_told_the_address_that_the_operator_gave(small_store):
    settings = Settings(base_url="https://graph.example/kept")
    text = create_app(small_store, settings=settings).test_client().get("/opensearch.xml").text
    assert 'template="https://graph.example/kept/search?q={searchTerms}"' in text


def test_a_concept_with_two_equal_labels_is_found_once(index):
    assert labels_found(index, "asserted").count("asserted") == 1


def test_results_are_a_table_in_the_order_of_the_page(client):
    text = client.get("/search.csv?q=Ardenia").get_data().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows[0]["Result"] == "Ardenia"
    assert rows[0]["Type"] == "state"
    page = client.get("/search?q=Ardenia").text
    assert 'href="/search.xlsx?q=Ardenia"' in page
    cited = [row for row in rows if row["Report"]]
    assert all(row["Paragraph"] and row["How sure"] for row in cited)
    assert client.get("/search.xlsx?q=Ardenia").data[:2] == b"PK"
