"""The documents at /ontology/...: the ontology, a theme, a version, a term, a shape; their RDF."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import pyoxigraph as ox
from flask import Response, request

from diplograph.core.errors import UnknownThing
from diplograph.core.formats import TRIPLE_FORMATS
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
from diplograph.web.context import AppContext
from diplograph.web.flask_adapter import read_flask, write_flask
from diplograph.web.linked.data import answer_conditionally, choose_form
from diplograph.web.protocol.etags import hash_etag, matches_etag
from diplograph.web.protocol.negotiate import HTML_TYPE, choose_encoding, negotiate_offers

_SHAPES = "shape/"
_TYPES = (HTML_TYPE, *(form.media_type for form in TRIPLE_FORMATS))


@dataclass(frozen=True)
class Document:
    """One document: the template of its page, the template's values, what gives its statements."""

    template: str
    values: Mapping[str, object]
    statements: Callable[[], set[ox.Triple]]


class OntologyDocuments:
    """Answers with the RDF of documents, which is written once a build."""

    def __init__(self, context: AppContext, find: Callable[[str], Iterable[ox.Triple]]):
        self._context = context

        @lru_cache(maxsize=512)
        def write_once(digest: str, name: str, form: str) -> bytes:
            statements = find(name)
            if form == "jsonld":
                return write_jsonld(statements)
            return write_statements(statements, form)

        self._write = write_once

    def wants_page(self, suffix: str) -> bool:
        """Return whether the current request selects a page: no RDF format by name, HTML best."""
        if suffix or request.args.get("format"):
            return False
        return negotiate_offers(request.headers.get("Accept", ""), _TYPES) == HTML_TYPE

    def answer(self, name: str, suffix: str) -> Response:
        """Return the statements of a document, in the format of `suffix` or of Accept.

        Raises NotAcceptable, and UnknownThing where there are none.
        """
        client_request = read_flask(self._context.settings, body=False)
        offer = choose_form(client_request, suffix, "the ontology")
        encoding = choose_encoding(client_request.headers.get("accept-encoding"))
        digest = self._context.digest
        parts = (digest, "ontology", name, offer.name, offer.media_type, encoding)
        response = answer_conditionally(
            client_request,
            self._context.settings,
            tag=hash_etag(*parts),
            content_type=offer.content_type,
            write=lambda: (self._write(digest, name, offer.name), None),
            modified=self._context.built,
            vary="Accept-Encoding, Accept",
            encoding=encoding,
        )
        return write_flask(response)

    def finish_page(self, response: Response) -> Response:
        """Return a page with its caching headers, or a 304 where the client has it.

        A page depends on its date and its address, so that caches ask again each time.
        """
        response.headers["ETag"] = f"W/{hash_etag(response.get_data())}"
        response.headers["Cache-Control"] = "no-cache"
        response.vary.add("Accept")
        if self._context.built:
            response.last_modified = self._context.built
        client_request = read_flask(self._context.settings, body=False)
        if matches_etag(client_request, response.headers["ETag"]):
            response.status_code = 304
            response.set_data(b"")
            del response.headers["Content-Type"]
        return response


def find_document(reference: Reference, name: str) -> Document | None:
    """Return the document of that name, None where there is none.

    A term comes before a theme of the same name. Only the version that is served has a document.
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
    """Return the statements of the document of that name.

    Raises UnknownThing, with similar names, where there is none or it has no statements.
    """
    document = find_document(reference, name)
    statements = document.statements() if document else set()
    if not statements:
        raise UnknownThing(explain_missing(reference, name))
    return statements


def list_headers(reference: Reference) -> tuple[Header, ...]:
    """Return the headers that are served: of the ontology, its themes and the alignments."""
    vocabulary = reference.vocabulary
    if vocabulary.header is None:
        return ()
    served = (vocabulary.header, *vocabulary.themes)
    version = vocabulary.header.version
    files = (file.header for file in reference.files if file.aligns)
    return (*served, *(own for own in files if own.version == version and own not in served))


def explain_missing(reference: Reference, name: str) -> str:
    """Return a sentence that says why no document has that name, with similar names."""
    header = reference.vocabulary.header
    if header is None:
        return "this build holds no ontology"
    base, _, last = name.rpartition("/")
    if last[:1].isdigit():
        here = next((own for own in list_headers(reference) if own.name == base), header)
        return f"version {last[:40]} of {here.title} is not here; the one here is {here.version}"
    near = " or ".join(term.curie for term in reference.find_near(name))
    message = f"the ontology has no term called {name[:80]}"
    return f"{message}; did you mean {near}?" if near else message


def list_terms(reference: Reference, header: Header) -> tuple[OntologyTerm, ...]:
    """Return the terms that are declared in the file of a theme."""
    terms = reference.vocabulary.terms.items()
    return tuple(term for iri, term in terms if _is_placed(reference, iri, header))


def list_schemes(reference: Reference, header: Header) -> tuple[Scheme, ...]:
    """Return the concept schemes that are declared in the file of a theme."""
    schemes = reference.vocabulary.schemes
    return tuple(own for own in schemes if _is_placed(reference, own.thing.iri, header))


def _is_placed(reference: Reference, iri: str, header: Header) -> bool:
    return iri in reference.placed and reference.placed[iri].header.iri == header.iri


def _make_ontology(reference: Reference) -> Document:
    themes = [
        (header, list_terms(reference, header), list_schemes(reference, header))
        for header in list_headers(reference)
        if header.name
    ]
    placed = {term.thing.iri for _, terms, _ in themes for term in terms}
    rest = [term for iri, term in reference.vocabulary.terms.items() if iri not in placed]
    values = {"themes": themes, "rest": rest}
    return Document("ontology.html", values, lambda: merge_themes(reference.vocabulary))


def _make_theme(reference: Reference, header: Header) -> Document:
    terms, file = list_terms(reference, header), reference.find_file(header)

    def describe() -> set[ox.Triple]:
        if file:
            return set(file.statements.triples)
        iris = [term.thing.iri for term in terms]
        return describe_theme(reference.vocabulary, header.iri, iris)

    schemes = list_schemes(reference, header)
    values = {"theme": header, "terms": terms, "schemes": schemes, "file": file}
    return Document("ontology_theme.html", values, describe)


def _make_term(reference: Reference, term: OntologyTerm) -> Document:
    iri = term.thing.iri
    values = {
        "term": term,
        "theme": reference.placed.get(iri),
        "constraints": reference.find_constraints(term),
        "wider_shapes": reference.find_wider_shapes(term) if term.is_class else (),
        "questions": reference.questions.get(term.name, ()),
    }
    return Document("ontology_term.html", values, lambda: describe_term(reference.vocabulary, iri))


def _make_shape(reference: Reference, name: str) -> Document | None:
    shape = reference.shapes.get(name)
    if shape is None:
        return None
    statements, iri = reference.shape_statements, shape.thing.iri
    return Document(
        "ontology_shape.html", {"shape": shape}, lambda: describe_shape(statements, iri)
    )
