"""The metrics: what was counted is told in few labels, and to this machine alone."""

import threading
from types import SimpleNamespace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from diplograph.core.errors import MethodNotAllowed, Refused
from diplograph.core.settings import Settings
from diplograph.web.http import HttpRequest, HttpResponse
from diplograph.web.metrics import BUCKETS, ROUTES, Metrics, may_see_metrics, name_route

SCRAPE = HttpRequest("GET", "/metrics", client="127.0.0.1")
QUERY = HttpRequest("GET", "/sparql", client="203.0.113.9")


@pytest.fixture
def metrics():
    return Metrics()


def read(metrics):
    """Return each sample of the exposition by its name and the values of its labels."""
    text = metrics.answer(SCRAPE, Settings()).body.decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_request_is_counted_by_route_method_and_status(metrics):
    metrics.observe(QUERY, HttpResponse(200), 0.01)
    metrics.observe(QUERY, HttpResponse(200), 0.01)
    metrics.observe(HttpRequest("HEAD", "/"), HttpResponse(404), 0.01)
    samples = read(metrics)
    assert samples["diplograph_requests_total", "read", "sparql", "200"] == 2
    assert samples["diplograph_requests_total", "read", "page", "404"] == 1


def test_no_path_method_or_client_of_a_request_is_a_label(metrics):
    for number in range(50):
        request = HttpRequest(f"BREW{number}", f"/coffee{number}", client=f"198.51.100.{number}")
        metrics.observe(request, HttpResponse(404), 0.01)
    body = metrics.answer(SCRAPE, Settings()).body.decode()
    assert 'diplograph_requests_total{method="other",route="page",status="404"} 50.0' in body
    assert not any(word in body for word in ("BREW", "coffee", "198.51"))


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/sparql", "sparql"),
        ("/graph/reference", "graph"),
        ("/static/style.css", "static"),
        ("/", "page"),
        ("/sparql-not", "page"),
        ("", "page"),
    ],
)
def test_a_route_is_the_first_part_of_a_path(path, route):
    assert name_route(path) == route
    assert route in ROUTES


def test_a_duration_falls_into_every_bucket_it_is_not_above(metrics):
    for seconds in (0.0005, 0.25, 100.0):
        metrics.observe(QUERY, HttpResponse(200), seconds)
    samples, name = read(metrics), "diplograph_request_duration_seconds"
    ends = ("0.001", "0.1", "0.25", "60.0", "+Inf")
    assert [samples[f"{name}_bucket", end, "sparql"] for end in ends] == [1, 1, 2, 2, 3]
    assert samples[f"{name}_count", "sparql"] == 3
    assert samples[f"{name}_sum", "sparql"] == pytest.approx(100.2505)


def test_the_buckets_go_from_a_millisecond_to_a_minute():
    assert (BUCKETS[0], BUCKETS[-1]) == (0.001, 60.0)
    assert list(BUCKETS) == sorted(BUCKETS)


def test_rows_and_bytes_add_up_and_a_head_sends_none(metrics):
    metrics.observe(QUERY, HttpResponse(200, body=b"12345", rows=2), 0.01)
    metrics.observe(HttpRequest("HEAD", "/sparql"), HttpResponse(200, body=b"12345", rows=3), 0.01)
    samples = read(metrics)
    assert samples["diplograph_result_rows_total", "sparql"] == 5
    assert samples["diplograph_response_bytes_total", "sparql"] == 5


def test_a_bound_that_was_hit_is_counted_by_its_name(metrics):
    metrics.observe(QUERY, HttpResponse(503, bound="time"), 30.0)
    metrics.observe(QUERY, HttpResponse(503, bound="queue"), 0.0)
    metrics.observe(QUERY, HttpResponse(503, bound="time"), 30.0)
    samples = read(metrics)
    assert samples["diplograph_bounds_hit_total", "time"] == 2
    assert samples["diplograph_bounds_hit_total", "queue"] == 1


