"""The settings of one server: bounds, public address, caching, what is logged and shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pyoxigraph as ox

from diplograph.core.settings import DEFAULTS, QueryBounds


@dataclass(frozen=True)
class Settings:
    """How one server is run; the defaults are safe on the open internet.

    `base_url` stands instead of the Host header; `max_age` is how many seconds a shared cache may
    keep an answer; `services` are the only addresses a query's SERVICE may name; `metrics_open`
    shows /metrics to more than this machine; `log_queries` writes query texts to the log;
    `trust_proxy` takes the client from X-Forwarded-For; `body_seconds` is how long a request's body
    may take to arrive; `remote` says that an engine elsewhere answers, in an order of its own;
    `as_of` is the day that stands for today on pages, as 2025-12-05; `sources` is a folder with
    the texts of reports, shown beside their facts.
    """

    bounds: QueryBounds = field(default_factory=QueryBounds)
    base_url: str = DEFAULTS["base_url"]
    max_age: int = DEFAULTS["max_age"]
    services: tuple[str, ...] = DEFAULTS["services"]
    metrics_open: bool = DEFAULTS["metrics_open"]
    log_queries: bool = DEFAULTS["log_queries"]
    trust_proxy: bool = DEFAULTS["trust_proxy"]
    body_seconds: float = DEFAULTS["body_seconds"]
    remote: bool = False
    as_of: str = DEFAULTS["as_of"]
    sources: Path | None = DEFAULTS["sources"]


def is_address(text: str) -> bool:
    """Return whether `text` is an http address that can be written before a path, or called.

    It stands in statements as well, so it holds nothing that an IRI may not.
    """
    try:
        parts = urlsplit(ox.NamedNode(text).value)
        plain = parts.port != 0 and not (parts.query or parts.fragment or parts.username)
        return plain and parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:  # a blank, a port that is no number, a bracket left open
        return False
