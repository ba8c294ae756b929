"""The reference of the ontology: its themes, terms, concepts and shapes, as pages and as RDF."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import pyoxigraph as ox
from flask import Blueprint, Response, redirect, request

from diplograph.core.errors import UnknownThing
from diplograph.core.formats import TRIPLE_FORMATS
from diplograph.core.jsonld import write_jsonld
from diplograph.core.names import ONTOLOGY, PREFIXES, compact
from diplograph.core.serialization import write_statements
from diplograph.core.things import Thing
from diplograph.views.drawings.ontology import draw_levels, draw_term, relate_levels
from diplograph.views.ontology import Header, OntologyTerm
from diplograph.views.ontology_reference import (
    Reference,
    describe_shape,
    describe_term,
    describe_theme,
    find_home,
    merge_themes,
    read_members,
    read_property_values,
    read_reference,
)
from diplograph.web.addresses import write_path
from diplograph.web.context import AppContext
from diplograph.web.flask_adapter import read_flask, write_flask
from diplograph.web.linked.data import answer_conditionally, choose_form, split_suffix
from diplograph.web.protocol.etags import has_wildcard, hash_etag, is_unmodified, matches_etag
from diplograph.web.protocol.negotiate import HTML_TYPE, choose_encoding, negotiate_offers
from diplograph.web.rendering import PAGE_SIZE, list_pages, read_page, render

_TYPES = (HTML_TYPE, *(form.media_type for form in TRIPLE_FORMATS))


@dataclass(frozen=True)
class Document:
    """One document: the template of its page, the template's values, what gives its statements."""

    template: str
    values: Mapping[str, object]
    statements: Callable[[], set[ox.Triple]]


class BuildReference:
    """The reference of one build, read with four queries, and its diagram, uses and RDF."""

    def __init__(self, context: AppContext):
        self.reference = read_reference(context.asking(), context.questions.values(), find_home())

        @lru_cache(maxsize=256)
        def read_uses(iri: str, is_class: bool, page: int) -> tuple:
            asking, shown = context.asking(), (PAGE_SIZE, (page - 1) * PAGE_SIZE)
            if is_class:
                return read_members(asking, iri, *shown, unspoken=context.unspoken())
            return read_property_values(asking, iri, *shown)

        @lru_cache(maxsize=512)
        def write(name: str, form: str) -> bytes:
            """Return the statements of a document; raises UnknownThing where there are none."""
            statements = find_document(self.reference, name).statements()
            if not statements:
                raise UnknownThing(_explain_missing(self.reference, name))
            if form == "jsonld":
                return write_jsonld(statements)
            return write_statements(statements, form)

        self.read_uses, self.write = read_uses, write

    @cached_property
    def overview(self) -> dict:
        """The relations between the levels, and their diagram; None where there are no levels."""
        vocabulary = self.reference.vocabulary
        levels = relate_levels(vocabulary, self.reference.sizes)
        return {"levels": levels, "diagram": draw_levels(vocabulary, levels)}


def create_ontology(context: AppContext) -> Blueprint:
    """Return the blueprint of the reference, with a page for each term, theme, shape and version.

    Each address answers with a page or with RDF, by Accept or by the suffix it ends with.
    """
    pages = Blueprint("ontology", __name__)

    @lru_cache(maxsize=2)  # the build that is served, and the one before
    def read_once(digest: str) -> BuildReference:
        return BuildReference(context)

    def answer(name: str, suffix: str = "") -> Response:
        digest = context.digest
        if _wants_page(suffix):
            return _finish_page(context, render_document(context, read_once(digest), name))
        return _answer_rdf(context, name, suffix, lambda form: read_once(digest).write(name, form))

    @pages.get("/ontology")
    def ontology() -> Response:
        return answer("")

    @pages.get("/ontology.<suffix>")
    def file(suffix: str) -> Response:
        if not split_suffix(f"ontology.{suffix}")[1]:
            raise UnknownThing(f"the ontology cannot be had as .{suffix[:20]}")
        return answer("", suffix)

    @pages.get("/ontology/")
    def folder() -> Response:
        return redirect(_address(), 308)

    @pages.get("/ontology/<path:name>")
    def document(name: str) -> Response:
        return answer(*split_suffix(name))

    return pages