def test_hits_misses_and_what_the_client_had_are_told_apart(metrics):
    for status, cached in [(200, True), (200, False), (200, False), (304, None), (200, None)]:
        metrics.observe(QUERY, HttpResponse(status, cached=cached), 0.01)
    samples = read(metrics)
    outcomes = {name: samples["diplograph_cache_total", name] for name in ("hit", "miss")}
    assert outcomes == {"hit": 1, "miss": 2}
    assert samples["diplograph_cache_total", "not_modified"] == 1


def test_the_workers_are_counted_when_somebody_looks(metrics):
    counts = SimpleNamespace(running=1, waiting=2, long=3, workers=4, started=5, killed=6)
    metrics.engine = SimpleNamespace(digest="abc", counts=lambda: counts)
    counts.running = 7
    samples = read(metrics)
    states = [samples["diplograph_queries", state] for state in ("running", "waiting", "long")]
    assert states == [7, 2, 3]
    assert samples["diplograph_workers",] == 4
    assert samples["diplograph_workers_started_total",] == 5
    assert samples["diplograph_workers_killed_total",] == 6


def test_the_build_told_is_the_one_read_from_last(metrics):
    metrics.engine = SimpleNamespace(digest="first")
    metrics.engine = SimpleNamespace(digest="second")
    builds = [key for key in read(metrics) if key[0] == "diplograph_build_info"]
    assert len(builds) == 1
    assert "second" in builds[0]


def test_two_servers_in_one_process_count_apart():
    one, other = Metrics(), Metrics()
    one.observe(QUERY, HttpResponse(200), 0.01)
    assert ("diplograph_requests_total", "read", "sparql", "200") in read(one)
    assert ("diplograph_requests_total", "read", "sparql", "200") not in read(other)


def test_threads_that_count_at_once_lose_nothing(metrics):
    def count():
        for _ in range(2000):
            metrics.observe(QUERY, HttpResponse(200, rows=1), 0.01)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read(metrics)["diplograph_result_rows_total", "sparql"] == 8000


@pytest.mark.parametrize("client", ["127.0.0.1", "127.8.9.1", "::1", "[::1]", "::ffff:127.0.0.1"])
def test_this_machine_sees_the_metrics(client):
    assert may_see_metrics(HttpRequest("GET", "/metrics", client=client), Settings())


@pytest.mark.parametrize("client", ["203.0.113.9", "10.0.0.1", "::ffff:10.0.0.1", "localhost", ""])
def test_another_machine_does_not(client):
    assert not may_see_metrics(HttpRequest("GET", "/metrics", client=client), Settings())


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-real-ip", "via"])
def test_whoever_comes_through_a_proxy_on_this_machine_does_not(header):
    request = HttpRequest("GET", "/metrics", headers={header: "127.0.0.1"}, client="127.0.0.1")
    assert not may_see_metrics(request, Settings())
    assert not may_see_metrics(request, Settings(trust_proxy=True))


def test_metrics_that_are_open_are_shown_to_everybody(metrics):
    request = HttpRequest("GET", "/metrics", headers={"via": "1.1 cdn"}, client="203.0.113.9")
    assert metrics.answer(request, Settings(metrics_open=True)).status == 200


def test_who_may_not_see_them_is_refused(metrics):
    with pytest.raises(Refused, match="own machine"):
        metrics.answer(HttpRequest("GET", "/metrics", client="203.0.113.9"), Settings())


@pytest.mark.parametrize("method", ["POST", "DELETE", "OPTIONS"])
def test_the_metrics_can_only_be_read(metrics, method):
    with pytest.raises(MethodNotAllowed) as raised:
        metrics.answer(HttpRequest(method, "/metrics", client="127.0.0.1"), Settings())
    assert raised.value.allowed == ("GET", "HEAD")


def test_the_exposition_names_its_version_and_is_never_kept(metrics):
    headers = dict(metrics.answer(SCRAPE, Settings()).headers)
    assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert headers["Cache-Control"] == "no-store"
