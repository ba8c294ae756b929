"""A page that a browser has is not made again, and what is sent is small."""

import gzip
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest

from diplograph.core.settings import Settings
from diplograph.web.app import create_app
from diplograph.web.page_cache import find_asset
from fixtures.recording_engine import RecordingEngine

BUILT = datetime(2025, 11, 20, 12, 30, tzinfo=UTC)
SETTINGS = Settings(as_of="2025-12-01")
# Pages of the small build, one with a parameter.
PAGES = ["/", "/search?q=harbour", "/page/city/corvo", "/engagements"]


def open_client(store, **options):
    engine = RecordingEngine(store)
    app = create_app(engine, **{"built": BUILT, "settings": SETTINGS, **options})
    return app.test_client(), engine


@pytest.fixture(scope="module")
def opened(small_store):
    return open_client(small_store)


def tag_of(client, path="/", **headers):
    response = client.get(path, headers={"Accept": "text/html", **headers})
    assert response.status_code == 200
    return response.headers["ETag"]


# ---- conditions ---------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_a_page_that_the_browser_has_costs_no_query(opened, path):
    client, engine = opened
    tag = tag_of(client, path)
    assert tag.startswith('"')
    before = len(engine.texts)
    again = client.get(path, headers={"Accept": "text/html", "If-None-Match": f'"x", {tag}'})
    assert (again.status_code, again.data, len(engine.texts)) == (304, b"", before)
    assert again.headers["ETag"] == tag
    assert again.headers["Vary"] == "Accept, Accept-Encoding"
    assert "Content-Type" not in again.headers or again.headers["Content-Type"] == ""


@pytest.mark.parametrize("path", PAGES)
def test_the_same_page_is_the_same_bytes(small_store, path):
    first, second = (open_client(small_store)[0].get(path) for _ in range(2))
    assert first.data == second.data
    assert first.headers["ETag"] == second.headers["ETag"]
    assert first.headers["Cache-Control"] == "public, max-age=60, s-maxage=300"


@pytest.mark.parametrize(
    "settings",
    [replace(SETTINGS, as_of="2025-12-02"), replace(SETTINGS, base_url="https://a.example")],
)
def test_another_day_or_setting_has_another_tag(opened, small_store, settings):
    assert tag_of(open_client(small_store, settings=settings)[0]) != tag_of(opened[0])


def test_another_build_has_another_tag(small_store):
    client, engine = open_client(small_store)
    tag = tag_of(client)
    engine.digest = "6" * 64
    assert tag_of(client) != tag


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/?a=b", {}), ("/", {"Accept-Encoding": "gzip"}), ("/", {"Host": "b.example"})],
)
def test_another_address_encoding_or_host_has_another_tag(opened, path, headers):
    assert tag_of(opened[0], path, **headers) != tag_of(opened[0])


def test_a_tag_of_the_page_is_none_of_another_type(opened):
    tag = tag_of(opened[0])
    again = opened[0].get("/", headers={"Accept": "text/turtle", "If-None-Match": tag})
    assert again.status_code != 304


def test_a_star_is_met_by_any_page_and_by_no_error(opened):
    assert opened[0].get("/", headers={"If-None-Match": "*"}).status_code == 304
    missing = opened[0].get("/page/event/none", headers={"If-None-Match": "*"})
    assert missing.status_code == 404


@pytest.mark.parametrize("path", ["/page/event/none", "/engagements?asof=soon", "/nowhere"])
def test_an_error_has_no_tag_and_is_kept_by_nobody(opened, path):
    response = opened[0].get(path, headers={"Accept": "text/html"})
    assert response.status_code in {400, 404}
    assert "ETag" not in response.headers
    assert "Last-Modified" not in response.headers
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_how_the_server_is_now_is_kept_by_nobody(opened, path):
    response = opened[0].get(path)
    assert response.status_code == 200
    assert "ETag" not in response.headers


def test_an_engine_elsewhere_gives_a_weak_tag(small_store):
    client, _ = open_client(small_store, settings=replace(SETTINGS, remote=True))
    tag = tag_of(client)
    assert tag.startswith("W/")
    again = client.get("/", headers={"Accept": "text/html", "If-None-Match": tag})
    assert again.status_code == 304


def test_a_page_with_texts_of_the_operators_is_no_older_than_they_are(small_store, tmp_path):
    client, _ = open_client(small_store, settings=replace(SETTINGS, sources=tmp_path))
    before = client.get("/report/tale").headers
    (tmp_path / "tale.txt").write_text("A tale.", encoding="utf-8")
    after = client.get("/report/tale").headers
    assert before["ETag"] != after["ETag"]
    changed = parsedate_to_datetime(after["Last-Modified"])
    assert changed.timestamp() >= int((tmp_path / "tale.txt").stat().st_mtime)


