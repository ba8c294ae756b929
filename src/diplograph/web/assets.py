"""The files that pages load; kept for good, since another text has another address."""

from __future__ import annotations

import mimetypes
import os
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from flask import Flask, Response, request
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

from diplograph.core.compression import LEAST_BYTES, compress
from diplograph.web.bridge import read_flask, write_flask
from diplograph.web.caching import is_known, takes_any
from diplograph.web.edition import Edition
from diplograph.web.exchange import Response as Made
from diplograph.web.exchange import carry
from diplograph.web.negotiate import choose_encoding

FOLDER = Path(__file__).parent / "static"
FOR_GOOD, ASK_FIRST = "public, max-age=31536000, immutable", "no-cache"


@dataclass(frozen=True)
class Asset:
    """A file's bytes, their media type, and what names them: the same for the same bytes."""

    body: bytes
    media_type: str
    version: str


def register_assets(app: Flask, edition: Edition) -> None:
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
        body = _shrink(asset, encoding)
        encoding = encoding if body is not asset.body else ""
        kept = FOR_GOOD if request.args.get("v") == asset.version else ASK_FIRST
        tag = f'"{asset.version}{"-" if encoding else ""}{encoding}"'
        headers = (("ETag", tag), ("Cache-Control", kept), ("Vary", "Accept-Encoding"))
        if is_known(asked, tag) or takes_any(asked):
            return write_flask(Made(304, headers))
        headers = (("Content-Type", asset.media_type), *headers)
        headers = (*headers, ("Content-Encoding", encoding)) if encoding else headers
        return write_flask(carry(asked, headers, body))


def find_asset(name: str) -> Asset | None:
    """Return the file called `name`, a path below the static folder; None where there is none."""
    path = safe_join(str(FOLDER), name)
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
def _shrink(asset: Asset, encoding: str) -> bytes:
    """Return the bytes to send: compressed where that makes them fewer."""
    if not encoding or len(asset.body) < LEAST_BYTES:
        return asset.body
    return min(compress(asset.body, encoding), asset.body, key=len)
