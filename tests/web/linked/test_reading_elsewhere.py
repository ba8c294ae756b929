"""What programs and pages elsewhere are told when they read our data again and again."""

from datetime import UTC, datetime

import pytest

from diplograph.core.files import LEAST_BYTES
from diplograph.web.app import create_app

BUILT = datetime(2030, 5, 6, 7, 8, 9, 500, UTC)
STATED = "Mon, 06 May 2030 07:08:09 GMT"
TURTLE = {"Accept": "text/turtle"}
LARGE = ["/ontology", "/ontology.ttl", "/ontology/0.2.0.nt", "/.well-known/void"]
DATED = ["/data/state/IND", "/data/state/IND.nt", "/ontology", "/ontology/Meeting.ttl"]
OPEN = ["/ontology", "/ontology.ttl", "/.well-known/void", "/download/", "/download/SHA256SUMS"]
OPEN += ["/data/states", "/id/state/IND", "/shape/Agent", "/engagements.geojson"]
OPEN += ["/page/event/moscow-talks-2025-11.ics", "/fact/event/moscow-talks-2025-11.bib"]


@pytest.fixture(scope="module")
def client(real_store):
    return create_app(real_store, built=BUILT).test_client()


@pytest.mark.parametrize("path", LARGE)
def test_a_large_document_is_compressed_under_a_tag_of_its_own(client, path):
    plain = client.get(path, headers=TURTLE)
    packed = client.get(path, headers={**TURTLE, "Accept-Encoding": "gzip"})
    assert len(plain.data) > LEAST_BYTES
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) * 3 < len(plain.data)
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    headers = {**TURTLE, "Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]}
    assert client.get(path, headers=headers).status_code == 304


@pytest.mark.parametrize("path", DATED)
def test_what_a_client_has_of_this_build_is_not_sent_again(client, path):
    assert client.get(path, headers=TURTLE).headers["Last-Modified"] == STATED
    again = client.get(path, headers={**TURTLE, "If-Modified-Since": STATED})
    assert (again.status_code, again.data) == (304, b"")
    older = {**TURTLE, "If-Modified-Since": "Mon, 06 May 2030 07:08:08 GMT"}
    assert client.get(path, headers=older).status_code == 200
    both = {**TURTLE, "If-Modified-Since": STATED, "If-None-Match": '"another"'}
    assert client.get(path, headers=both).status_code == 200


@pytest.mark.parametrize("path", OPEN)
def test_a_page_elsewhere_may_ask_and_read(client, path):
    asked = client.options(path, headers={"Origin": "https://example.org"})
    assert asked.status_code == 204
    assert "GET" in asked.headers["Access-Control-Allow-Methods"]
    assert "If-None-Match" in asked.headers["Access-Control-Allow-Headers"]
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get(path, headers=TURTLE).headers["Access-Control-Allow-Origin"] == "*"


def test_a_page_of_ours_is_for_readers_alone(client):
    for path in ("/", "/page/state/IND", "/engagements"):
        assert "Access-Control-Allow-Origin" not in client.get(path).headers
        assert "Access-Control-Allow-Methods" not in client.options(path).headers
