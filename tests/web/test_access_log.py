"""The access log: a line says what was asked, forges nothing and keeps no request waiting."""

import io
import json
import logging
import os
import threading
from dataclasses import replace

import pytest

from diplograph.core.errors import UsageError
from diplograph.core.settings import Settings
from diplograph.web import access_log
from diplograph.web.access_log import AccessLog, UnbufferedText, identify, open_log
from diplograph.web.http import HttpRequest, HttpResponse

SECRET = "s3cr3t-of-someone"
ANSWER = HttpResponse(200, body=b"12345", rows=2)


class Stream(io.BytesIO):
    """Bytes that can be read as text."""

    @property
    def text(self):
        return self.getvalue().decode("ascii")


def log_to(stream, settings=None):
    """Return a log that is written to a stream of bytes."""
    return AccessLog(logging.StreamHandler(UnbufferedText(stream)), settings or Settings())


def log(request, response=ANSWER, seconds=0.0125, request_id="abc", settings=None):
    """Return the one line that is logged, as bytes are read by whoever reads the log."""
    stream = Stream()
    opened = log_to(stream, settings)
    opened.digest = "0123456789abcdef"
    opened.write(request, response, seconds, request_id)
    opened.close()
    assert stream.text.endswith("\n")
    assert stream.text.count("\n") == 1
    return json.loads(stream.text)


def ask(text, settings, **fields):
    request = (
        HttpRequest("POST", "/sparql", **fields) if fields else HttpRequest("GET", "/sparql", text)
    )
    return log(request, settings=settings).get("query", "none logged")


def test_a_line_says_who_asked_for_what_and_what_came_of_it():
    request = HttpRequest(
        "GET", "/sparql", "query=x", {"user-agent": "curl/8"}, client="203.0.113.9"
    )
    line = log(request, HttpResponse(503, body=b"123", bound="time", cached=False))
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "id": "abc",
        "client": "203.0.113.9",
        "method": "GET",
        "path": "/sparql",
        "status": 503,
        "duration_ms": 12.5,
        "bytes": 3,
        "rows": None,
        "bound": "time",
        "cached": False,
        "build": "0123456789ab",
        "agent": "curl/8",
    }


def test_an_answer_without_a_body_has_no_bytes():
    assert log(HttpRequest("HEAD", "/sparql"))["bytes"] == 0


def test_rows_and_a_cache_that_was_hit_are_told():
    line = log(HttpRequest("GET", "/sparql"), replace(ANSWER, cached=True))
    assert (line["rows"], line["cached"], line["bound"]) == (2, True, None)


HOSTILE = '"}\n{"status":200}\r\u2028\x1b[2J\x00\ud800\\'


@pytest.mark.parametrize("place", ["path", "method", "client", "user-agent"])
def test_what_a_client_sends_forges_no_line(place):
    if place == "user-agent":
        request, field = HttpRequest("GET", "/", headers={place: HOSTILE}), "agent"
    else:
        request, field = HttpRequest(**{"method": "GET", "path": "/"} | {place: HOSTILE}), place
    assert log(request)[field] == (HOSTILE[:20] if place == "method" else HOSTILE)


def test_a_build_that_an_engine_elsewhere_names_forges_no_line():
    stream = Stream()
    opened = log_to(stream)
    opened.digest = '"}\n{"a":"'
    opened.write(HttpRequest("GET", "/"), ANSWER, 0.1, "abc")
    opened.close()
    assert json.loads(stream.text)["build"] == opened.digest


def test_a_request_id_that_is_not_sane_forges_no_line_either():
    assert log(HttpRequest("GET", "/"), request_id='"\n')["id"] == '"\n'


def test_what_a_client_sends_is_cut():
    line = log(HttpRequest("GET", "/" + "p" * 9000, headers={"user-agent": "a" * 9000}))
    assert (len(line["path"]), len(line["agent"])) == (500, 200)


@pytest.mark.parametrize("settings", [Settings(), Settings(log_queries=True)])
def test_no_token_is_ever_logged(settings):
    headers = {"authorization": f"Bearer {SECRET}", "cookie": SECRET, "referer": SECRET}
    request = HttpRequest("GET", "/sparql", f"access_token={SECRET}&query=ASK%7B%7D", headers)
    assert SECRET not in json.dumps(log(request, settings=settings))


def test_a_querys_text_is_logged_only_when_asked_for():
    assert ask("query=ASK+%7B%7D", Settings()) == "none logged"
    assert ask("query=ASK+%7B%7D", Settings(log_queries=True)) == "ASK {}"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/sparql-query; charset=utf-8", b"ASK { ?x ?y '\xc3\xa9' }"),
        ("application/x-www-form-urlencoded", b"query=ASK+%7B+%3Fx+%3Fy+%27%C3%A9%27+%7D"),
    ],
)
def test_a_posted_query_is_logged_as_it_was_meant(kind, body):
    headers = {"content-type": kind}
    logged = ask("", Settings(log_queries=True), headers=headers, body=body)
    assert logged == "ASK { ?x ?y 'é' }"


def test_a_long_query_is_cut_however_it_is_written():
    everything = Settings(log_queries=True)
    assert len(ask("query=" + "%F0%9F%90%8C" * 9000, everything)) == 2000
    headers = {"content-type": "application/sparql-query"}
    assert len(ask("", everything, headers=headers, body=b"x" * 9000)) == 2000


def test_a_request_without_a_query_has_none_in_the_log():
    assert ask("default", Settings(log_queries=True)) is None
    assert ask("a=&" * 500, Settings(log_queries=True)).startswith("a=&")


