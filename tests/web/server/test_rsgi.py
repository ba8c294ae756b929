"""What the front does for every request: it reloads, watches, keeps, counts, logs and lets go."""

import http.client
import json
import re
import signal
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

from fixtures.live_server import Server, count_states
from fixtures.small_build import write_build
from fixtures.small_home import add_state, write_home
from fixtures.waiting import wait_until

ENDLESS = "SELECT (COUNT(*) AS ?n) {" + " . ".join(f"?a{i} ?b{i} ?c{i}" for i in range(10)) + "}"
STATES = "SELECT ?s { ?s a <https://w3id.org/diplograph/ontology#State> }"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    place = tmp_path_factory.mktemp("front")
    options = {"seconds": 30, "body_seconds": 0.5, "trust_proxy": True, "log_queries": True}
    running = Server(write_build(place / "small"), access_log=str(place / "access.log"), **options)
    running.log = place / "access.log"
    yield running
    running.stop(signal.SIGKILL)


def send(server, data, seconds=10.0):
    """Return all that the server sends back on a connection of its own, until it closes it."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as connection:
        connection.sendall(data)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def ask(server, text, method="GET", **headers):
    """Return the response, read, and its body."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    path = f"/sparql?query={urllib.parse.quote(text)}"
    connection.request(method, path, headers={n.replace("_", "-"): headers[n] for n in headers})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def read_metric(server, name):
    """Return a metric by its name and labels, as the server shows it."""
    shown = server.get("metrics")[1].decode()
    found = re.search(rf"^{re.escape(name)} (\S+)$", shown, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_a_request_carries_its_own_name_or_is_given_one(server):
    named, _ = ask(server, "ASK {}", X_Request_ID="from-a-proxy.7")
    assert named.headers["X-Request-ID"] == "from-a-proxy.7"
    unnamed, _ = ask(server, "ASK {}", X_Request_ID="no name, this")
    assert re.fullmatch(r"[0-9a-f]{16}", unnamed.headers["X-Request-ID"])


def test_a_question_asked_twice_costs_the_engine_once(server):
    hits = read_metric(server, 'diplograph_cache_total{outcome="hit"}')
    first, body = ask(server, STATES)
    again, same = ask(server, STATES)
    assert same == body
    assert again.headers["ETag"] == first.headers["ETag"]
    assert read_metric(server, 'diplograph_cache_total{outcome="hit"}') == hits + 1


def test_a_result_that_xml_cannot_carry_is_sent_as_the_client_likes_next(server):
    xml, bell = "application/sparql-results+xml", r'SELECT ("\u0007" AS ?x) {}'
    refused, message = ask(server, bell, Accept=xml)
    assert (refused.status, message[:11]) == (406, b"XML cannot ")
    for method in ("GET", "HEAD"):
        sent, _ = ask(server, bell, method, Accept=f"{xml}, text/csv;q=0.5")
        assert (sent.status, sent.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")


def test_a_copy_that_still_holds_is_not_sent_again(server):
    first, _ = ask(server, STATES)
    again, body = ask(server, STATES, If_None_Match=first.headers["ETag"])
    assert (again.status, body) == (304, b"")


def test_head_says_what_get_would_and_sends_nothing(server):
    whole, body = ask(server, STATES)
    head, nothing = ask(server, STATES, method="HEAD")
    assert nothing == b""
    assert head.headers["Content-Length"] == str(len(body))
    assert head.headers["ETag"] == whole.headers["ETag"]


def test_a_large_answer_arrives_whole(server):
    rows = " ".join(f'("{number:040}")' for number in range(20_000))
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    headers = {"Content-Type": "application/sparql-query", "Accept": "text/csv"}
    connection.request("POST", "/sparql", f"SELECT * {{ VALUES (?n) {{ {rows} }} }}", headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    assert response.getheader("Content-Length") == str(len(body))
    assert body.decode().split() == ["n", *(f"{number:040}" for number in range(20_000))]


def test_a_body_that_does_not_arrive_is_a_408(server):
    head = "POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
    told = send(server, f"{head}Content-Length: 100\r\n\r\nASK".encode())
    assert told.startswith(b"HTTP/1.1 408 ")
    assert b"within 0.5 s" in told


def test_many_stalled_bodies_keep_nobody_waiting(server):
    head = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nASK"
    stalled = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(200)]
    for each in stalled:
        each.sendall(head)
    started = time.monotonic()
    assert server.ask("ASK {}")[0] == 200
    assert time.monotonic() - started < 0.5
    for each in stalled:
        each.close()


def test_a_query_ends_when_its_client_leaves(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", f"/sparql?query={urllib.parse.quote(ENDLESS)}")
    assert wait_until(lambda: read_metric(server, 'diplograph_queries{state="running"}') == 1)
    connection.close()
    assert wait_until(lambda: read_metric(server, 'diplograph_queries{state="running"}') == 0)


def test_the_metrics_are_not_shown_through_a_proxy(server):
    with pytest.raises(urllib.error.HTTPError) as refused:
        server.get("metrics", X_Forwarded_For="192.0.2.7")
    with refused.value as answer:
        assert answer.code == 403


def test_a_line_of_the_log_says_who_asked_what_and_what_came_of_it(server):
    two = "SELECT * { VALUES ?n { 1 2 } }"
    ask(server, two, X_Forwarded_For="203.0.113.9, 192.0.2.7", X_Request_ID="logged-one")
    wanted = '"id":"logged-one"'
    assert wait_until(lambda: wanted in server.log.read_text())
    line = next(each for each in server.log.read_text().splitlines() if wanted in each)
    told = json.loads(line)
    assert told["client"] == "192.0.2.7"
    assert (told["method"], told["path"], told["status"]) == ("GET", "/sparql", 200)
    assert told["rows"] == 2
    assert told["query"] == two


def test_headers_that_come_twice_are_one_list(server):
    told = send(
        server,
        b"GET /sparql?query=ASK%20%7B%7D HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Accept: text/csv;q=0.1\r\nAccept: application/sparql-results+xml\r\n\r\n",
    )
    assert b"content-type: application/sparql-results+xml" in told.lower()


def test_an_address_of_two_parts_is_served_below_its_base(tmp_path):
    server = Server(write_build(tmp_path / "small"), base_url="https://example.org/kg")
    try:
        assert json.loads(server.get("kg/sparql?query=ASK%7B%7D")[1])["boolean"] is True
        assert b'href="/kg/sparql' in server.get("kg/", accept="text/html")[1]
        description = server.get("sparql", accept="application/n-triples")[1]
        assert b"https://example.org/kg/sparql" in description
    finally:
        server.stop(signal.SIGKILL)


def test_a_hangup_signal_swaps_the_build_and_drops_no_request(tmp_path):
    home = write_home(tmp_path / "home")
    server = Server(home.root, errors=tmp_path / "said")
    failed, answered, done = [], [], threading.Event()

    def keep_asking():
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        while not done.is_set():
            try:
                connection.request("GET", f"/sparql?query={urllib.parse.quote(STATES)}")
                response = connection.getresponse()
                rows = json.loads(response.read())["results"]["bindings"]
                answered.append((response.status, len(rows)))
            except (OSError, http.client.HTTPException, ValueError) as error:
                failed.append(repr(error))
        connection.close()

    asking = [threading.Thread(target=keep_asking) for _ in range(4)]
    try:
        for thread in asking:
            thread.start()
        assert count_states(server) == 2
        add_state(home)
        server.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: count_states(server) == 3, seconds=30)
    finally:
        done.set()
        for thread in asking:
            thread.join()
        server.stop(signal.SIGKILL)
    assert failed == []
    assert set(answered) == {(200, 2), (200, 3)}


def test_files_that_cannot_be_built_leave_the_build_before_in_service(tmp_path):
    home, said = write_home(tmp_path / "home"), tmp_path / "said"
    server = Server(home.root, errors=said)
    try:
        (home.data / "states.ttl").write_text("state:ARD a")
        server.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: "the reload failed" in said.read_text(), seconds=30)
        assert "data/states.ttl:1" in said.read_text()
        assert count_states(server) == 2
    finally:
        server.stop(signal.SIGKILL)


def test_watching_reloads_by_itself(tmp_path):
    home = write_home(tmp_path / "home")
    server = Server(home.root, watching=True)
    try:
        add_state(home)
        assert wait_until(lambda: count_states(server) == 3, seconds=30)
    finally:
        server.stop(signal.SIGKILL)


@pytest.mark.parametrize(
    "host", ["a b", '"><script>', "x:99999", "a@b", "a/b", "", "[1]", "[::::]"]
)
def test_a_host_that_cannot_be_is_a_400(server, host):
    asked = f"GET /sparql HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    assert send(server, asked.encode()).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("request_line", ["get / HTTP/1.1", "POST /sparql HTTP/1.1"])
def test_a_browser_is_told_in_html_what_is_wrong_before_a_page_is_looked_for(server, request_line):
    asked = f"{request_line}\r\nHost: x\r\nAccept: text/html\r\nContent-Length: 99999999\r\n"
    head, _, body = send(server, f"{asked}Connection: close\r\n\r\n".encode()).partition(
        b"\r\n\r\n"
    )
    assert re.match(rb"HTTP/1.1 4(05|13) ", head)
    assert b"content-type: text/html; charset=utf-8" in head.lower()
    assert re.search(rb"<h1>.+</h1>\n<p>.+</p>", body)


@pytest.mark.parametrize("authority", ["h:99999", "[1]", "[::::]:80", "who@h"])
def test_an_absolute_address_of_a_host_that_cannot_be_is_a_400(server, authority):
    asked = f"GET http://{authority}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert send(server, asked.encode()).startswith(b"HTTP/1.1 400 ")


def test_any_tag_at_all_is_known_of_a_kept_answer_too(server):
    first, _ = ask(server, STATES)
    again, body = ask(server, STATES, If_None_Match="*")
    assert (again.status, body) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]


