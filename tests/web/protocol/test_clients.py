"""Every query behind a page counts against the bounds of the client who asked for the page."""

import pytest

from diplograph.build.questions import read_question
from diplograph.web.app import create_app
from fixtures.recording_engine import RecordingEngine
from fixtures.site_pages import QUESTIONS


@pytest.mark.parametrize(
    ("address", "queries"),
    [
        ("/questions/places?place=Corvo", 1),
        ("/sparql?format=html&query=SELECT%20*%20{%20?s%20a%20?class%20}", 3),
        ("/ready", 1),
    ],
)
def test_every_query_behind_a_page_counts_as_its_clients(small_store, tmp_path, address, queries):
    (tmp_path / "places.rq").write_text(QUESTIONS["places"], encoding="utf-8")
    questions = {"places": read_question(tmp_path / "places.rq")}
    engine = RecordingEngine(small_store)
    client = create_app(engine, questions).test_client()
    # The names of things, and whether there are questions, are read once a build.
    for once in ("/search?q=corvo", "/questions/places"):
        client.get(once)
    engine.clients.clear()
    origin = {"REMOTE_ADDR": "192.0.2.7"}
    assert client.get(address, environ_overrides=origin).status_code == 200
    assert engine.clients == ["192.0.2.7"] * queries
