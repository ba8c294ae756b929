"""What a server counts of its requests, told to Prometheus at /metrics."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import metadata
from ipaddress import ip_address
from itertools import accumulate
from threading import Lock
from typing import TYPE_CHECKING

from diplograph.core.errors import MethodNotAllowed, Refused
from diplograph.web.http import HttpRequest, HttpResponse
from diplograph.web.settings import Settings

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import Metric


# Seconds; the last is twice the time that a query has unless told otherwise.
BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)

# Labels are few whatever clients send: a path or a method of theirs is never one.
ROUTES = ("sparql", "store", "graph", "health", "ready", "metrics", "static", "page")
METHOD_CLASSES = {"GET": "read", "HEAD": "read", "POST": "post", "OPTIONS": "options"}

READ_STATUS_METHODS = ("GET", "HEAD")
# The exposition format's own name (Prometheus, "Exposition formats", text format).
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# Whoever came through a proxy is not on this machine, though the proxy may be.
FORWARDED = frozenset(
    "forwarded via x-forwarded-for x-forwarded-host x-forwarded-proto x-real-ip".split()
)


class Metrics:
    """What one server has counted since it started; threads may share it.

    Counting is in plain numbers, since it is on the way of every request; `registry` asks for them
    when somebody looks, and counts this process's time, memory and open files besides.
    """

    def __init__(self, registry: CollectorRegistry):
        from prometheus_client import ProcessCollector

        self.registry, self.engine, self.started = registry, None, time.time()
        self._lock = Lock()
        self._requests: dict[tuple[str, str, int], int] = {}
        self._tallies = {route: _Tally() for route in ROUTES}
        self._bounds: dict[str, int] = {}
        self._cached = {"hit": 0, "miss": 0, "not_modified": 0}
        ProcessCollector(registry=registry)
        registry.register(self)

    def observe(
        self,
        request: HttpRequest,
        response: HttpResponse,
        seconds: float,
        cached: bool | None = None,
    ) -> None:
        """Count one request that was answered in `seconds`.

        `cached` says whether the server's own cache had the answer; None where it was not asked.
        """
        route, status = name_route(request.path), response.status
        key = route, METHOD_CLASSES.get(request.method, "other"), status
        tally, bucket = self._tallies[route], bisect_left(BUCKETS, seconds)
        with self._lock:
            self._requests[key] = self._requests.get(key, 0) + 1
            tally.buckets[bucket] += 1
            tally.seconds += seconds
            tally.rows += response.rows or 0
            if request.method != "HEAD":
                tally.octets += len(response.body)
            if response.bound is not None:
                self._bounds[response.bound] = self._bounds.get(response.bound, 0) + 1
            if status == 304:
                self._cached["not_modified"] += 1
            elif cached is not None:
                self._cached["hit" if cached else "miss"] += 1

    def read_from(self, engine: object) -> None:
        """Tell from now on the digest of `engine`, and the counts of its workers if it has any."""
        self.engine = engine

    def answer(self, request: HttpRequest, settings: Settings) -> HttpResponse:
        """Return all that was counted, in the text format.

        Raises Refused where it is not shown, and MethodNotAllowed for what is no read.
        """
        from prometheus_client import generate_latest

        if request.method not in READ_STATUS_METHODS:
            raise MethodNotAllowed("the metrics can only be read", allowed=READ_STATUS_METHODS)
        if not allowed(request, settings):
            raise Refused("the metrics are shown on the server's own machine only")
        headers = (("Content-Type", CONTENT_TYPE), ("Cache-Control", "no-store"))
        return HttpResponse(200, headers, generate_latest(self.registry))

    def collect(self) -> Iterator[Metric]:
        """Yield what was counted, as the registry asks for it."""
        with self._lock:
            requests, bounds = dict(self._requests), dict(self._bounds)
            cached = dict(self._cached)
            tallies = {route: tally.copy() for route, tally in self._tallies.items()}
        yield _count("requests", "Requests answered.", ["route", "method", "status"], requests)
        yield _describe_durations(tallies)
        yield _count("result_rows", "Rows and statements sent.", ["route"], _each(tallies, "rows"))
        sent = _each(tallies, "octets")
        yield _count("response_bytes", "Bytes of bodies sent.", ["route"], sent)
        yield _count("bounds_hit", "Queries stopped at a bound.", ["bound"], bounds)
        yield _count("cache", "What the cache had of the answers.", ["outcome"], cached)
        yield from self._describe_server()
        yield from _describe_workers(self.engine)

    def _describe_server(self) -> Iterator[Metric]:
        from prometheus_client.metrics_core import GaugeMetricFamily, InfoMetricFamily

        digest = getattr(self.engine, "digest", "")
        build = {"version": metadata.version("diplograph"), "digest": digest}
        yield InfoMetricFamily("diplograph_build", "What is served.", value=build)
        yield GaugeMetricFamily(
            "diplograph_start_time_seconds", "When the server started.", value=self.started
        )


@dataclass
class _Tally:
    """What is added up over the requests of one route; the last bucket has no upper end."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    seconds: float = 0.0
    rows: int = 0
    octets: int = 0

    def copy(self) -> _Tally:
        """Return the same numbers, which do not change any more."""
        return _Tally(self.buckets[:], self.seconds, self.rows, self.octets)


