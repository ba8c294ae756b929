"""A push loads what is missing, counts it, and records a whole build only when it is one."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace

import pytest
from click.testing import CliRunner

from diplograph.cli import main
from diplograph.core.errors import AccessRefused, EngineFault
from diplograph.core.names import REFERENCE_GRAPH, SHAPES_GRAPH, report_graph
from diplograph.remote.engine import RemoteEngine
from diplograph.remote.http import Connection, Credentials, RemoteClient, read_address
from diplograph.remote.upload import (
    RECORD_GRAPH,
    GraphStore,
    guess_store_urls,
    list_loaded_graphs,
    read_upload_record,
    upload,
)
from diplograph.store.build_files import GRAPH, read_record
from diplograph.store.interface import QueryRequest
from fixtures.engines import ENGINES, free_port, run_oxigraph
from fixtures.small_build import DIGEST, REPORT_GRAPH, write_files

GRAPHS = {REFERENCE_GRAPH: 2, REPORT_GRAPH: 11, SHAPES_GRAPH: 1}
OTHER = report_graph("another")


@pytest.fixture(scope="module", params=sorted(ENGINES))
def shared(request, tmp_path_factory):
    """Return a real engine for the whole module."""
    with ENGINES[request.param](tmp_path_factory.mktemp(request.param)) as engine:
        yield engine


@pytest.fixture
def engine(shared):
    """Return the engine with nothing of ours in it."""
    asking, store = reach(shared)
    for name in (*list_loaded_graphs(asking), RECORD_GRAPH):
        store.send("DELETE", name)
    return shared


def reach(engine):
    """Return what asks the engine, and what writes to it, past any push."""
    connection, url = Connection(engine.credentials), read_address(engine.address)
    return RemoteClient(connection, url, 60, 16), GraphStore(connection, guess_store_urls(url)[0])


def write(engine, graph, *lines):
    for _ in reach(engine)[1].put(graph, [f"{line} .\n".encode() for line in lines]):
        pass


def counts(engine):
    """Return how many statements each graph of ours holds there."""
    asking, _ = reach(engine)
    return {name: asking.count(name) for name in list_loaded_graphs(asking)}


def record_of(engine):
    return read_upload_record(reach(engine)[0])


def push_to(engine, folder, **options):
    return upload(folder, engine.address, credentials=engine.credentials, **options)


def write_other(folder, **graphs):
    """Write a build of other graphs: names in GRAPHS' place, and statements of each."""
    lines = [f"{line} <{name}> .\n" for name, each in graphs.items() for line in each]
    return write_files(folder, "".join(lines))


def digest_of(folder):
    return read_record(folder)["content"]


def numbered(many, subject="s"):
    return [f'<urn:{subject}{n}> <urn:p> "statement {n} of many"' for n in range(many)]


# ---- a real engine ------------------------------------------------------------------------


def test_a_push_loads_each_graph_and_records_the_build(engine, folder):
    pushed = push_to(engine, folder)
    assert (pushed.loaded, pushed.kept, pushed.old) == (GRAPHS, {}, ())
    assert counts(engine) == GRAPHS
    assert record_of(engine).digest == pushed.digest == DIGEST


def test_a_second_push_changes_nothing(engine, folder):
    push_to(engine, folder)
    seen = []
    pushed = push_to(engine, folder, progress=lambda *told: seen.append(told))
    assert (pushed.loaded, pushed.kept, seen) == ({}, GRAPHS, [])


def test_a_dry_run_writes_nothing_and_says_what_it_would(engine, folder):
    pushed = push_to(engine, folder, dry=True)
    assert (pushed.loaded, pushed.dry) == (GRAPHS, True)
    assert counts(engine) == {}
    assert not record_of(engine).present


def test_only_what_has_changed_is_loaded(engine, folder, tmp_path):
    push_to(engine, folder)
    lines = (folder / GRAPH).read_text(encoding="utf-8").replace('"Corvo"', '"Corva"')
    other = write_files(tmp_path / "other", lines)
    pushed = push_to(engine, other)
    assert list(pushed.loaded) == [REFERENCE_GRAPH]
    assert record_of(engine).digest == digest_of(other)
    assert counts(engine) == GRAPHS


