"""Static files by the hash of their bytes, and pages with entity tags, conditions and a cache."""

from __future__ import annotations

import mimetypes
import os
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from flask import Flask, Response, g, request
from werkzeug.exceptions import NotFound
from werkzeug.http import http_date
from werkzeug.security import safe_join

from diplograph.core.errors import MalformedDate
from diplograph.web import http
from diplograph.web.context import AppContext
from diplograph.web.flask_adapter import read_flask, write_flask
from diplograph.web.http import HttpResponse, compress_body
from diplograph.web.protocol import etags
from diplograph.web.protocol.negotiate import choose_encoding

_STATIC_FOLDER = str(Path(__file__).parent / "static")

# Paths that show the state of the server at this moment, so no response of theirs is cached.
UNCACHED_PATHS = frozenset(("/health", "/ready", "/metrics"))
# Where browsers look for an icon that no page names.
ICON = "/favicon.ico"
# Static files that pages load by an address that names their bytes.
_FILES_OF_PAGES = tuple(
    "style.css built/editor.js copy.js drawing.js suggest.js watchlist.js".split()
)
_VARY = ("Accept", "Accept-Encoding")
_COMPRESSED_TYPES = ("+xml", "json", "xml", "javascript")

# ---- static files ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Asset:
    """A static file: its bytes, their media type, and their hash in hexadecimal."""

    body: bytes
    media_type: str
    version: str


def register_assets(app: Flask, context: AppContext) -> None:
    """Let `app` serve the files of its static folder; `url_for` adds `?v=` and their hash.

    Not where pages are copied into files, since a file's name has no query.
    """

    @app.url_defaults
    def name_version(endpoint: str, values: dict) -> None:
        if endpoint == "static" and not context.still:
            asset = find_asset(values.get("filename", ""))
            if asset:
                values.setdefault("v", asset.version)

    @app.get(ICON, endpoint="favicon", defaults={"filename": "favicon.ico"})
    @app.get("/static/<path:filename>", endpoint="static")
    def send(filename: str) -> Response:
        asset = find_asset(filename)
        if asset is None:
            raise NotFound("there is no such file")
        http_request = read_flask(context.settings, body=False)
        encoding = choose_encoding(http_request.headers.get("accept-encoding"))
        body, encoding = _compress_asset(asset, encoding)
        named = request.args.get("v") == asset.version
        cache_control = "public, max-age=31536000, immutable" if named else "no-cache"
        tag = f'"{asset.version}{"-" if encoding else ""}{encoding}"'
        headers = (("ETag", tag), ("Cache-Control", cache_control), ("Vary", "Accept-Encoding"))
        if etags.matches_etag(http_request, tag) or etags.has_wildcard(http_request):
            return write_flask(HttpResponse(304, headers))
        headers = (("Content-Type", asset.media_type), *headers)
        headers = (*headers, ("Content-Encoding", encoding)) if encoding else headers
        return write_flask(http.compress_response(http_request, headers, body))


