"""Which form of a term a request is answered in: a page for people, or RDF as it asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

import pyoxigraph as ox
from flask import Response, request

from diplograph.core.formats import STATEMENTS, write_statements
from diplograph.core.jsonld import write_jsonld
from diplograph.web import exchange
from diplograph.web.bridge import read_flask, write_flask
from diplograph.web.caching import hash_tag, is_known, is_unmodified, keep, takes_any
from diplograph.web.edition import Edition
from diplograph.web.exchange import carry
from diplograph.web.graphstore import choose_statements
from diplograph.web.linked.heads import SHOWN
from diplograph.web.negotiate import HTML_TYPE, Offer, choose_encoding, prefer

_SUFFIXES = {form.suffix: form for form in STATEMENTS.values()}
_TYPES = tuple(form.media_type for form in SHOWN)

# What leads from the name of a term to its statements.
Find = Callable[[str], Iterable[ox.Triple]]


class Forms:
    """Answers with the statements about a term; what was written for a build is kept."""

    def __init__(self, edition: Edition, find: Find):
        self._edition = edition

        @lru_cache(maxsize=512)
        def write_once(digest: str, name: str, form: str) -> bytes:
            said = find(name)
            return write_jsonld(said) if form == "jsonld" else write_statements(said, form)

        self._write = write_once

    def wants_page(self, suffix: str) -> bool:
        """Return whether the request at hand is for a page: its address names no form of RDF, and
        it takes HTML as gladly as any.
        """
        if suffix or request.args.get("format"):
            return False
        return prefer(request.headers.get("Accept", ""), (HTML_TYPE, *_TYPES)) == HTML_TYPE

    def answer(self, name: str, suffix: str) -> Response:
        """Return the statements about what is called `name`, in the form of `suffix` or of Accept.

        Raises NotAcceptable, and UnknownThing where there are none.
        """
        asked = read_flask(self._edition.settings, body=False)
        if suffix:
            form = _SUFFIXES[suffix]
            offer = Offer(form.name, form.media_type)
        else:
            offer = choose_statements(asked, "the ontology")
        encoding = choose_encoding(asked.headers.get("accept-encoding"))
        parts = (name, offer.name, offer.media_type, encoding)
        tag = hash_tag(self._edition.digest, "ontology", *parts)
        body = self._write(self._edition.digest, name, offer.name)
        headers = (("ETag", tag), ("Vary", "Accept-Encoding"))
        made = carry(asked, (("Content-Type", offer.content_type), *headers), body, None, encoding)
        unmodified = is_unmodified(asked, self._edition.built)
        if is_known(asked, tag) or takes_any(asked) or unmodified:
            made = exchange.Response(304, headers)
        return self._date(write_flask(made), keep(self._edition.settings))

    def finish(self, response: Response) -> Response:
        """Return a page with what a cache must know of it, a 304 where the client has it."""
        response.headers["ETag"] = f"W/{hash_tag(response.get_data())}"
        asked = read_flask(self._edition.settings, body=False)
        if is_known(asked, response.headers["ETag"]):
            response = _shorten(response)
        # A page may be another tomorrow, or for another address: whoever keeps it asks again.
        return self._date(response, "no-cache")

    def _date(self, response: Response, keeping: str) -> Response:
        response.vary.add("Accept")
        response.headers["Cache-Control"] = keeping
        if self._edition.built:
            response.last_modified = self._edition.built
        return response


def _shorten(response: Response) -> Response:
    response.status_code = 304
    response.set_data(b"")
    del response.headers["Content-Type"]
    return response


def split_suffix(name: str) -> tuple[str, str]:
    """Return a name and the suffix of a form of RDF that ends it, empty where none does.

    >>> split_suffix("0.1.0.ttl")
    ('0.1.0', 'ttl')
    """
    base, _, suffix = name.rpartition(".")
    return (base, suffix) if base and suffix in _SUFFIXES else (name, "")