def render_document(context: AppContext, build: BuildReference, name: str) -> Response:
    """Return the page of a document; raises UnknownThing, with similar names, where none has it."""
    reference = build.reference
    document = find_document(reference, name)
    values = dict(document.values)
    if document.template == "ontology.html":
        query = " ".join(request.args.get("q", "").split())[:200]
        found = reference.search(query) if query else ()
        values |= {"query": query, "found": found, "prefixes": PREFIXES, **build.overview}
    if isinstance(values.get("term"), OntologyTerm):
        values |= _read_uses(context, build, values["term"])
    if values.get("file") and values["file"].aligns:
        terms = reference.vocabulary.terms.items()
        aligned = ((term.thing, _align(context, iri)) for iri, term in terms)
        values["aligned"] = [pair for pair in aligned if pair[1]]
    return render(document.template, reference=reference, at=_address, **values)


def _wants_page(suffix: str) -> bool:
    """Return whether the current request selects a page: no RDF format by name, HTML best."""
    if suffix or request.args.get("format"):
        return False
    return negotiate_offers(request.headers.get("Accept", ""), _TYPES) == HTML_TYPE


def _answer_rdf(
    context: AppContext, name: str, suffix: str, write: Callable[[str], bytes]
) -> Response:
    """Return the statements of a document, in the format of `suffix` or of Accept."""
    client_request = read_flask(context.settings, body=False)
    offer = choose_form(client_request, suffix, "the ontology")
    encoding = choose_encoding(client_request.headers.get("accept-encoding"))
    parts = (context.digest, "ontology", name, offer.name, offer.media_type, encoding)
    response = answer_conditionally(
        client_request,
        context.settings,
        tag=hash_etag(*parts),
        content_type=offer.content_type,
        write=lambda: (write(offer.name), None),
        modified=context.modified,
        vary="Accept-Encoding, Accept",
        encoding=encoding,
    )
    return write_flask(response)


def _finish_page(context: AppContext, response: Response) -> Response:
    """Return a page with its caching headers, or a 304 where the client has it."""
    response.headers["ETag"] = f"W/{hash_etag(response.get_data())}"
    response.headers["Cache-Control"] = "no-cache"  # a page depends on its date and its address
    response.vary.add("Accept")
    modified, client_request = context.modified, read_flask(context.settings, body=False)
    if modified:
        response.last_modified = modified
    response.vary.add("Accept-Encoding")  # as what is compressed has it, and the 304
    known = matches_etag(client_request, response.headers["ETag"]) or has_wildcard(client_request)
    if known or is_unmodified(client_request, modified):
        response.status_code = 304
        response.set_data(b"")
        del response.headers["Content-Type"]
    return response


def find_document(reference: Reference, name: str) -> Document:
    """Return the document of that name; raises UnknownThing, with similar names, without one.

    A term comes before a theme of the same name. Only the version that is served has a document.
    """
    if not name:
        return _make_ontology(reference)
    shape = reference.shapes.get(name.removeprefix("shape/"))
    if shape and name.startswith("shape/"):
        statements, iri = reference.shape_statements, shape.thing.iri
        return Document(
            "ontology_shape.html", {"shape": shape}, lambda: describe_shape(statements, iri)
        )
    term = reference.find(name)
    if term:
        iri = term.thing.iri
        values = {
            "term": term,
            "theme": reference.placed.get(iri),
            "constraints": reference.find_constraints(term),
            "wider_shapes": reference.find_wider_shapes(term) if term.is_class else (),
            "questions": reference.questions.get(term.name, ()),
        }
        vocabulary = reference.vocabulary
        return Document("ontology_term.html", values, lambda: describe_term(vocabulary, iri))
    for header in _list_headers(reference):
        version = header.version_iri.removeprefix(ONTOLOGY).lstrip("/")
        if name in {header.name, version}:
            return _make_theme(reference, header) if header.name else _make_ontology(reference)
    raise UnknownThing(_explain_missing(reference, name))


