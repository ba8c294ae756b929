"""What every answer carries, whatever it says: what a browser may do with it, and who may read."""

from __future__ import annotations

Fields = tuple[tuple[str, str], ...]

# Scripts are files of ours, nothing is loaded from or sent elsewhere, no site may frame a page.
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self';"
        " img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "Server": "diplograph",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# What programs read, wherever they come from: nobody is signed in, so nothing is given away.
OPEN_PATHS = frozenset(("/sparql", "/sparql/", "/store", "/health", "/ready", "/.well-known/void"))
OPEN_BELOW = (
    "/concept/",
    "/data/",
    "/download/",
    "/graph/",
    "/id/",
    "/ontology",
    "/prefix/",
    "/query/",
    "/shape/",
    "/shapes/",
)
# The files that pages offer: engagements of a filter, a calendar, a citation.
OPEN_ENDS = (".bib", ".csv", ".geojson", ".graphml", ".ics", ".json", ".ttl", ".xlsx")

_ALWAYS: Fields = tuple(SECURITY_HEADERS.items())
_CLOSED: Fields = (*_ALWAYS, ("Cross-Origin-Resource-Policy", "same-origin"))
# Beyond those that every script may read (Fetch, CORS-safelisted response-header name).
_OPEN: Fields = (
    *_ALWAYS,
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("Access-Control-Allow-Origin", "*"),
    (
        "Access-Control-Expose-Headers",
        "Allow, Content-Location, ETag, Link, Retry-After, X-Request-ID",
    ),
)


def shared(path: str) -> Fields:
    """Return the headers of every answer at `path`; other sites may read what programs do."""
    return _OPEN if is_open(path) else _CLOSED


def is_open(path: str) -> bool:
    """Return whether a page elsewhere may read what is at `path`: data, not a page of ours."""
    return path in OPEN_PATHS or path.startswith(OPEN_BELOW) or path.endswith(OPEN_ENDS)


def preflight(methods: tuple[str, ...]) -> Fields:
    """Return what OPTIONS is answered with: the methods, and what a page elsewhere may send."""
    listed = ", ".join(methods)
    return (
        ("Allow", listed),
        ("Access-Control-Allow-Methods", listed),
        ("Access-Control-Allow-Headers", "Accept, Cache-Control, Content-Type, If-None-Match"),
        ("Access-Control-Max-Age", "86400"),
        ("Cache-Control", "no-store"),
    )
