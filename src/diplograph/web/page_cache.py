"""What may be kept of pages, here and elsewhere, and how a cache learns that it still holds."""

from __future__ import annotations

import mimetypes
import os
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from threading import Lock

from flask import Flask, Response, g, request
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

from diplograph.core.compression import LEAST_BYTES, compress
from diplograph.core.errors import MalformedDate
from diplograph.core.settings import PAGE_CACHE_BYTES
from diplograph.web.context import AppContext
from diplograph.web.flask_adapter import read_flask, write_flask
from diplograph.web.http import AnswerCache, HttpResponse, compress_response
from diplograph.web.protocol.etags import (
    NO_STORE,
    cache_headers,
    has_wildcard,
    hash_etag,
    matches_etag,
)
from diplograph.web.protocol.negotiate import choose_encoding

STATIC_FOLDER = Path(__file__).parent / "static"
FOR_GOOD, ASK_FIRST = "public, max-age=31536000, immutable", "no-cache"


@dataclass(frozen=True)
class Asset:
    """A file's bytes, their media type, and what names them: the same for the same bytes."""

    body: bytes
    media_type: str
    version: str


def register_assets(app: Flask, edition: AppContext) -> None:
    """Let `app` serve the files of its static folder; `url_for` adds what names their bytes.

    Files that are copied have no such addition, for a file's name has no query.
    """

    @app.url_defaults
    def name_version(endpoint: str, values: dict) -> None:
        if endpoint == "static" and not edition.still:
            asset = find_asset(values.get("filename", ""))
            if asset:
                values.setdefault("v", asset.version)

    @app.get("/static/<path:filename>", endpoint="static")
    def send(filename: str) -> Response:
        asset = find_asset(filename)
        if asset is None:
            raise NotFound("there is no such file")
        asked = read_flask(edition.settings, body=False)
        encoding = choose_encoding(asked.headers.get("accept-encoding"))
        body = _compress_asset(asset, encoding)
        encoding = encoding if body is not asset.body else ""
        kept = FOR_GOOD if request.args.get("v") == asset.version else ASK_FIRST
        tag = f'"{asset.version}{"-" if encoding else ""}{encoding}"'
        headers = (("ETag", tag), ("Cache-Control", kept), ("Vary", "Accept-Encoding"))
        if matches_etag(asked, tag) or has_wildcard(asked):
            return write_flask(HttpResponse(304, headers))
        headers = (("Content-Type", asset.media_type), *headers)
        headers = (*headers, ("Content-Encoding", encoding)) if encoding else headers
        return write_flask(compress_response(asked, headers, body))


def find_asset(name: str) -> Asset | None:
    """Return the file called `name`, a path below the static folder; None where there is none."""
    path = safe_join(str(STATIC_FOLDER), name)
    if path is None or not os.path.isfile(path):  # False as well for a name that is too long
        return None
    return _read(path, Path(path).stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _read(path: str, changed: int) -> Asset:
    body = Path(path).read_bytes()
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    kind = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
    return Asset(body, kind, blake2b(body, digest_size=8).hexdigest())


@lru_cache(maxsize=64)
def _compress_asset(asset: Asset, encoding: str) -> bytes:
    """Return the bytes to send: compressed where that makes them fewer."""
    if not encoding or len(asset.body) < LEAST_BYTES:
        return asset.body
    return min(compress(asset.body, encoding), asset.body, key=len)


# What tells how the server is at this moment, so that nothing of it may be kept.
PASSING = frozenset(("/health", "/ready", "/metrics"))
# Where the passages of reports are shown in their own words.
_TEXTS_OF_REPORTS = ("/report/", "/page/passage/")
_VARY = ("Accept", "Accept-Encoding")
# What pages load, by addresses that name its bytes.
_LOOKS = ("style.css", "built/editor.js")
_TEXTS = ("+xml", "json", "xml", "javascript")


def register_conditions(app: Flask, edition: AppContext) -> None:
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
        g.tag = page_etag(edition, g.encoding)
        asked, kept = read_flask(edition.settings, body=False), pages.find(g.tag)
        if matches_etag(asked, g.tag) or (kept and has_wildcard(asked)):
            return write_flask(HttpResponse(304, tuple(list_conditions(edition, g.tag).items())))
        return write_flask(kept) if kept else None

    @app.after_request
    def finish(response: Response) -> Response:
        if g.get("tag") is None or response.status_code != 200 or response.is_streamed:
            return response
        if "ETag" not in response.headers and "Cache-Control" not in response.headers:
            for name, value in list_conditions(edition, g.tag).items():
                response.headers.setdefault(name, value)
            response.vary.update(_VARY)
            if has_wildcard(read_flask(edition.settings, body=False)):
                return write_flask(
                    HttpResponse(304, tuple(list_conditions(edition, g.tag).items()))
                )
        response = _compress_page(response, g.encoding)
        if request.method == "GET" and response.headers.get("ETag") == g.tag:
            pages.keep(g.tag, HttpResponse(200, tuple(response.headers), response.get_data()))
        return response


class _Pages:
    """Pages by strong tag, for many threads; one that is tagged weakly is never kept."""

    def __init__(self) -> None:
        self._answers, self._lock = AnswerCache(PAGE_CACHE_BYTES), Lock()

    def find(self, tag: str | None) -> HttpResponse | None:
        with self._lock:
            return self._answers.find(tag)

    def keep(self, tag: str, page: HttpResponse) -> None:
        if not tag.startswith("W/"):
            with self._lock:
                self._answers.keep(tag, page)


def page_etag(edition: AppContext, encoding: str) -> str | None:
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
    tag = hash_etag("page", *build, *address, day.isoformat(), encoding)
    return f"W/{tag}" if settings.remote else tag


def list_conditions(edition: AppContext, tag: str) -> dict[str, str]:
    """Return the headers by which a cache keeps the page at hand and asks for it again.

    A page that goes by today's date was another yesterday, so it is no older than this day.
    """
    headers = {
        "ETag": tag,
        "Cache-Control": cache_headers(edition.settings),
        "Vary": ", ".join(_VARY),
    }
    if edition.built:
        changed = edition.built
        if not (edition.settings.as_of or request.args.get("asof", "").strip()):
            changed = max(changed, datetime.combine(edition.today(), time(), UTC))
        headers["Last-Modified"] = f"{changed:%a, %d %b %Y %H:%M:%S} GMT"
    return headers


def _compress_page(response: Response, encoding: str) -> Response:
    """Return the response compressed, where that is worth it and its tag allows another body."""
    kind, tag = response.mimetype, response.headers.get("ETag", "")
    ours = tag == g.tag or not tag or tag.startswith("W/")
    text = kind.startswith("text/") or kind.endswith(_TEXTS)
    kept = response.headers.get("Cache-Control") != NO_STORE
    if not (encoding and ours and text and kept) or "Content-Encoding" in response.headers:
        return response
    body = response.get_data()
    if len(body) >= LEAST_BYTES:
        response.set_data(compress(body, encoding))
        response.headers["Content-Encoding"] = encoding
    response.vary.add("Accept-Encoding")
    return response