def find_asset(name: str) -> Asset | None:
    """Return the file called `name`, a path below the static folder; None where there is none."""
    path = safe_join(_STATIC_FOLDER, name)
    if path is None or not os.path.isfile(path):  # False as well for a name that is too long
        return None
    return _read_asset(path, Path(path).stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _read_asset(path: str, modified: int) -> Asset:
    body = Path(path).read_bytes()
    media_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
    if media_type.startswith("text/"):
        media_type = f"{media_type}; charset=utf-8"
    return Asset(body, media_type, blake2b(body, digest_size=8).hexdigest())


@lru_cache(maxsize=64)
def _compress_asset(asset: Asset, encoding: str) -> tuple[bytes, str]:
    """Return the bytes to send and their encoding: compressed where that makes them fewer."""
    body, used = compress_body(asset.body, encoding)
    return (body, used) if len(body) < len(asset.body) else (asset.body, "")


# ---- pages ----------------------------------------------------------------------------------


def register_conditions(app: Flask, context: AppContext, cache: http.ResponseCache) -> None:
    """Let `app` tag its pages, answer 304 without rendering a page, and compress what it sends.

    A page is stored in `cache` under its tag, so the same address runs its queries once. A
    response whose view has set an ETag or a Cache-Control keeps them.
    """

    @app.before_request
    def answer_from_cache() -> Response | None:
        g.tag = None
        if request.method not in {"GET", "HEAD"} or request.path in UNCACHED_PATHS:
            return None
        g.encoding = choose_encoding(request.headers.get("Accept-Encoding"))
        g.tag = page_etag(context, g.encoding)
        http_request, cached = read_flask(context.settings, body=False), cache.find(g.tag)
        met = etags.has_wildcard(http_request)
        met = met or etags.is_unmodified(http_request, find_modified(context))
        if etags.matches_etag(http_request, g.tag) or (cached and met):
            return write_flask(HttpResponse(304, list_conditions(context, g.tag)))
        return write_flask(cached) if cached else None

    @app.after_request
    def finish(response: Response) -> Response:
        if g.get("tag") is None or response.status_code != 200 or response.is_streamed:
            return response
        if "ETag" not in response.headers and "Cache-Control" not in response.headers:
            conditions = list_conditions(context, g.tag)
            for name, value in conditions:
                response.headers.setdefault(name, value)
            response.vary.update(_VARY)
            http_request = read_flask(context.settings, body=False)
            modified = find_modified(context)
            if etags.has_wildcard(http_request) or etags.is_unmodified(http_request, modified):
                return write_flask(HttpResponse(304, conditions))
        response = _compress_page(response, g.encoding)
        if request.method == "GET" and response.headers.get("ETag") == g.tag:
            cache.store(g.tag, HttpResponse(200, tuple(response.headers), response.get_data()))
        return response


def page_etag(context: AppContext, encoding: str) -> str | None:
    """Return the entity tag of the page of this request, None where its content may change.

    Pages made of what it names have the same bytes; but an engine elsewhere answers in any order,
    so its pages get a weak tag. Texts of reports are read from folders that may change.
    """
    settings = context.settings
    try:
        day = context.day()
    except MalformedDate:  # the view reports it, where it uses a day
        return None
    address = (request.root_url, request.path, request.query_string, request.headers.get("Accept"))
    files = [asset and asset.version for asset in map(find_asset, _FILES_OF_PAGES)]
    texts = [folder.state for folder in context.text_folders()]
    build = (context.digest, context.findings, context.alignments.digest, settings, files, texts)
    tag = etags.hash_etag("page", *build, *address, day.isoformat(), encoding)
    return f"W/{tag}" if settings.remote else tag


def list_conditions(context: AppContext, tag: str) -> http.Fields:
    """Return the headers by which a cache stores the page of this request and revalidates it."""
    cached = ("Cache-Control", etags.cache_headers(context.settings))
    headers = (("ETag", tag), cached, ("Vary", ", ".join(_VARY)))
    modified = find_modified(context)
    return (*headers, ("Last-Modified", http_date(modified))) if modified else headers


def find_modified(context: AppContext) -> datetime | None:
    """Return when the page of this request last changed, None where that is unknown.

    A page that depends on today's date was another yesterday, so it is no older than this day.
    Nor is it older than the texts that it may quote.
    """
    modified = context.modified
    if modified is not None:
        texts = max((folder.changed for folder in context.text_folders()), default=0.0)
        modified = max(modified, datetime.fromtimestamp(texts, UTC))
    if modified is None or context.settings.as_of or request.args.get("asof", "").strip():
        return modified
    return max(modified, datetime.combine(context.today(), time(), UTC))


def _compress_page(response: Response, encoding: str) -> Response:
    """Return the response compressed, if it is a text and no view has tagged its very bytes."""
    media_type, tag = response.mimetype, response.headers.get("ETag", "")
    replaceable = tag in {g.tag, ""} or tag.startswith("W/")
    text = media_type.startswith("text/") or media_type.endswith(_COMPRESSED_TYPES)
    stored = response.headers.get("Cache-Control") != etags.NO_STORE
    if not (replaceable and text and stored) or "Content-Encoding" in response.headers:
        return response
    body, used = compress_body(response.get_data(), encoding)
    if used:
        response.set_data(body)
        response.headers["Content-Encoding"] = used
    response.vary.add("Accept-Encoding")  # the plain body varies too (RFC 9110, 12.5.5)
    return response
