"""The pool ends a query at its bound, and one query's end is nobody else's."""

import json
import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from diplograph.core.errors import (
    BoundExceeded,
    DiplographError,
    NotAcceptable,
    NotExpressible,
    QuerySyntaxError,
    Refused,
    UnknownGraph,
)
from diplograph.core.settings import PAGE_MEBIBYTES
from diplograph.pool.pool import Pool
from diplograph.store.engine import LocalEngine
from diplograph.store.interface import PAGE, QueryBounds, QueryRequest
from diplograph.store.store import Store
from fixtures.pool_scene import process_ids, refuse_start
from fixtures.processes import is_running
from fixtures.small_build import DIGEST
from fixtures.waiting import wait_until

# Ten joins without a common variable: more solutions than any machine counts.
ENDLESS = "SELECT (COUNT(*) AS ?n) {" + " . ".join(f"?a{i} ?b{i} ?c{i}" for i in range(10)) + "}"
WIDE = "SELECT * {" + " . ".join(f"?a{i} ?b{i} ?c{i}" for i in range(5)) + "}"
# To sort it, all of it must be held at once.
GREEDY = WIDE + " ORDER BY ?c0"
QUICK = QueryRequest("ASK {}")
YES = b'{"head":{},"boolean":true}'


def test_a_pool_names_the_build_it_answers_from(open_pool):
    assert open_pool().digest == DIGEST


def test_a_pool_answers_as_the_store_in_process_does(open_pool, folder):
    pool, local = open_pool(), LocalEngine(Store.open(folder))
    for text in ("SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o", "CONSTRUCT WHERE { ?s a ?o }"):
        for table, statements in (("json", "turtle"), ("csv", "ntriples"), ("xml", "rdfxml")):
            asked = QueryRequest(text, solutions=table, statements=statements)
            assert pool.answer(asked) == local.answer(asked)


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        (QueryRequest("SELEKT"), QuerySyntaxError),
        (QueryRequest("SELECT * { SERVICE <urn:x> {} }"), Refused),
        (QueryRequest("ASK {}", default_graphs=("urn:none",)), UnknownGraph),
        (QueryRequest("ASK {}", solutions=None), NotAcceptable),
        (QueryRequest(r'SELECT ("\u0007" AS ?x) {}', solutions="xml"), NotExpressible),
        (QueryRequest("CONSTRUCT WHERE { ?s ?p ?o }", statements=None), NotAcceptable),
    ],
)
def test_an_error_in_a_worker_is_the_same_error_here(open_pool, folder, asked, kind):
    pool, local = open_pool(), LocalEngine(Store.open(folder))
    with pytest.raises(kind) as there:
        pool.answer(asked)
    with pytest.raises(kind) as here:
        local.answer(asked)
    assert str(there.value) == str(here.value)
    assert vars(there.value) == vars(here.value)


def test_a_query_past_its_time_is_stopped_and_told_so(open_pool):
    pool = open_pool(seconds=0.5)
    (worker,) = process_ids(pool)
    started = time.monotonic()
    with pytest.raises(BoundExceeded, match=r"0\.5 s") as stopped:
        pool.answer(QueryRequest(ENDLESS))
    assert time.monotonic() - started < 1.5
    assert stopped.value.bound == "time"
    assert wait_until(lambda: not is_running(worker))


def test_after_a_stopped_query_the_next_one_is_answered_at_once(open_pool):
    pool = open_pool(seconds=0.5)
    with pytest.raises(BoundExceeded):
        pool.answer(QueryRequest(ENDLESS))
    started = time.monotonic()
    assert pool.answer(QUICK).body == YES
    assert time.monotonic() - started < 2.0  # a start takes a tenth of it, on an idle machine


def test_a_query_beside_a_stopped_one_is_answered(open_pool):
    pool = open_pool(workers=2, seconds=1.0)
    with ThreadPoolExecutor() as threads:
        endless = threads.submit(pool.answer, QueryRequest(ENDLESS))
        answers = [pool.answer(QUICK).body for _ in range(50)]
        assert isinstance(endless.exception(), BoundExceeded)
    assert answers == [YES] * 50


def test_a_query_that_wants_too_much_memory_ends_with_that_reason(open_pool):
    pool = open_pool(memory_mebibytes=16, seconds=30)
    with pytest.raises(BoundExceeded, match="16 MiB") as stopped:
        pool.answer(QueryRequest(GREEDY))
    assert stopped.value.bound == "memory"
    assert pool.answer(QUICK).body == YES


def test_a_result_that_is_too_large_is_refused_whole(open_pool):
    with pytest.raises(BoundExceeded) as stopped:
        open_pool(result_mebibytes=1).answer(QueryRequest(WIDE))
    assert stopped.value.bound == "bytes"


@pytest.mark.parametrize("form", ["json", "xml", "csv", "tsv"])
def test_the_rows_of_a_result_are_bounded_to_the_row(folder, form):
    store = Store.open(folder)
    asked = QueryRequest("SELECT * { ?s ?p ?o } LIMIT 5", solutions=form)
    assert LocalEngine(store, QueryBounds(rows=5)).answer(asked).kind == "solutions"
    with pytest.raises(BoundExceeded) as stopped:
        LocalEngine(store, QueryBounds(rows=4)).answer(asked)
    assert stopped.value.bound == "rows"


TRICKY = """SELECT ?a ?b { VALUES (?a ?b) {
  (UNDEF UNDEF) ("x" UNDEF) (UNDEF "y") ("}},{" "z") ('"}},{"{},{},' "line\\nbreak\\r\\n, <result>")
} }"""