def _list_headers(reference: Reference) -> tuple[Header, ...]:
    """Return the headers that are served: of the ontology, its themes and the alignments."""
    vocabulary = reference.vocabulary
    if vocabulary.header is None:
        return ()
    served = (vocabulary.header, *vocabulary.themes)
    version = vocabulary.header.version
    files = (file.header for file in reference.files if file.aligns)
    return (*served, *(own for own in files if own.version == version and own not in served))


def _explain_missing(reference: Reference, name: str) -> str:
    """Return a sentence that says why no document has that name, with similar names."""
    header = reference.vocabulary.header
    if header is None:
        return "this build holds no ontology"
    base, _, last = name.rpartition("/")
    if last[:1].isdigit():
        here = next((own for own in _list_headers(reference) if own.name == base), header)
        return f"there is no version {last[:40]} of {here.title}; this is version {here.version}"
    near = " or ".join(term.curie for term in reference.find_near(name))
    message = f"the ontology has no term called {name[:80]}"
    return f"{message}; did you mean {near}?" if near else message


def _make_ontology(reference: Reference) -> Document:
    headers = (header for header in _list_headers(reference) if header.name)
    themes = [_make_theme(reference, header).values for header in headers]
    placed = {term.thing.iri for theme in themes for term in theme["terms"]}
    values = {
        "themes": [(theme["theme"], theme["terms"], theme["schemes"]) for theme in themes],
        "rest": [term for iri, term in reference.vocabulary.terms.items() if iri not in placed],
    }
    return Document("ontology.html", values, lambda: merge_themes(reference.vocabulary))


def _make_theme(reference: Reference, header: Header) -> Document:
    vocabulary, file = reference.vocabulary, reference.find_file(header)
    declared = {iri for iri, own in reference.placed.items() if own.header.iri == header.iri}
    terms = [iri for iri in vocabulary.terms if iri in declared]
    values = {
        "theme": header,
        "terms": [vocabulary.terms[iri] for iri in terms],
        "schemes": [scheme for scheme in vocabulary.schemes if scheme.thing.iri in declared],
        "file": file,
    }

    def describe() -> set[ox.Triple]:
        if file:
            return set(file.statements.triples)
        return describe_theme(vocabulary, header.iri, terms)

    return Document("ontology_theme.html", values, describe)


def _read_uses(context: AppContext, build: BuildReference, term: OntologyTerm) -> dict:
    """Return the alignments and the diagram of a term, and the page of its uses asked for."""
    iri, page = term.thing.iri, 1 if context.still else read_page()
    everything = build.reference.sizes.get(iri, 0)
    unspoken = sum(iri in kinds for kinds in context.unspoken().values())
    total = everything - unspoken
    values = list_pages(
        page, total, address=lambda number: f"{_address(term.name)}?page={number}#used"
    )
    if page > values["pages"]:
        raise UnknownThing(f"{term.thing.curie} has {values['pages']} pages, not {page}")
    used = build.read_uses(iri, term.is_class, page) if total else ()
    aligned, diagram = _align(context, iri), draw_term(term)
    counts = {"everything": everything, "total": total, "unspoken": unspoken}
    return {"aligned": aligned, "diagram": diagram, "used": used, **counts, **values}


def _align(context: AppContext, iri: str) -> tuple[Thing, ...]:
    """Return the wider terms of other vocabularies that a term is aligned with."""
    alignments = context.alignments
    wider = (*alignments.classes.get(iri, ()), *alignments.properties.get(iri, ()))
    return tuple(Thing(other, compact(other)) for other in wider)


def _address(name: str = "", suffix: str = "") -> str:
    """Return the address, in the current request, of a document of the ontology."""
    path = f"/{write_path(name)}" if name else ""
    return f"{request.root_path.rstrip('/')}/ontology{path}" + (f".{suffix}" if suffix else "")