@pytest.mark.parametrize("given", ["abc", "A.b_c-1", "x" * 64])
def test_a_sane_request_id_is_kept(given):
    assert identify(HttpRequest("GET", "/", headers={"x-request-id": given})) == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\n", "é", "<script>", "٣"])
def test_any_other_is_replaced_by_a_fresh_one(given):
    request = HttpRequest("GET", "/", headers={"x-request-id": given})
    made = {identify(request) for _ in range(100)}
    assert len(made) == 100
    assert given not in made
    assert all(access_log.REQUEST_ID.fullmatch(one) for one in made)


def test_a_line_is_written_within_a_second_without_anybody_asking():
    reading, writing = os.pipe()
    with open(reading, "rb") as reader, open(writing, "wb", buffering=0) as writer:
        opened = log_to(writer)
        opened.write(HttpRequest("GET", "/"), ANSWER, 0.1, "abc")
        assert json.loads(reader.readline())["id"] == "abc"
        opened.close()


class StuckStream(io.RawIOBase):
    """A stream whose reader takes nothing until it is told to."""

    def __init__(self):
        super().__init__()
        self.entered, self.released, self.taken = threading.Event(), threading.Event(), b""

    def write(self, text):
        self.entered.set()
        assert self.released.wait(30)
        self.taken += bytes(text)
        return len(text)


def test_a_reader_that_is_stuck_keeps_no_request_waiting(monkeypatch):
    monkeypatch.setattr(access_log, "LOG_WAITING_LINES", 10)
    stream = StuckStream()
    opened = log_to(stream)
    opened.write(HttpRequest("GET", "/"), ANSWER, 0.1, "first")
    assert stream.entered.wait(30)
    for _ in range(15):
        opened.write(HttpRequest("GET", "/"), ANSWER, 0.1, "later")
    stream.released.set()
    opened.close()
    lines = [json.loads(line) for line in stream.taken.decode().splitlines()]
    assert [line.get("id") for line in lines] == ["first", *["later"] * 10, None]
    assert lines[-1]["lost"] == 5


def test_a_stream_that_is_stuck_does_not_keep_the_server_from_ending(monkeypatch):
    stream = StuckStream()
    opened = log_to(stream)
    opened.write(HttpRequest("GET", "/"), ANSWER, 0.1, "first")
    assert stream.entered.wait(30)
    thread = opened._thread
    opened.close()
    assert not stream.taken
    stream.released.set()
    thread.join(30)


class FullStream(Stream):
    """A disk that is full at first."""

    full = True

    def write(self, text):
        if self.full:
            raise OSError(28, "No space left on device")
        return super().write(text)


def test_a_disk_that_is_full_costs_lines_and_nothing_else():
    stream = FullStream()
    opened = log_to(stream)
    opened.write(HttpRequest("GET", "/"), ANSWER, 0.1, "lost")
    opened.queue.join()
    stream.full = False
    opened.write(HttpRequest("GET", "/"), ANSWER, 0.1, "kept")
    opened.close()
    kept, lost = map(json.loads, stream.text.splitlines())
    assert (kept["id"], lost["lost"]) == ("kept", 1)


def test_a_pipe_that_takes_a_line_in_parts_gets_all_of_it():
    class Narrow(Stream):
        def write(self, text):
            return super().write(text[:7])

    stream = Narrow()
    opened = log_to(stream)
    opened.write(HttpRequest("GET", "/"), ANSWER, 0.1, "abc")
    opened.close()
    assert json.loads(stream.text)["id"] == "abc"


def test_a_log_in_a_file_goes_on_after_the_last_line(tmp_path):
    place = tmp_path / "access.log"
    for name in ("first", "second"):
        opened = open_log(str(place), Settings())
        opened.write(HttpRequest("GET", "/"), ANSWER, 0.1, name)
        opened.close()
        opened.close()
    lines = place.read_text(encoding="ascii").splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["first", "second"]


def test_a_file_that_was_moved_away_is_let_go_and_no_line_is_lost(tmp_path):
    place, moved = tmp_path / "access.log", tmp_path / "access.log.1"
    opened = open_log(str(place), Settings())
    opened.write(HttpRequest("GET", "/"), ANSWER, 0.1, "before")
    opened.queue.join()
    place.rename(moved)
    opened.write(HttpRequest("GET", "/"), ANSWER, 0.1, "after")
    opened.close()
    assert json.loads(moved.read_text(encoding="ascii"))["id"] == "before"
    assert json.loads(place.read_text(encoding="ascii"))["id"] == "after"


def test_a_file_that_cannot_be_opened_anew_leaves_the_one_that_is_open(tmp_path):
    folder = tmp_path / "log"
    folder.mkdir()
    opened = open_log(str(folder / "access.log"), Settings())
    moved = folder.rename(tmp_path / "moved")
    opened.write(HttpRequest("GET", "/"), ANSWER, 0.1, "after")
    opened.close()
    assert "after" in (moved / "access.log").read_text(encoding="ascii")


def test_a_log_that_cannot_be_written_is_refused_at_the_start(tmp_path):
    with pytest.raises(UsageError, match="is a directory"):
        open_log(str(tmp_path), Settings())


def test_a_log_that_is_off_takes_nothing_and_asks_nothing():
    opened = open_log("off", Settings())
    opened.write(HttpRequest("GET", "/"), ANSWER, 0.1, "abc")
    opened.close()
    assert opened._thread is None


def test_a_dash_is_the_standard_error(capfd):
    opened = open_log("-", Settings())
    opened.write(HttpRequest("GET", "/"), ANSWER, 0.1, "abc")
    opened.close()
    assert json.loads(capfd.readouterr().err)["id"] == "abc"
