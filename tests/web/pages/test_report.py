"""A report's page shows its paragraphs with the facts each supports, and its words if verified."""

import hashlib
import re
import shutil

import pytest

from diplograph.core.names import PREFIXES
from diplograph.core.settings import Settings
from diplograph.store.engine import LocalEngine
from diplograph.views.query import QueryRunner
from diplograph.views.report import PASSAGES_SHOWN, read_report
from diplograph.web.app import create_app
from fixtures.markup import find_mistakes
from fixtures.recording_engine import RecordingEngine
from fixtures.site_pages import get, text_of
from fixtures.written_store import write_store

COURIER, QUERIES = "/report/corvia-courier", 12
# Words of the invented report, which no gist has.
WORDS = "did not take place"


@pytest.fixture
def folder(tmp_path, request):
    """Return a folder with the text of one invented report, under any name."""
    sources = tmp_path / "sources"
    sources.mkdir()
    shutil.copy(
        request.config.rootpath / "tests/world/sources/corvia-courier.txt", sources / "a.txt"
    )
    return sources


def client_of(store, folder=None):
    return create_app(store, settings=Settings(sources=folder)).test_client()


# ---- reports, passages, readings ----------------------------------------------------------


@pytest.mark.parametrize("name", ["world_store", "real_store"])
def test_every_source_has_a_valid_page_of_few_queries(name, request):
    engine = RecordingEngine(request.getfixturevalue(name))
    client = create_app(engine).test_client()
    kinds = "VALUES ?kind { dg:Report dg:Passage dg:Attestation }"
    text = f"PREFIX dg: <{PREFIXES['dg']}> SELECT DISTINCT ?x {{ {kinds} ?x a ?kind }} ORDER BY ?x"
    sources = [row["x"] for row in QueryRunner(engine).rows(text)]
    assert len(sources) > 20
    for iri in sources:
        path = iri.split("/id/")[1]
        engine.texts.clear()
        page = get(client, f"/{path}" if path.startswith("report/") else f"/page/{path}")
        assert page.status_code == 200
        assert len(engine.texts) <= QUERIES
        assert find_mistakes(page.get_data(as_text=True)) == []


def test_each_fact_stands_at_the_passage_that_supports_it(world_store):
    page = get(client_of(world_store), COURIER).get_data(as_text=True)
    second = page[page.index('id="passage-2"') : page.index('id="passage-3"')]
    assert "/page/date-estimate/ostrel-officials-march" in second
    assert "The officials met in March." in second
    assert "/page/date-estimate/morn-visit-2-or-3-may" not in second


def test_paragraphs_have_anchors_and_numbers(world_store):
    page = get(client_of(world_store), COURIER).get_data(as_text=True)
    assert re.findall(r'id="paragraph-(\d+)"', page) == ["1", "2", "3", "4", "5", "6"]


def test_what_is_not_known_of_a_report_is_said(real_store):
    page = text_of(get(client_of(real_store), "/report/moscow-talks"))
    assert "Publisher not known" in page
    assert "not known: we do not have the text" in text_of(
        get(client_of(real_store), "/report/ani-moscow-talks")
    )


def test_a_passage_that_supports_nothing_is_said(tmp_path):
    silent = (
        "passage-tale:2 rdf:type dg:Passage",
        "passage-tale:2 dg:passageOf report:tale",
        'passage-tale:2 dg:paragraph "3"^^xsd:integer',
        'passage-tale:2 dg:startOffset "20"^^xsd:integer',
    )
    page = text_of(get(client_of(write_store(tmp_path, more=silent)), "/report/tale"))
    assert "Paragraphs without a fact: 3." in page
    assert "Paragraphs without a passage: 2." in page
    assert "No facts come from this passage." in page