@pytest.mark.parametrize("form", ["json", "xml", "csv", "tsv", PAGE])
@pytest.mark.parametrize(
    "text", [TRICKY, TRICKY.replace("(UNDEF UNDEF)", "(1 <<( <a:a> <a:b> 2 )>>)")]
)
def test_rows_are_counted_whatever_their_cells_hold(folder, form, text):
    store, asked = Store.open(folder), QueryRequest(text, form)
    assert LocalEngine(store, QueryBounds(rows=5)).answer(asked).kind == "solutions"
    with pytest.raises(BoundExceeded):
        LocalEngine(store, QueryBounds(rows=4)).answer(asked)
    none = QueryRequest("SELECT ?a { ?a <urn:none> ?b }", solutions=form)
    assert LocalEngine(store, QueryBounds(rows=0)).answer(none).kind == "solutions"


def test_a_page_has_the_first_rows_and_their_whole_number(open_pool):
    text = "SELECT ?n { VALUES ?n { 1 2 3 } }"
    answer = open_pool().answer(QueryRequest(text, solutions=PAGE, shown=2))
    rows = json.loads(answer.body)["results"]["bindings"]
    assert [row["n"]["value"] for row in rows] == ["1", "2"]
    assert answer.total == 3


def test_a_page_is_bounded_far_below_an_answer(folder):
    text = f'SELECT ?a {{ VALUES ?a {{ "{"x" * (PAGE_MEBIBYTES * 1024 * 1024)}" }} }}'
    engine = LocalEngine(Store.open(folder))
    assert engine.answer(QueryRequest(text)).kind == "solutions"
    with pytest.raises(BoundExceeded, match="4 MiB one page") as stopped:
        engine.answer(QueryRequest(text, solutions=PAGE))
    assert stopped.value.bound == "bytes"


def test_a_query_nested_beyond_reason_costs_only_itself(open_pool):
    pool = open_pool()
    deep = 50_000
    with pytest.raises(DiplographError):
        pool.answer(QueryRequest("SELECT * {" + "{" * deep + "?s ?p ?o" + "}" * deep + "}"))
    assert pool.answer(QUICK).body == YES


def test_a_worker_lost_while_idle_costs_nothing(open_pool):
    pool = open_pool()
    (worker,) = process_ids(pool)
    os.kill(worker, signal.SIGKILL)
    assert wait_until(lambda: not is_running(worker))
    assert pool.answer(QUICK).body == YES


def test_a_worker_that_cannot_be_replaced_now_is_replaced_later(open_pool, monkeypatch):
    pool = open_pool(seconds=0.5)
    with monkeypatch.context() as patch:
        patch.setattr("diplograph.pool.workers.ForkServerClient.fork", refuse_start)
        with pytest.raises(BoundExceeded) as stopped:
            pool.answer(QueryRequest(ENDLESS))
        assert stopped.value.bound == "time"
        for _ in range(2):
            with pytest.raises(BoundExceeded) as stopped:
                pool.answer(QUICK)
            assert stopped.value.bound in {"worker", "queue"}
    assert pool.answer(QUICK).body == YES


def test_more_queries_than_may_wait_are_sent_away_at_once(open_pool):
    pool = open_pool(waiting=0, seconds=1.0)
    with ThreadPoolExecutor() as threads:
        running = threads.submit(pool.answer, QueryRequest(ENDLESS))
        assert wait_until(lambda: pool.counts().running)
        with pytest.raises(BoundExceeded) as sent:
            pool.answer(QUICK)
        assert sent.value.bound == "queue"
        assert running.exception().bound == "time"


def test_many_threads_get_each_their_own_answer(open_pool):
    pool = open_pool(workers=2)
    texts = [f"SELECT (({n} * 1) AS ?n) {{}}" for n in range(200)]
    with ThreadPoolExecutor(8) as threads:
        answers = list(
            threads.map(lambda t: pool.answer(QueryRequest(t, solutions="tsv")).body, texts)
        )
    assert answers == [f"?n\n{n}\n".encode() for n in range(200)]


def test_closing_ends_every_worker_and_leaves_no_zombie(open_pool):
    pool = open_pool(workers=2)
    workers = process_ids(pool)
    pool.close()
    pool.close()
    assert [worker for worker in workers if Path(f"/proc/{worker}").exists()] == []
    with pytest.raises(BoundExceeded):
        pool.answer(QUICK)


def test_closing_amid_a_query_starts_no_new_worker(open_pool):
    pool = open_pool(seconds=30)
    with ThreadPoolExecutor() as threads:
        running = threads.submit(pool.answer, QueryRequest(ENDLESS))
        assert wait_until(lambda: pool.counts().running)
        pool.close()
        assert isinstance(running.exception(), BoundExceeded)
    assert process_ids(pool) == ()


def test_a_build_that_cannot_be_opened_is_one_error(tmp_path, capfd):
    with pytest.raises(DiplographError, match=r"could not open the build: .* build again"):
        Pool(tmp_path / "nowhere", workers=2)
    assert capfd.readouterr().err == ""


def test_a_silent_service_that_never_answers_is_passed_over_in_time(open_pool):
    """SPARQL 1.1 Federated Query, section 2.3; another stays bounded as any query is."""
    pool = open_pool(seconds=2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        text = f"SELECT ?n ?x {{ VALUES ?n {{ 1 }} SERVICE SILENT <{address}> {{ ?x ?y ?z }} }}"
        answer = pool.answer(QueryRequest(text, "csv", services=(address,)))
    assert answer.body == b"n,x\r\n1,\r\n"
    assert pool.answer(QUICK).body == YES