def test_a_graph_that_was_changed_there_is_loaded_again(engine, folder):
    push_to(engine, folder)
    write(engine, REFERENCE_GRAPH, "<urn:a> <urn:b> <urn:c>")
    assert push_to(engine, folder).loaded == {REFERENCE_GRAPH: 2}
    assert counts(engine) == GRAPHS


def test_an_old_graph_is_named_and_goes_only_when_pruned(engine, folder):
    write(engine, OTHER, "<urn:a> <urn:b> <urn:c>")
    pushed = push_to(engine, folder)
    assert (pushed.old, pushed.removed) == ((OTHER,), ())
    assert counts(engine) == {**GRAPHS, OTHER: 1}
    remote = RemoteEngine(engine.address, credentials=engine.credentials)
    assert OTHER not in remote.contents.graphs
    remote.close()
    assert push_to(engine, folder, prune=True).removed == (OTHER,)
    assert counts(engine) == GRAPHS
    assert record_of(engine).digest == DIGEST


def test_a_graph_goes_in_pieces_and_each_is_told(engine, tmp_path):
    many = write_other(tmp_path / "many", **{REPORT_GRAPH: numbered(500)})
    told = []
    push_to(engine, many, piece_bytes=4096, progress=lambda *each: told.append(each))
    assert counts(engine) == {REPORT_GRAPH: 500}
    assert len(told) > 5
    assert (told[0], told[-1]) == ((REPORT_GRAPH, 0, 500), (REPORT_GRAPH, 500, 500))


def test_a_blank_node_stays_one_however_small_the_pieces(engine, tmp_path):
    lines = [*numbered(200), "_:a <urn:p> _:b", "_:b <urn:p> _:c", "<urn:z> <urn:p> _:c"]
    blank = write_other(tmp_path / "blank", **{REPORT_GRAPH: lines})
    push_to(engine, blank, piece_bytes=512)
    remote = RemoteEngine(engine.address, credentials=engine.credentials)
    text = "ASK { ?a <urn:p> ?b . ?b <urn:p> ?c . <urn:z> <urn:p> ?c }"
    assert json.loads(remote.answer(QueryRequest(text)).body)["boolean"]
    remote.close()


def test_a_statement_of_two_graphs_is_one_in_the_default_graph(engine, tmp_path):
    both = {REPORT_GRAPH: ["<urn:a> <urn:b> <urn:c>"], OTHER: numbered(2)}
    both[OTHER].append(both[REPORT_GRAPH][0])
    twice = write_other(tmp_path / "twice", **both)
    push_to(engine, twice)
    remote = RemoteEngine(engine.address, credentials=engine.credentials)
    body = remote.answer(QueryRequest("SELECT ?s { ?s ?p ?o }", solutions="tsv")).body
    graphs = remote.answer(QueryRequest("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }", "tsv")).body
    remote.close()
    assert sorted(body.split()) == [b"<urn:a>", b"<urn:s0>", b"<urn:s1>", b"?s"]
    assert set(remote.contents.graphs) == {REPORT_GRAPH, OTHER}
    assert graphs.count(b"\n") == 3


def test_a_push_that_is_killed_is_seen_and_taken_up_where_it_was(engine, tmp_path):
    parts = {report_graph(f"r{n}"): numbered(3000 + n, f"r{n}-") for n in range(4)}
    many = write_other(tmp_path / "many", **parts)
    script = textwrap.dedent(f"""
        from pathlib import Path
        from diplograph.remote.http import Credentials
        from diplograph.remote.upload import upload
        def tell(name, done, total):
            print(name, done, total, flush=True)
            if name.endswith("r2") and done:
                input()
        upload(Path({str(many)!r}), {engine.address!r}, piece_bytes=65536, progress=tell,
             credentials=Credentials(*{(engine.credentials.user, engine.credentials.password)!r}))
    """)
    command, pipe = [sys.executable, "-c", script], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as pushing:
        for line in pushing.stdout:
            if line.split()[0].endswith("r2") and line.split()[1] != "0":
                break
        os.kill(pushing.pid, signal.SIGKILL)
    assert record_of(engine).torn
    with pytest.raises(EngineFault, match="push again"):
        RemoteEngine(engine.address, credentials=engine.credentials)
    pushed = push_to(engine, many)
    assert [name[-2:] for name in pushed.kept] == ["r0", "r1"]
    assert [name[-2:] for name in pushed.loaded] == ["r2", "r3"]
    assert counts(engine) == {name: len(lines) for name, lines in parts.items()}
    assert record_of(engine).digest == digest_of(many)


