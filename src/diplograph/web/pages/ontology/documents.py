"""What an address below /ontology names: the ontology, a theme, a version, a term or a shape."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import pyoxigraph as ox
from flask import Response, request

from diplograph.core.errors import UnknownThing
from diplograph.core.formats import STATEMENTS, TRIPLE_FORMATS
from diplograph.core.jsonld import write_jsonld
from diplograph.core.names import ONTOLOGY
from diplograph.core.serialization import write_statements
from diplograph.views.ontology import Header, OntologyTerm, Scheme
from diplograph.views.ontology_reference import (
    Reference,
    describe_shape,
    describe_term,
    describe_theme,
    merge_themes,
)
from diplograph.web import http
from diplograph.web.context import AppContext
from diplograph.web.flask_adapter import read_flask, write_flask
from diplograph.web.http import compress_response
from diplograph.web.protocol.etags import (
    cache_headers,
    has_wildcard,
    hash_etag,
    is_unmodified,
    matches_etag,
)
from diplograph.web.protocol.graphs import choose_statements
from diplograph.web.protocol.negotiate import HTML_TYPE, Offer, choose_encoding, negotiate_offers

_SHAPES = "shape/"


@dataclass(frozen=True)
class Document:
    """One document: the template of its page with its values, and what gives its statements."""

    template: str
    values: Mapping[str, object]
    statements: Callable[[], set[ox.Triple]]


def find_document(reference: Reference, name: str) -> Document | None:
    """Return the document that a name stands for, None where there is none.

    A term comes before a theme of the same name; a version that is not the one here is none.
    """
    if not name:
        return _make_ontology(reference)
    if name.startswith(_SHAPES):
        return _make_shape(reference, name.removeprefix(_SHAPES))
    term = reference.find(name)
    if term:
        return _make_term(reference, term)
    for header in list_headers(reference):
        version = header.version_iri.removeprefix(ONTOLOGY).lstrip("/")
        if name in {header.name, version}:
            return _make_theme(reference, header) if header.name else _make_ontology(reference)
    return None


def find_statements(reference: Reference, name: str) -> set[ox.Triple]:
    """Return the statements of the document that a name stands for.

    Raises UnknownThing, with what is called nearly so, where there is none or nothing is said.
    """
    document = find_document(reference, name)
    statements = document.statements() if document else set()
    if not statements:
        raise UnknownThing(say_missing(reference, name))
    return statements


def list_headers(reference: Reference) -> tuple[Header, ...]:
    """Return the headers that are served: the ontology's, its themes', that of the alignments."""
    vocabulary = reference.vocabulary
    if vocabulary.header is None:
        return ()
    served = (vocabulary.header, *vocabulary.themes)
    files = (each.header for each in reference.files if each.aligns)
    version = vocabulary.header.version
    return (*served, *(each for each in files if each.version == version and each not in served))


def say_missing(reference: Reference, name: str) -> str:
    """Return why nothing is called so, in one sentence with what is called nearly so."""
    header = reference.vocabulary.header
    if header is None:
        return "this build holds no ontology"
    base, _, last = name.rpartition("/")
    if last[:1].isdigit():
        here = next((each for each in list_headers(reference) if each.name == base), header)
        return f"version {last[:40]} of {here.title} is not here; the one here is {here.version}"
    near = " or ".join(each.curie for each in reference.find_near(name))
    words = f"the ontology has no term called {name[:80]}"
    return f"{words}; did you mean {near}?" if near else words


def list_terms(reference: Reference, header: Header) -> tuple[OntologyTerm, ...]:
    """Return the terms that are written in the file of a theme."""
    placed = reference.placed
    return tuple(
        term
        for iri, term in reference.vocabulary.terms.items()
        if iri in placed and placed[iri].header.iri == header.iri
    )


def list_schemes(reference: Reference, header: Header) -> tuple[Scheme, ...]:
    """Return the concept schemes that are written in the file of a theme."""
    return tuple(
        each
        for each in reference.vocabulary.schemes
        if each.thing.iri in reference.placed
        and reference.placed[each.thing.iri].header.iri == header.iri
    )


def _make_ontology(reference: Reference) -> Document:
    headers = list_headers(reference)
    themes = [
        (each, list_terms(reference, each), list_schemes(reference, each))
        for each in headers
        if each.name
    ]
    placed = {term.thing.iri for _, terms, _ in themes for term in terms}
    rest = [term for iri, term in reference.vocabulary.terms.items() if iri not in placed]
    values = {"themes": themes, "rest": rest}
    return Document("ontology.html", values, lambda: merge_themes(reference.vocabulary))


def _make_theme(reference: Reference, header: Header) -> Document:
    terms = list_terms(reference, header)
    file = reference.find_file(header)

    def describe() -> set[ox.Triple]:
        if file:
            return set(file.statements.triples)
        iris = [term.thing.iri for term in terms]
        return describe_theme(reference.vocabulary, header.iri, iris)

    schemes = list_schemes(reference, header)
    values = {"theme": header, "terms": terms, "schemes": schemes, "file": file}
    return Document("theme.html", values, describe)


def _make_term(reference: Reference, term: OntologyTerm) -> Document:
    values = {
        "term": term,
        "theme": reference.placed.get(term.thing.iri),
        "constraints": reference.find_constraints(term),
        "wider_shapes": reference.find_wider_shapes(term) if term.is_class else (),
        "questions": reference.questions.get(term.name, ()),
    }
    iri = term.thing.iri
    return Document("term.html", values, lambda: describe_term(reference.vocabulary, iri))


def _make_shape(reference: Reference, name: str) -> Document | None:
    shape = reference.shapes.get(name)
    if shape is None:
        return None
    iri = shape.thing.iri
    return Document(
        "shape.html", {"shape": shape}, lambda: describe_shape(reference.shape_statements, iri)
    )


_SUFFIXES = {form.suffix: form for form in STATEMENTS.values()}
_TYPES = tuple(form.media_type for form in TRIPLE_FORMATS)

# What leads from the name of a term to its statements.
Find = Callable[[str], Iterable[ox.Triple]]


class OntologyFiles:
    """Answers with the statements about a term; what was written for a build is kept."""

    def __init__(self, edition: AppContext, find: Find):
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
        return (
            negotiate_offers(request.headers.get("Accept", ""), (HTML_TYPE, *_TYPES)) == HTML_TYPE
        )

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
        tag = hash_etag(self._edition.digest, "ontology", *parts)
        body = self._write(self._edition.digest, name, offer.name)
        headers = (("ETag", tag), ("Vary", "Accept-Encoding"))
        made = compress_response(
            asked, (("Content-Type", offer.content_type), *headers), body, None, encoding
        )
        unmodified = is_unmodified(asked, self._edition.built)
        if matches_etag(asked, tag) or has_wildcard(asked) or unmodified:
            made = http.HttpResponse(304, headers)
        return self._date(write_flask(made), cache_headers(self._edition.settings))

    def finish(self, response: Response) -> Response:
        """Return a page with what a cache must know of it, a 304 where the client has it."""
        response.headers["ETag"] = f"W/{hash_etag(response.get_data())}"
        asked = read_flask(self._edition.settings, body=False)
        if matches_etag(asked, response.headers["ETag"]):
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
