"""What somebody hostile writes into a build or an address does no harm: one case each."""

import os
from urllib.parse import quote

import html5lib
import pytest

from diplograph.core.dates import parse_datetime, parse_decimal, parse_whole
from diplograph.core.settings import Settings
from diplograph.web.app import create_app
from fixtures.written_store import write_store

DATED = """
    date-estimate:day rdf:type dg:Fact
    date-estimate:day rdf:type dg:DateEstimate
    date-estimate:day dg:dateOf event:talks
    date-estimate:day dg:edtf "{edtf}"
    attestation:tale/1 dg:attests date-estimate:day
"""


def bounds(earliest, latest):
    """Return the lines of a date with these bounds; none for an empty one."""
    given = {"earliest": earliest, "latest": latest}
    lines = DATED.format(edtf="junk").strip().splitlines()
    moment = '"{}"^^xsd:dateTime'
    return lines + [
        f"date-estimate:day dg:{name} {moment.format(text)}" for name, text in given.items() if text
    ]


def client_of(folder, *more, label="Talks"):
    return create_app(write_store(folder, label, more=more)).test_client()


@pytest.mark.parametrize("text", [None, "", "junk", "1.5", "1e400", "\u0663", 5000 * "1"])
def test_what_is_no_whole_number_is_none(text):
    assert parse_whole(text) is None


@pytest.mark.parametrize("text", [None, "", "junk", "NaN", "INF", "1e400"])
def test_what_is_no_finite_number_is_none(text):
    assert parse_decimal(text) is None


@pytest.mark.parametrize(
    "text",
    [None, "junk", "0000-01-01T00:00:00Z", "-0044-03-15T00:00:00Z", "9999-12-31T23:00-14:00"],
)
def test_what_is_no_moment_of_our_calendar_is_none(text):
    assert parse_datetime(text) is None


@pytest.mark.parametrize(
    ("earliest", "latest"),
    [
        ("junk", "0000-01-01T00:00:00Z"),
        ("", "2025-12-05T00:00:00Z"),
        ("2025-12-05T00:00:00Z", "2025-01-01T00:00:00"),
        ("9999-12-31T00:00:00Z", "9999-12-31T23:59:59Z"),
        ("0001-01-01T00:00:00Z", "0001-01-02T00:00:00Z"),
        ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"),
    ],
)
@pytest.mark.parametrize("path", ["/", "/timeline", "/page/event/talks", "/engagements.ics"])
def test_dates_that_cannot_be_break_no_page(tmp_path, path, earliest, latest):
    client = client_of(tmp_path / "build", *bounds(earliest, latest))
    reply = client.get(path)
    assert reply.status_code == 200
    assert 'width="-' not in reply.text


def test_a_fact_whose_event_is_a_text_is_still_told(tmp_path):
    client = client_of(tmp_path / "build", 'attestation:tale/1 dg:attests "a text"')
    assert client.get("/data/event/talks.ttl").status_code == 200
    assert client.get("/page/attestation/tale/1").status_code == 200


@pytest.mark.parametrize("scheme", ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text,x"])
def test_no_page_leads_to_what_a_browser_would_run(tmp_path, scheme):
    client = client_of(tmp_path / "build", f"event:talks dg:externalMatch <{scheme}>")
    asked = {"query": f"SELECT (<{scheme}> AS ?x) {{}}", "format": "html"}
    for page in (client.get("/page/event/talks"), client.get("/sparql", query_string=asked)):
        assert page.status_code == 200
        assert f'href="{scheme}' not in page.text


def test_control_characters_are_not_written_into_a_page(tmp_path):
    client = client_of(tmp_path / "build", label="\x01Talks\x7f\ufffe")
    page = client.get("/page/event/talks")
    html5lib.HTMLParser(strict=True).parse(page.data.decode())
    assert "\ufffdTalks\ufffd\ufffd" in page.text


@pytest.mark.parametrize("page", ["00000001" + 5000 * "9", "00000001" + 300 * "9", "0", "-1"])
def test_a_page_far_beyond_any_list_is_refused(small_store, page):
    assert create_app(small_store).test_client().get(f"/search?page={page}").status_code == 400


def test_a_slash_too_many_leads_on_by_a_path_alone(small_store):
    client = create_app(small_store).test_client()
    reply = client.get("/id///evil.example/x", headers={"Host": "evil.example"})
    assert reply.location == "/id/evil.example/x"


def test_a_file_with_a_very_long_name_is_not_found(small_store):
    assert create_app(small_store).test_client().get(f"/static/{9000 * 'a'}").status_code == 404


def test_a_folder_of_texts_with_what_is_no_text_breaks_no_report(tmp_path):
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "circle.txt").symlink_to("circle.txt")
    (folder / "outside.txt").symlink_to("/etc/hosts")
    (folder / "nothing.txt").symlink_to("nowhere")
    os.mkfifo(folder / "tale.txt")
    hashed = f'report:tale dg:sha256 "{64 * "a"}"'
    store = write_store(tmp_path / "build", more=[hashed])
    client = create_app(store, settings=Settings(sources=folder)).test_client()
    assert client.get("/report/tale").status_code == 200


@pytest.mark.parametrize("slug", ["\u00e9\u4e2d", "a%22b%0d%0aX:1", "a'b;c", "a%2f..%2fb"])
def test_a_calendar_is_called_what_a_header_may_hold(tmp_path, slug):
    event = f"<https://w3id.org/diplograph/id/event/{slug}>"
    more = [line.replace("event:talks", event) for line in bounds("", "2025-12-05T00:00:00Z")]
    more += [f"{event} rdf:type dg:{kind}" for kind in ("Fact", "Event", "Meeting")]
    more.append('date-estimate:day dg:earliest "2025-12-04T00:00:00Z"^^xsd:dateTime')
    reply = client_of(tmp_path / "build", *more).get(f"/page/event/{quote(slug)}.ics")
    assert reply.status_code == 200
    name = reply.headers["Content-Disposition"].removeprefix("attachment; filename=")
    assert name.isascii()
    assert name.count('"') == 2