def test_what_other_reports_say_differently_is_listed(world_store):
    sheet = read_report(
        QueryRunner(LocalEngine(world_store)), f"{PREFIXES['report']}corvia-courier"
    )
    assert list_pairs(sheet.differences.disputes) == {
        (
            "date-estimate:evening-of-song-january",
            "contradicts",
            "date-estimate:evening-of-song",
        ),
        (
            "quantity-estimate:deckhands-8-to-10",
            "contradicts",
            "quantity-estimate:deckhands-at-least-12",
        ),
        (
            "stage:defence-pact-proposed",
            "is denied by",
            "stage:defence-pact-proposed",
        ),
        (
            "status-record:lantern-council-cancelled",
            "contradicts",
            "status-record:lantern-council-held",
        ),
    }


def list_pairs(comparisons):
    return {(found.fact.curie, found.relation, found.other.curie) for found in comparisons}


def test_an_older_report_changes_nothing_of_a_newer_one_but_is_changed(world_store):
    read = {}
    for name in ("dorian-herald", "tidewater-tribune", "northern-monitor"):
        asking = QueryRunner(LocalEngine(world_store))
        read[name] = read_report(asking, f"{PREFIXES['report']}{name}").differences
    postponed = "status-record:kest-visit-elbrand-postponed"
    scheduled = "status-record:kest-visit-elbrand-scheduled"
    cancelled = "status-record:kest-visit-elbrand-cancelled"
    assert (postponed, "comes after", scheduled) in list_pairs(read["tidewater-tribune"].changes)
    assert (postponed, "comes before", cancelled) in list_pairs(read["tidewater-tribune"].changed)
    assert (scheduled, "comes before", postponed) in list_pairs(read["dorian-herald"].changed)
    assert read["dorian-herald"].changes == ()


def test_what_another_report_corrects_is_said_and_not_what_a_report_corrects_itself(world_store):
    asking = QueryRunner(LocalEngine(world_store))
    gazette = read_report(asking, f"{PREFIXES['report']}lantern-gazette").differences
    planned = "status-record:river-law-seminar-planned"
    postponed = "status-record:river-law-seminar-postponed"
    assert (planned, "is corrected by", postponed) in list_pairs(gazette.changed)
    courier = read_report(asking, f"{PREFIXES['report']}corvia-courier").differences
    assert (postponed, "corrects", planned) in list_pairs(courier.changes)
    monitor = read_report(asking, f"{PREFIXES['report']}northern-monitor").differences
    assert "corrects" not in {found.relation for found in monitor.changes}


def test_a_moved_date_gives_way_and_is_no_contradiction(world_store):
    asking = QueryRunner(LocalEngine(world_store))
    sheet = read_report(asking, f"{PREFIXES['report']}tidewater-tribune")
    moves = [c for c in sheet.differences.changes if c.relation == "takes the place of"]
    assert [c.matter.label for c in moves] == ["visit of Pavo Lind to Belmora"]
    disputed = {c.matter.label for c in sheet.differences.disputes if c.matter}
    assert "visit of Pavo Lind to Belmora" not in disputed


def test_a_denial_is_said_as_one_and_never_as_support(world_store):
    page = get(client_of(world_store), "/report/belmora-release").get_data(as_text=True)
    passage = page[page.index('id="passage-5"') :]
    assert "Denied:" in passage
    assert "/page/event/kest-visit-corvia" in passage
    supported = re.findall(r'<ul class="supported">.*?</ul>', page, re.DOTALL)
    assert supported
    assert not [listed for listed in supported if "kest-visit-corvia" in listed]


def test_the_days_of_publication_and_reception_are_said(world_store, real_store):
    client = client_of(world_store)
    assert "Published 5 April 2031, received 6 April 2031" in text_of(
        get(client, "/report/tidewater-tribune")
    )
    digest = text_of(get(client, "/report/ardenia-digest"))
    assert "Published 5 April 2031, received 8 April 2031" in digest
    assert "the date of the report it repeats" in digest
    unpublished = text_of(get(client_of(real_store), "/report/moscow-talks"))
    assert "Publication date not known; received 22 November 2026" in unpublished


