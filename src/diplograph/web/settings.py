"""The settings of one server: bounds, public address, caching, what is logged and shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pyoxigraph as ox

from diplograph.core.settings import DEFAULTS, QueryBounds


@dataclass(frozen=True)
class Settings:
    """The settings of one server; the defaults are safe on the open internet.

    The help texts in core.settings.SETTINGS say what each does. `remote`: an engine elsewhere
    answers, in an order of its own.
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
    """Return whether `text` is an http or https URL without query, fragment and user.

    IRIs in statements begin with it, so it has no character that an IRI may not have.
    """
    try:
        parts = urlsplit(ox.NamedNode(text).value)
        plain = parts.port != 0 and not (parts.query or parts.fragment or parts.username)
        return plain and parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:  # a space, a port that is not a number, an open bracket
        return False