# ---- dates --------------------------------------------------------------------------------


def changed(client, path="/"):
    return parsedate_to_datetime(client.get(path).headers["Last-Modified"])


def test_a_page_of_a_given_day_changed_when_it_was_built(opened, small_store):
    assert changed(opened[0]) == BUILT
    today = open_client(small_store, settings=Settings())[0]
    assert changed(today, "/?asof=2025-12-05") == BUILT


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_a_page_is_made_once_and_given_as_it_was(small_store, encoding):
    engine = RecordingEngine(small_store)
    client = create_app(engine, settings=Settings(as_of="2030-01-01")).test_client()
    headers = {"Accept-Encoding": encoding, "X-Request-ID": "same"}
    first = client.get("/page/city/corvo", headers=headers)
    asked = len(engine.texts)
    again = client.get("/page/city/corvo", headers=headers)
    assert asked > 0
    assert len(engine.texts) == asked
    assert (again.data, dict(again.headers)) == (first.data, dict(first.headers))
    assert client.head("/page/city/corvo", headers=headers).headers["ETag"] == first.headers["ETag"]
    star = client.get("/page/city/corvo", headers={**headers, "If-None-Match": "*"})
    assert star.status_code == 304


def test_a_page_with_a_weak_tag_is_made_each_time(small_store):
    engine = RecordingEngine(small_store)
    client = create_app(engine, settings=Settings(remote=True)).test_client()
    client.get("/page/city/corvo")
    asked = len(engine.texts)
    client.get("/page/city/corvo")
    assert len(engine.texts) > asked


def test_a_page_that_goes_by_today_changed_at_midnight(small_store):
    client, _ = open_client(small_store, settings=Settings())
    midnight = changed(client)
    assert (midnight.hour, midnight.minute, midnight.second) == (0, 0, 0)
    assert midnight > BUILT


def test_a_page_of_a_build_of_today_changed_after_midnight(small_store):
    built = datetime(2999, 1, 1, 8, tzinfo=UTC)
    client, _ = open_client(small_store, built=built, settings=Settings())
    assert changed(client) == built


def test_nobody_knows_when_a_build_elsewhere_was_made(small_store):
    response = open_client(small_store, built=None)[0].get("/")
    assert "Last-Modified" not in response.headers


DATED = [
    "/",
    "/page/city/corvo",
    "/engagements",
    "/engagements.ics",
    "/ontology",
    "/data/city/corvo",
]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", DATED)
def test_what_has_not_changed_since_is_not_sent_again(opened, path, method):
    client, _ = opened
    first = client.get(path)
    since = {"If-Modified-Since": first.headers["Last-Modified"]}
    again = client.open(path, method=method, headers=since)
    assert (again.status_code, again.data) == (304, b"")
    assert "Content-Length" not in again.headers
    for name in ("ETag", "Cache-Control"):
        assert again.headers[name] == first.headers[name]
    assert set(again.headers["Vary"].split(", ")) == set(first.headers["Vary"].split(", "))


@pytest.mark.parametrize("path", DATED)
@pytest.mark.parametrize(
    "since",
    [
        "Thu, 20 Nov 2025 12:29:59 GMT",
        "Sat, 20 Nov 2999 12:30:00 GMT",
        "Thu, 20 Nov 2025 12:30:00 +0100",
        "2025-11-20",
        "yesterday",
        "",
        "Thu, 20 Nov 2025 12:30:00 GMT, Fri, 21 Nov 2025 12:30:00 GMT",
    ],
)
def test_an_older_future_or_invalid_date_is_no_condition(opened, path, since):
    assert opened[0].get(path, headers={"If-Modified-Since": since}).status_code == 200


@pytest.mark.parametrize(
    "since",
    [
        "Thursday, 20-Nov-25 12:30:00 GMT",
        "Thu Nov 20 12:30:00 2025",
        "Fri, 21 Nov 2025 00:00:00 GMT",
    ],
)
def test_a_date_may_be_in_any_form_of_http(opened, since):
    assert opened[0].get("/", headers={"If-Modified-Since": since}).status_code == 304


def test_a_tag_decides_before_a_date(opened):
    since = {"If-Modified-Since": changed(opened[0]).strftime("%a, %d %b %Y %H:%M:%S GMT")}
    assert opened[0].get("/", headers={**since, "If-None-Match": '"another"'}).status_code == 200
    assert opened[0].get("/page/event/none", headers=since).status_code == 404


