"""A push to what is no engine, or to an address that is none, writes nothing and says why."""

import pytest

from diplograph.core.errors import EngineFault, UnreadableFile, UsageError
from diplograph.remote.http import Credentials
from diplograph.remote.upload import cut_into_pieces, guess_store_urls, upload
from fixtures.engines import free_port
from fixtures.engines.liar import JSON, run_liar

NONE = b'{"head":{"vars":["s","p","o","g","n"]},"results":{"bindings":[]}}'


def test_a_record_that_is_taken_and_not_shown_is_no_push(folder):
    def reply(handler, _):
        handler.say(200 if handler.command == "POST" else 201, JSON, NONE)

    with run_liar(reply) as server, pytest.raises(EngineFault, match="does not show it"):
        upload(folder, server.address, credentials=Credentials(), graph_store=_store(server))


def test_where_no_place_takes_a_graph_each_is_named(folder):
    def reply(handler, _):
        asked = handler.path == "/query" and handler.command == "POST"
        handler.say(200, JSON, NONE) if asked else handler.say(404, "text/html", b"<p>none</p>")

    with run_liar(reply) as server, pytest.raises(EngineFault, match="--graph-store") as fault:
        upload(folder, server.address, credentials=Credentials())
    assert all(f"{place} rejects PUT" in str(fault.value) for place in ("/store", "/data"))


def _store(server):
    return f"http://127.0.0.1:{server.server_port}/store"


def test_a_build_that_is_torn_is_not_pushed(tmp_path):
    with pytest.raises(UnreadableFile, match="build again"):
        upload(tmp_path, f"sparql+http://127.0.0.1:{free_port()}/query")


@pytest.mark.parametrize("store", ["sparql+http://127.0.0.1/store", "http://a:b@127.0.0.1/store"])
def test_a_graph_store_is_named_by_a_plain_url(store, folder):
    with pytest.raises(UsageError):
        upload(folder, "sparql+http://127.0.0.1/query", graph_store=store)


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("http://h:7878/query", "http://h:7878/store"),
        ("http://h:3030/ds/query", "http://h:3030/ds/data"),
        ("http://h:3030/ds/sparql", "http://h:3030/ds/data"),
        ("http://h:8890/sparql", "http://h:8890/sparql-graph-crud-auth"),
        ("http://h:7200/repositories/dg", "http://h:7200/repositories/dg/rdf-graphs/service"),
        ("https://h:8182/sparql", "https://h:8182/sparql/gsp/"),
        ("http://h:7001/", "http://h:7001/store"),
    ],
)
def test_the_graph_store_of_a_known_engine_is_among_the_guesses(query, place):
    assert place in guess_store_urls(query)


def test_pieces_hold_every_line_once():
    lines = [b'<urn:s%d> <urn:p> "x" .\n' % n for n in range(100)] + [b"_:a <urn:p> _:b .\n"]
    pieces = list(cut_into_pieces(lines, 300))
    assert sorted(line for piece in pieces for line in piece) == sorted(lines)
    assert max(sum(map(len, piece)) for piece in pieces) <= 300