def test_an_engine_that_is_lost_amid_a_push_is_said_and_taken_up(tmp_path):
    parts = {report_graph(f"r{n}"): numbered(50, f"r{n}-") for n in range(3)}
    many, port = write_other(tmp_path / "many", **parts), free_port()
    place = tmp_path / "oxigraph"
    place.mkdir()
    with run_oxigraph(place, port) as engine:

        def tell(name, done, total):
            if name.endswith("r1"):
                engine.process.kill()
                engine.process.wait()

        with pytest.raises(EngineFault, match="cannot be reached"):
            push_to(engine, many, progress=tell)
    with run_oxigraph(place, port) as engine:
        pushed = push_to(engine, many)
        assert [name[-2:] for name in pushed.kept] == ["r0"]
        assert counts(engine) == dict.fromkeys(parts, 50)
        assert record_of(engine).digest == digest_of(many)


@pytest.mark.parametrize("shared", ["virtuoso"], indirect=True)
def test_a_password_that_does_not_open_the_store_is_one_sentence(engine, folder):
    wrong = replace(engine, credentials=Credentials("dba", "s3cret"))
    with pytest.raises(AccessRefused, match="DIPLOGRAPH_STORE_PASSWORD") as refused:
        push_to(wrong, folder)
    assert "s3cret" not in str(refused.value)
    assert counts(engine) == {}


def test_an_engine_that_holds_less_than_it_was_given_is_found_out(engine, folder, monkeypatch):
    send = GraphStore.send

    def lose_a_line(self, method, graph, body, seconds):
        kept = body if graph == RECORD_GRAPH else body.split(b"\n", 1)[1]
        send(self, method, graph, kept, seconds)

    with monkeypatch.context() as patch:
        patch.setattr(GraphStore, "send", lose_a_line)
        with pytest.raises(EngineFault, match="has 2 statements here and 1 in the engine"):
            push_to(engine, folder)
    assert record_of(engine).torn
    assert push_to(engine, folder).loaded == GRAPHS


# ---- the command --------------------------------------------------------------------------


def run(*arguments, **settings):
    return CliRunner().invoke(main, [str(each) for each in arguments], **settings)


@pytest.fixture
def built(folder, tmp_path, monkeypatch):
    """Have the command find the small build, and a home to build."""
    monkeypatch.setattr("diplograph.build.bounded.ensure_bounded", lambda *_, **__: folder)


def test_the_command_says_what_became_of_each_graph(engine, built):
    user = engine.credentials
    names = {"DIPLOGRAPH_STORE_USER": user.user, "DIPLOGRAPH_STORE_PASSWORD": user.password}
    write(engine, OTHER, "<urn:a> <urn:b> <urn:c>")
    first = run("push", engine.address, "--dry-run", env=names)
    assert "Nothing was written: 3 of 3 graphs are to load." in first.stdout
    second = run("push", engine.address, env=names)
    assert (second.exit_code, second.stdout.count("loaded")) == (0, 3)
    assert "--prune removes them" in second.stdout
    third = run("push", engine.address, "--prune", env=names)
    assert (third.stdout.count("kept"), third.stdout.count("removed")) == (3, 1)
    assert "14 statements in 3 graphs are there, as counted by the engine." in third.stdout


@pytest.mark.parametrize(
    ("address", "code", "words"),
    [
        ("http://127.0.0.1/query", 2, "sparql+http://HOST"),
        ("sparql+http://ada:s3cret@127.0.0.1/query", 2, "DIPLOGRAPH_STORE_PASSWORD"),
        ("sparql+http://engine.invalid/query", 3, "unknown host"),
    ],
)
def test_an_address_that_leads_nowhere_is_one_line_and_an_exit_code(address, code, words, built):
    result = run("push", address)
    assert result.exit_code == code
    assert words in result.stderr
    assert (result.stdout, result.stderr.count("\n"), "s3cret" in result.stderr) == ("", 1, False)