def test_a_kept_answer_varies_with_what_had_a_say_this_time(server):
    path = f"sparql?query={urllib.parse.quote('ASK { ?kept a ?kept }')}"
    vary = {}
    for asked, accept in ((f"{path}&format=csv", "*/*"), (path, "text/csv")):
        request = urllib.request.Request(server.address + asked, headers={"Accept": accept})
        with urllib.request.urlopen(request, timeout=10) as response:
            vary[accept] = response.headers["Vary"]
    assert vary == {"*/*": "Accept-Encoding", "text/csv": "Accept, Accept-Encoding"}


def test_a_server_is_ready_when_it_answers_queries(server):
    shown = json.loads(server.get("ready")[1])
    assert (shown["ready"], shown["building"], shown["last_failure"]) == (True, None, None)


@pytest.mark.parametrize("count", [1, 40])
def test_a_head_over_the_limit_is_refused_and_one_below_it_is_not(server, count):
    def request_with(length):
        headers = {f"X-{number}": "a" * (length // count) for number in range(count)}
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request("GET", "/health", headers=headers)
        response = connection.getresponse()
        response.read()
        connection.close()
        return response.status

    assert request_with(120 * 1024) == 200
    assert request_with(129 * 1024) == 431
    assert request_with(200_000) == 431


def test_a_page_stopped_at_a_bound_is_counted_by_its_name(tmp_path):
    server = Server(write_build(tmp_path / "small"), seconds=0.2)
    try:
        with pytest.raises(urllib.error.HTTPError) as stopped:
            server.ask(ENDLESS, accept="text/html")
        with stopped.value as answer:
            assert answer.code == 503
        assert read_metric(server, 'diplograph_bounds_hit_total{bound="time"}') == 1
    finally:
        server.stop(signal.SIGKILL)


def test_one_client_has_few_pages_made_at_once_and_others_are_not_kept_waiting(tmp_path):
    bounds = {"seconds": 1, "client_pages": 1, "per_client": 2, "trust_proxy": True}
    server = Server(write_build(tmp_path / "small"), **bounds)
    answers = []

    def ask_page(number):
        path = f"/sparql?query={urllib.parse.quote(f'{ENDLESS} # {number}')}"
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request(
            "GET", path, headers={"Accept": "text/html", "X-Forwarded-For": "192.0.2.7"}
        )
        response = connection.getresponse()
        response.read()
        answers.append((response.status, response.headers["Retry-After"]))
        connection.close()

    try:
        asking = [threading.Thread(target=ask_page, args=(number,)) for number in range(6)]
        for thread in asking:
            thread.start()
        assert wait_until(lambda: len(answers) == 3)
        assert answers == [(429, "2")] * 3  # one is made, two wait
        started = time.monotonic()
        assert server.get("", accept="text/html", X_Forwarded_For="192.0.2.8")[0] == 200
        assert server.get("health", X_Forwarded_For="192.0.2.7")[0] == 200
        assert time.monotonic() - started < 1
        for thread in asking:
            thread.join()
        assert [status for status, _ in answers[3:]] == [503] * 3
    finally:
        server.stop(signal.SIGKILL)
