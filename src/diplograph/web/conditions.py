"""What may be kept of pages, here and elsewhere, and how a cache learns that it still holds."""

from __future__ import annotations

from datetime import UTC, datetime, time
from threading import Lock

from flask import Flask, Response, g, request

from diplograph.core.compression import LEAST_BYTES, compress
from diplograph.core.errors import MalformedDate
from diplograph.store.interface import MEBIBYTE
from diplograph.web.answers import Answers
from diplograph.web.assets import find_asset
from diplograph.web.bridge import read_flask, write_flask
from diplograph.web.caching import NEVER, hash_tag, is_known, keep, takes_any
from diplograph.web.edition import Edition
from diplograph.web.exchange import Response as Made
from diplograph.web.negotiate import choose_encoding

# What tells how the server is at this moment, so that nothing of it may be kept.
PASSING = frozenset(("/health", "/ready", "/metrics"))
# Where the passages of reports are shown in their own words.
_TEXTS_OF_REPORTS = ("/report/", "/page/passage/")
_VARY = ("Accept", "Accept-Encoding")
# What pages load, by addresses that name its bytes.
_LOOKS = ("style.css", "built/editor.js")
_TEXTS = ("+xml", "json", "xml", "javascript")
_KEPT_BYTES = 32 * MEBIBYTE


def register_conditions(app: Flask, edition: Edition) -> None:
    """Let `app` tag its pages, answer 304 before a page is made again, and send them compressed.

    A page that was made is kept by its tag, so the same address costs no query twice. An answer
    whose view has tagged it, or has said how long it may be kept, stays as it is.
    """
    pages = _Pages()

    @app.before_request
    def answer_unchanged() -> Response | None:
        g.tag = None
        if request.method not in {"GET", "HEAD"} or request.path in PASSING:
            return None
        g.encoding = choose_encoding(request.headers.get("Accept-Encoding"))
        g.tag = make_tag(edition, g.encoding)
        asked, kept = read_flask(edition.settings, body=False), pages.find(g.tag)
        if is_known(asked, g.tag) or (kept and takes_any(asked)):
            return write_flask(Made(304, tuple(list_conditions(edition, g.tag).items())))
        return write_flask(kept) if kept else None

    @app.after_request
    def finish(response: Response) -> Response:
        if g.get("tag") is None or response.status_code != 200 or response.is_streamed:
            return response
        if "ETag" not in response.headers and "Cache-Control" not in response.headers:
            for name, value in list_conditions(edition, g.tag).items():
                response.headers.setdefault(name, value)
            response.vary.update(_VARY)
            if takes_any(read_flask(edition.settings, body=False)):
                return write_flask(Made(304, tuple(list_conditions(edition, g.tag).items())))
        response = _shrink(response, g.encoding)
        if request.method == "GET" and response.headers.get("ETag") == g.tag:
            pages.keep(g.tag, Made(200, tuple(response.headers), response.get_data()))
        return response


class _Pages:
    """Pages by strong tag, for many threads; one that is tagged weakly is never kept."""

    def __init__(self) -> None:
        self._answers, self._lock = Answers(_KEPT_BYTES), Lock()

    def find(self, tag: str | None) -> Made | None:
        with self._lock:
            return self._answers.find(tag)

    def keep(self, tag: str, page: Made) -> None:
        if not tag.startswith("W/"):
            with self._lock:
                self._answers.keep(tag, page)


def make_tag(edition: Edition, encoding: str) -> str | None:
    """Return the entity tag of the page at hand, None where it may be another at any time.

    It names the build, the software, its looks and how it is set, the address, the day that stands
    for today, and what the client takes: a page made of these alone has the same bytes. An engine
    elsewhere answers in any order, so its pages get a weak tag. The passages of a report are read
    from a folder of the operator's that changes when it will.
    """
    settings = edition.settings
    if settings.sources and request.path.startswith(_TEXTS_OF_REPORTS):
        return None
    try:
        day = edition.day()
    except MalformedDate:  # the view says so, where it has a use for a day
        return None
    address = (request.root_url, request.path, request.query_string, request.headers.get("Accept"))
    looks = [asset and asset.version for asset in map(find_asset, _LOOKS)]
    build = (
        edition.digest,
        edition.findings,
        edition.alignments.digest,
        settings,
        looks,
    )
    tag = hash_tag("page", *build, *address, day.isoformat(), encoding)
    return f"W/{tag}" if settings.remote else tag


def list_conditions(edition: Edition, tag: str) -> dict[str, str]:
    """Return the headers by which a cache keeps the page at hand and asks for it again.

    A page that goes by today's date was another yesterday, so it is no older than this day.
    """
    headers = {"ETag": tag, "Cache-Control": keep(edition.settings), "Vary": ", ".join(_VARY)}
    if edition.built:
        changed = edition.built
        if not (edition.settings.as_of or request.args.get("asof", "").strip()):
            changed = max(changed, datetime.combine(edition.today(), time(), UTC))
        headers["Last-Modified"] = f"{changed:%a, %d %b %Y %H:%M:%S} GMT"
    return headers


def _shrink(response: Response, encoding: str) -> Response:
    """Return the response compressed, where that is worth it and its tag allows another body."""
    kind, tag = response.mimetype, response.headers.get("ETag", "")
    ours = tag == g.tag or not tag or tag.startswith("W/")
    text = kind.startswith("text/") or kind.endswith(_TEXTS)
    kept = response.headers.get("Cache-Control") != NEVER
    if not (encoding and ours and text and kept) or "Content-Encoding" in response.headers:
        return response
    body = response.get_data()
    if len(body) >= LEAST_BYTES:
        response.set_data(compress(body, encoding))
        response.headers["Content-Encoding"] = encoding
    response.vary.add("Accept-Encoding")
    return response