@pytest.mark.parametrize("path", DATED)
def test_a_newer_program_may_write_the_same_build_otherwise(small_store, path):
    started = BUILT.replace(year=2026)
    client, _ = open_client(small_store, started=started)
    assert changed(client, path) == started
    since = {"If-Modified-Since": BUILT.strftime("%a, %d %b %Y %H:%M:%S GMT")}
    assert client.get(path, headers=since).status_code == 200


# ---- compression --------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd"])
def test_a_page_is_compressed_and_its_head_says_the_same(opened, encoding):
    wanted = {"Accept-Encoding": encoding}
    plain, small = opened[0].get("/"), opened[0].get("/", headers=wanted)
    assert small.headers["Content-Encoding"] == encoding
    assert len(small.data) < len(plain.data) / 2
    head = opened[0].head("/", headers=wanted)
    assert head.data == b""
    for name in ("Content-Length", "Content-Encoding", "ETag", "Vary", "Content-Type"):
        assert head.headers[name] == small.headers[name]
    assert small.headers["Content-Length"] == str(len(small.data))


@pytest.mark.parametrize("path", [*DATED, "/sparql", "/.well-known/void", "/graph/report/tale"])
@pytest.mark.parametrize("accept", ["text/html", "text/turtle"])
def test_plain_and_compressed_bodies_vary_by_the_same_headers(opened, path, accept):
    plain, small = (
        opened[0].get(path, headers={"Accept": accept, "Accept-Encoding": encoding})
        for encoding in ("identity", "gzip")
    )
    assert plain.headers["Vary"] == small.headers["Vary"]
    same, encoded = (
        plain.headers.get("ETag") == small.headers.get("ETag"),
        "Content-Encoding" in small.headers,
    )
    assert not (same and encoded) or plain.headers.get("ETag", "W/").startswith("W/")


def test_what_is_compressed_is_the_page(opened):
    small = opened[0].get("/", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(small.data) == opened[0].get("/").data


def test_a_small_body_and_an_error_go_as_they_are(opened):
    wanted = {"Accept-Encoding": "gzip"}
    for path in ("/health", "/page/event/none", "/static/icon.svg"):
        assert "Content-Encoding" not in opened[0].get(path, headers=wanted).headers


def test_a_client_that_takes_no_encoding_there_is_gets_none_of_it(opened):
    refused = opened[0].get("/", headers={"Accept-Encoding": "identity;q=0, compress"})
    assert refused.status_code == 406


def test_an_answer_to_a_query_is_compressed_once(opened):
    rows = "SELECT * { VALUES ?a { 1 2 3 4 5 6 7 8 9 10 } VALUES ?b { 1 2 3 4 5 6 7 8 9 10 } }"
    wanted = {"Accept-Encoding": "gzip", "Accept": "text/csv"}
    response = opened[0].get("/sparql", query_string={"query": rows}, headers=wanted)
    body = (
        gzip.decompress(response.data)
        if response.headers.get("Content-Encoding")
        else response.data
    )
    assert body.startswith(b"a,b")


# ---- files --------------------------------------------------------------------------------


def test_a_file_is_kept_for_good_at_the_address_that_pages_give_it(opened):
    page = opened[0].get("/").text
    version = find_asset("style.css").version
    assert f"/static/style.css?v={version}" in page
    response = opened[0].get(f"/static/style.css?v={version}")
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["Content-Type"] == "text/css; charset=utf-8"


@pytest.mark.parametrize("query", ["", "?v=older"])
def test_a_file_at_another_address_is_asked_for_again(opened, query):
    path = f"/static/style.css{query}"
    response = opened[0].get(path)
    assert response.headers["Cache-Control"] == "no-cache"
    again = opened[0].get(path, headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_file_is_compressed_under_a_tag_of_its_own(opened):
    plain = opened[0].get("/static/style.css")
    small = opened[0].get("/static/style.css", headers={"Accept-Encoding": "br"})
    assert small.headers["Content-Encoding"] == "br"
    assert len(small.data) < len(plain.data) / 2
    assert small.headers["ETag"] != plain.headers["ETag"]
    assert small.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("name", ["none.css", "..%2F__init__.py", "../__init__.py", "", "built"])
def test_no_other_file_is_read(opened, name):
    assert opened[0].get(f"/static/{name}").status_code == 404


def test_files_that_are_copied_have_plain_names(small_store):
    assert "style.css?" not in open_client(small_store, still=True)[0].get("/").text
