"""Status and headers of some 70 requests over the invented world are as they were recorded.

`DIPLOGRAPH_RECORD=1 pytest tests/web/test_recorded_answers.py` writes recorded_answers.tsv anew,
whose diff then shows what a change does to status, type, caching and redirects.
"""

import os
from pathlib import Path

import pytest

from diplograph.core.settings import Settings
from diplograph.web.app import create_app

RECORD = Path(__file__).with_name("recorded_answers.tsv")
HEADERS = ("Content-Type", "Cache-Control", "Vary", "Location", "Access-Control-Allow-Origin")
HTML = "text/html,application/xhtml+xml,*/*;q=0.8"
PAGES = """
/ /engagements /timeline /network /map /open /search?q=varn /questions /questions/planned-not-held
/ontology /ontology/Meeting /ontology/shapes /pair/XAA/XBE /page/state/XAA /page/person/ada-varn
/page/event/belport-talks /page/topic/trade /report/harbour-wire /fact/event/belport-talks
/download/ /page/state/NOPE /nowhere /engagements?from=soon /static/style.css /.well-known/void
/health /ready
""".split()
FILES = """
/engagements.csv /engagements.xlsx /engagements.geojson /engagements.graphml /engagements.ics
/engagements.ttl /data/state/XAA.ttl /data/state/XAA.nt /data/state/XAA.jsonld /data/state/XAA.rdf
/data/state/XAA.trig /data/state/XAA.nq /data/state/XAA.ttl?profile=schema.org /ontology.ttl
/data/state/NOPE.ttl /graph/ontology /store?default /store?graph=nowhere
""".split()
NEGOTIATED = ["/id/state/XAA", "/concept/topic/trade", "/sparql?query=ASK%20%7B%7D", "/ontology"]
ACCEPTED = [
    "*/*",
    HTML,
    "text/turtle",
    "application/ld+json;q=0.9, text/csv;q=0.5",
    "application/sparql-results+xml",
    "image/png",
]


def list_requests():
    """Return method, address and Accept header of each request."""
    requests = [("GET", address, HTML) for address in PAGES]
    requests += [("GET", address, "*/*") for address in FILES]
    requests += [("GET", address, accept) for address in NEGOTIATED for accept in ACCEPTED]
    requests += [(method, "/sparql", "*/*") for method in ("HEAD", "OPTIONS", "PUT", "POST")]
    return requests


@pytest.fixture(scope="module")
def answers(world_store):
    """Return a line for each request: what was asked, the status and the headers."""
    client = create_app(world_store, settings=Settings(as_of="2031-09-01")).test_client()
    lines = []
    for method, address, accept in list_requests():
        response = client.open(address, method=method, headers={"Accept": accept})
        values = [response.headers.get(name, "-") for name in HEADERS]
        lines.append("\t".join([method, address, accept, str(response.status_code), *values]))
        response.close()
    return lines


def test_status_and_headers_are_as_recorded(answers):
    if os.environ.get("DIPLOGRAPH_RECORD"):
        RECORD.write_text("\n".join(answers) + "\n", encoding="utf-8")
    assert answers == RECORD.read_text(encoding="utf-8").splitlines()


def test_the_record_has_successes_redirects_and_refusals(answers):
    statuses = {line.split("\t")[3] for line in answers}
    assert statuses >= {"200", "303", "400", "404", "405", "406"}