def test_a_long_report_is_paged(tmp_path):
    more = []
    for number in range(2, PASSAGES_SHOWN + 12):
        more += [
            f"passage-tale:{number} rdf:type dg:Passage",
            f"passage-tale:{number} dg:passageOf report:tale",
            f'passage-tale:{number} dg:paragraph "{number}"^^xsd:integer',
        ]
    client = client_of(write_store(tmp_path, more=more))
    shown = [get(client, f"/report/tale?page={n}").get_data(as_text=True) for n in (1, 2)]
    assert [page.count("<article") for page in shown] == [PASSAGES_SHOWN, 11]


# ---- the texts of reports -----------------------------------------------------------------


def test_without_the_text_there_are_only_locators_and_gists(world_store):
    page = text_of(get(client_of(world_store), COURIER))
    assert WORDS not in page
    assert "called off" in page


def test_a_verified_text_stands_beside_the_facts_with_its_hedges_marked(world_store, folder):
    page = get(client_of(world_store, folder), COURIER).get_data(as_text=True)
    assert WORDS in page
    assert "<mark>told this newspaper</mark>" in page
    assert "Source text verified (SHA-256)" in page
    assert find_mistakes(page) == []


def test_a_passage_has_its_words_too(world_store, folder):
    page = text_of(get(client_of(world_store, folder), "/page/passage/corvia-courier/1"))
    assert WORDS in page


def test_a_changed_text_is_not_shown_and_that_is_said(world_store, folder):
    (folder / "a.txt").rename(folder / "corvia-courier.txt")
    with (folder / "corvia-courier.txt").open("a", encoding="utf-8") as file:
        file.write("More.")
    page = text_of(get(client_of(world_store, folder), COURIER))
    assert WORDS not in page
    assert "corvia-courier.txt is not the text we read" in page


def test_a_file_that_changes_is_read_again(world_store, folder):
    client = client_of(world_store, folder)
    assert WORDS in text_of(get(client, COURIER))
    (folder / "a.txt").write_text("Something else.", encoding="utf-8")
    assert WORDS not in text_of(get(client, COURIER))


def test_a_passage_whose_hash_differs_is_not_shown(tmp_path):
    words = "Words of an invented tale, told twice."
    (tmp_path / "tale.txt").write_text(words, encoding="utf-8")
    hashed = hashlib.sha256(words.encode()).hexdigest()
    more = (
        f'report:tale dg:sha256 "{hashed}"',
        f'passage-tale:1 dg:sha256 "{"0" * 64}"',
    )
    store = write_store(tmp_path / "build", more=more)
    page = text_of(get(client_of(store, tmp_path), "/report/tale"))
    assert "do not have the hash recorded for this passage. They are not shown." in page
    assert "Words of" not in page


def test_a_text_shown_is_escaped(tmp_path):
    words = "<script>alert(1)</script> שלום"
    (tmp_path / "any.name").write_text(words, encoding="utf-8")
    hashed = hashlib.sha256(words.encode()).hexdigest()
    more = (
        f'report:tale dg:sha256 "{hashed}"',
        f'passage-tale:2 dg:sha256 "{hashed}"',
        "passage-tale:2 rdf:type dg:Passage",
        "passage-tale:2 dg:passageOf report:tale",
        'passage-tale:2 dg:startOffset "0"^^xsd:integer',
        f'passage-tale:2 dg:endOffset "{len(words)}"^^xsd:integer',
    )
    page = get(client_of(write_store(tmp_path / "build", more=more), tmp_path), "/report/tale")
    text = page.get_data(as_text=True)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; שלום" in text
    assert "<script>alert(1)" not in text


def test_a_page_with_texts_is_kept_until_they_change(world_store, folder):
    client = client_of(world_store, folder)
    for address in (COURIER, "/page/passage/corvia-courier/1"):
        tag = get(client, address).headers["ETag"]
        assert tag == get(client, address).headers["ETag"]
        assert tag != get(client_of(world_store), address).headers["ETag"]
    (folder / "a.txt").write_text("Something else.", encoding="utf-8")
    assert tag != get(client, address).headers["ETag"]
