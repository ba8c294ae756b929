"""The metrics of one server, for Prometheus at /metrics."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from importlib import metadata
from ipaddress import ip_address

import prometheus_client as prometheus
from prometheus_client import metrics_core as families
from prometheus_client.registry import Collector

from diplograph.core.errors import MethodNotAllowed, Refused
from diplograph.core.settings import Settings
from diplograph.web.http import HttpRequest, HttpResponse

# Seconds; the last is twice the default time bound of a query.
BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)

# The values of labels are few whatever clients send: no path or method of a request is one.
ROUTES = ("sparql", "store", "graph", "health", "ready", "metrics", "static", "page")
METHOD_CLASSES = {"GET": "read", "HEAD": "read", "POST": "post", "OPTIONS": "options"}
_METHODS = ("GET", "HEAD")
# The exposition format's own name (Prometheus, "Exposition formats", text format).
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# A client that came through a proxy is not on this machine, though the proxy's address may be.
FORWARDED = frozenset(
    "forwarded via x-forwarded-for x-forwarded-host x-forwarded-proto x-real-ip".split()
)

prometheus.disable_created_metrics()  # the time at which each counter began: nothing reads it


class Metrics(Collector):
    """The counters of one server since it started, in a registry of its own; threads may share it.

    The registry also has this process's time, memory and open files, the digest of `engine`, and
    the counts of its workers if it has any.
    """

    def __init__(self) -> None:
        self.engine: object = None
        self.reloads: object = None  # of a server that reloads: see server/reloads.py
        self.registry = registry = prometheus.CollectorRegistry()
        prometheus.ProcessCollector(registry=registry)
        count = partial(prometheus.Counter, registry=registry)
        labels = ["route", "method", "status"]
        self._requests = count("diplograph_requests", "Requests answered.", labels)
        durations = prometheus.Histogram(
            "diplograph_request_duration_seconds",
            "From a complete request to a complete answer.",
            ["route"],
            buckets=BUCKETS,
            registry=registry,
        )
        rows = count("diplograph_result_rows", "Rows and statements sent.", ["route"])
        octets = count("diplograph_response_bytes", "Bytes of bodies sent.", ["route"])
        self._bounds = count("diplograph_bounds_hit", "Queries stopped at a bound.", ["bound"])
        outcomes = count("diplograph_cache", "What the cache had of the answers.", ["outcome"])
        self._cached = {name: outcomes.labels(name) for name in ("hit", "miss", "not_modified")}
        # To look up the metric of some labels takes longer than to count, so it is done once.
        self._by_labels: dict[tuple[str, str, int], prometheus.Counter] = {}
        metrics = durations, rows, octets
        self._by_route = {route: [metric.labels(route) for metric in metrics] for route in ROUTES}
        registry.register(self)
        name, text = "diplograph_start_time_seconds", "When the server started."
        prometheus.Gauge(name, text, registry=registry).set(time.time())

    def observe(self, request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        """Count one request that was answered in `seconds`."""
        route, status = name_route(request.path), response.status
        labels = route, METHOD_CLASSES.get(request.method, "other"), status
        if labels not in self._by_labels:
            self._by_labels[labels] = self._requests.labels(*labels)
        self._by_labels[labels].inc()
        durations, rows, octets = self._by_route[route]
        durations.observe(seconds)
        if response.rows:
            rows.inc(response.rows)
        if response.body and request.method != "HEAD":
            octets.inc(len(response.body))
        if response.bound is not None:
            self._bounds.labels(response.bound).inc()
        if status == 304:
            self._cached["not_modified"].inc()
        elif response.cached is not None:
            self._cached["hit" if response.cached else "miss"].inc()

    def answer(self, request: HttpRequest, settings: Settings) -> HttpResponse:
        """Return all metrics in the text format.

        Raises Refused where the client may not see them, and MethodNotAllowed for other methods
        than GET and HEAD.
        """
        if request.method not in _METHODS:
            raise MethodNotAllowed("the metrics can only be read", allowed=_METHODS)
        if not may_see_metrics(request, settings):
            raise Refused("the metrics are shown on the server's own machine only")
        headers = (("Content-Type", CONTENT_TYPE), ("Cache-Control", "no-store"))
        return HttpResponse(200, headers, prometheus.generate_latest(self.registry))

    def collect(self) -> Iterator[families.Metric]:
        """Yield the build that is served and the counts of a pool's workers; called by a scrape."""
        digest = getattr(self.engine, "digest", "")
        build = {"version": metadata.version("diplograph"), "digest": digest}
        yield families.InfoMetricFamily("diplograph_build", "What is served.", value=build)
        gauge = families.GaugeMetricFamily
        if self.reloads is not None:
            yield from self._collect_reloads()
        if not hasattr(self.engine, "counts"):
            return
        counts, text = self.engine.counts(), "Queries in hand."
        queries = gauge("diplograph_queries", text, labels=["state"])
        for state in ("running", "waiting", "long"):
            queries.add_metric([state], getattr(counts, state))
        yield queries
        yield gauge("diplograph_workers", "Worker processes.", counts.workers)
        for name in ("started", "killed"):
            text = f"Worker processes {name} since the build is served."
            value = getattr(counts, name)
            yield families.CounterMetricFamily(f"diplograph_workers_{name}", text, value=value)

    def _collect_reloads(self) -> Iterator[families.Metric]:
        reloads, gauge = self.reloads, families.GaugeMetricFamily
        text = "Whether a build is being made or opened."
        yield gauge("diplograph_building", text, int(reloads.is_building))
        text = "Whether the last reload failed."
        yield gauge("diplograph_reload_failed", text, int(reloads.failure is not None))
        text = "Whether files of the build that is served are gone."
        yield gauge("diplograph_build_lost", text, int(reloads.lost))
        outcomes = families.CounterMetricFamily(
            "diplograph_reloads", "Reloads by outcome.", labels=["outcome"]
        )
        for outcome, count in reloads.outcomes.items():
            outcomes.add_metric([outcome], count)
        yield outcomes


def name_route(path: str) -> str:
    """Return which of ROUTES the first part of `path` is, "page" where it is none."""
    first = path[1:].partition("/")[0]
    return first if first in ROUTES else "page"


def may_see_metrics(request: HttpRequest, settings: Settings) -> bool:
    """Return whether a client may see the metrics: from this machine and through no proxy."""
    if settings.metrics_open:
        return True
    if not FORWARDED.isdisjoint(request.headers):
        return False
    try:
        address = ip_address(request.client.strip("[]"))  # IPv6 addresses stand in brackets
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