def name_route(path: str) -> str:
    """Return which of ROUTES a path belongs to; whatever else there is, is a page."""
    room = path[1:].partition("/")[0]
    return room if room in ROUTES else "page"


def allowed(request: HttpRequest, settings: Settings) -> bool:
    """Return whether a client may see the metrics: from this machine and through no proxy.

    Behind a proxy on the same machine every client has an address of this machine, and the header
    that the proxy adds gives it away.
    """
    if settings.metrics_open:
        return True
    if not FORWARDED.isdisjoint(request.headers):
        return False
    try:
        address = ip_address(request.client.strip("[]"))  # as addresses have IPv6
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _count(name: str, text: str, labels: list[str], counted: dict) -> Metric:
    from prometheus_client.metrics_core import CounterMetricFamily

    family = CounterMetricFamily(f"diplograph_{name}", text, labels=labels)
    for key, value in sorted(counted.items()):
        parts = key if isinstance(key, tuple) else (key,)
        family.add_metric([str(part) for part in parts], value)
    return family


def _each(tallies: dict[str, _Tally], name: str) -> dict[str, int]:
    return {route: getattr(tally, name) for route, tally in tallies.items()}


def _describe_durations(tallies: dict[str, _Tally]) -> Metric:
    from prometheus_client.metrics_core import HistogramMetricFamily

    text = "From a complete request to a complete answer."
    family = HistogramMetricFamily("diplograph_request_duration_seconds", text, labels=["route"])
    ends = [*map(str, BUCKETS), "+Inf"]
    for route, tally in tallies.items():
        buckets = list(zip(ends, accumulate(tally.buckets), strict=True))
        family.add_metric([route], buckets, tally.seconds)
    return family


def _describe_workers(engine: object) -> Iterator[Metric]:
    """Yield the counts of a pool; an engine without workers of ours has none."""
    from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

    if not hasattr(engine, "counts"):
        return
    counts = engine.counts()
    queries = GaugeMetricFamily("diplograph_queries", "Queries in hand.", labels=["state"])
    for state in ("running", "waiting", "long"):
        queries.add_metric([state], getattr(counts, state))
    yield queries
    yield GaugeMetricFamily("diplograph_workers", "Worker processes.", value=counts.workers)
    for name in ("started", "killed"):
        text = f"Worker processes {name} since the build is served."
        value = getattr(counts, name)
        yield CounterMetricFamily(f"diplograph_workers_{name}", text, value=value)
