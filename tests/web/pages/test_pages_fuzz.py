"""Whatever a build holds and whatever is asked for, pages and files answer in good form."""

import csv
import io
import re
from urllib.parse import quote, urlsplit

import html5lib
import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from diplograph.core.names import ROOT
from diplograph.web.addresses import find_data, find_path
from diplograph.web.app import create_app
from fixtures.hostile_store import write_hostile_store

EVENT, STATE = "/page/event/lantern-council", "/page/state/XAA"
FILES = [f"/engagements.{form}" for form in "csv xlsx geojson graphml ics ttl".split()]
ROOMS = [
    *("/", "/open", "/open/overdue", "/open/names", "/ontology", "/engagements", "/timeline"),
    *("/network", "/network?of=people", "/map", "/search?q=a", "/sparql", "/pair/"),
    *("/questions", "/pair/XAA/XBE", "/fact/statement", "/.well-known/void", "/id/state/XAA"),
]
FIELDS = (
    "asof page property kind q from to of profile subject predicate object format order actor"
    " with forum topic place status report query"
).split()
JUNK = [
    *("", "-1", "0", "1e3", "\u0663", "1" * 5000, "00000001" + 5000 * "9", "\x00", "\r\nX: 1"),
    *("<script>", "\"'", "\u202e", 5000 * "x", 900 * "(", "[", "\\", "//evil.example", "nope:x"),
    *("2025-13-45", "0000-01-01", "9999-12-31", "0001-01-01", "<>", "<a b>", '"a"@en', "urn:x"),
    *("http://[::1", "state:XAA", "event:lantern-council", "dg:Meeting", "a", "held,planned"),
]
PARTS = [
    *("..", "%2e%2e%2f", "//evil.example", "%5cevil", "%0d%0aX:1", "%00", "%ff", "%ed%a0%80"),
    *("é", 9000 * "a", "%E2%80%AE", "CON", "%2F%2Fevil.example", "%252e", "%zz", "[", ".ttl"),
]
BASES = (
    "/ /id/ /id/state/ /page/ /page/event/ /concept/ /data/ /data/state/ /report/ /fact/event/"
    " /pair/XAA/ /questions/ /ontology/ /graph/ /download/ /static/ /open/ /engagements."
).split()
METHODS = ["GET", "GET", "GET", "HEAD", "OPTIONS", "POST", "DELETE"]
fuzz = settings(
    max_examples=70,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
addresses = some.tuples(some.sampled_from(BASES), some.sampled_from(PARTS)).map("".join)
words = some.sampled_from(JUNK) | some.text(some.characters(codec="utf-8"), max_size=20)
asked = some.dictionaries(some.sampled_from(FIELDS), words, max_size=3)


@pytest.fixture(scope="module")
def hostile(world_store, tmp_path_factory):
    return write_hostile_store(world_store, tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def client(hostile):
    return create_app(hostile).test_client()


@pytest.fixture(scope="module")
def clean_client(world_store):
    return create_app(world_store).test_client()


def judge(reply):
    """Assert that a reply is no fault of ours, and that what it says is in good form."""
    assert reply.status_code < 500, reply.text[:300]
    assert not any("\n" in value or "\r" in value for _, value in reply.headers)
    if reply.location:
        assert not urlsplit(reply.location).netloc, reply.location
    if reply.mimetype == "text/html" and reply.data:
        page = reply.data.decode("utf-8")
        html5lib.HTMLParser(strict=True).parse(page)
        assert "<script>" not in page
        assert not re.search(r'(?i)(?:href|src|action)="\s*(?:javascript|data|vbscript):', page)
    elif reply.mimetype == "application/rdf+xml" and reply.data:
        assert list(ox.parse(reply.data, format=ox.RdfFormat.RDF_XML))


def list_paths(store):
    """Yield the paths of every ninth thing of ours: page, statements, why a fact is here."""
    things = {quad.subject.value for quad in store.match() if "/id/" in str(quad.subject)}
    for iri in sorted(things)[::9]:
        yield find_path(iri)
        yield find_data(iri, "rdf")
        yield f"/fact/{iri.removeprefix(f'{ROOT}id/')}"


def test_a_build_full_of_junk_breaks_no_page(hostile, client):
    for path in [*ROOMS, *FILES, *(path for path in list_paths(hostile) if path)]:
        judge(client.get(path, headers={"Accept": "text/html, */*;q=0.1"}))


def test_a_table_of_junk_has_a_row_for_each_engagement_and_no_formula(client):
    rows = list(csv.reader(io.StringIO(client.get("/engagements.csv").text, newline="")))
    assert len(rows) > 5
    assert {len(row) for row in rows} == {len(rows[0])}
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_a_calendar_of_junk_can_be_read(client):
    from icalendar import Calendar

    assert Calendar.from_ical(client.get("/engagements.ics").data)


def test_a_network_of_junk_can_be_read(client):
    import networkx

    assert networkx.parse_graphml(client.get("/engagements.graphml").text).nodes


@fuzz
@given(some.sampled_from([*ROOMS, *FILES, EVENT, STATE]), asked, some.sampled_from(METHODS))
def test_no_parameter_breaks_a_page(clean_client, path, fields, method):
    query = "&".join(f"{name}={quote(text, safe='')}" for name, text in fields.items())
    mark = "&" if "?" in path else "?"
    judge(clean_client.open(f"{path}{mark}{query}", method=method, headers={"Accept": "text/html"}))


@fuzz
@given(addresses, some.sampled_from(METHODS))
def test_no_address_breaks_a_page_or_leads_elsewhere(clean_client, path, method):
    judge(clean_client.open(path, method=method, headers={"Accept": "text/html"}))
