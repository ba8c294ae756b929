"""The reference of the ontology: classes, properties, concepts and shapes, as pages and as RDF."""

from __future__ import annotations

from functools import cached_property, lru_cache

from flask import Blueprint, Response, redirect, request

from diplograph.core.errors import UnknownThing
from diplograph.core.names import PREFIXES, compact
from diplograph.core.things import Thing
from diplograph.views.ontology import OntologyTerm
from diplograph.views.ontology_reference import (
    find_home,
    read_members,
    read_property_values,
    read_reference,
)
from diplograph.web.addresses import write_path
from diplograph.web.context import AppContext
from diplograph.web.linked.responses import split_suffix
from diplograph.web.pages.ontology.diagrams import draw_levels, draw_term, relate_levels
from diplograph.web.pages.ontology.documents import (
    answer_rdf,
    find_document,
    finish_page,
    wants_page,
    write_document,
)
from diplograph.web.rendering import PAGE_SIZE, list_pages, read_page, render

# Members of a class, or the statements of a property as pairs of subject and object.
Uses = tuple[Thing | tuple[Thing, Thing | str], ...]


class BuildReference:
    """The reference of one build, and what is made of it: diagram, uses of terms, RDF.

    It takes four queries, and one for each page of uses.
    """

    def __init__(self, context: AppContext):
        self.reference = read_reference(context.asking(), context.questions.values(), find_home())

        @lru_cache(maxsize=256)
        def read_uses(iri: str, is_class: bool, page: int) -> Uses:
            read = read_members if is_class else read_property_values
            return read(context.asking(), iri, PAGE_SIZE, (page - 1) * PAGE_SIZE)

        @lru_cache(maxsize=512)
        def write(name: str, form: str) -> bytes:
            return write_document(self.reference, name, form)

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
        if wants_page(suffix):
            return finish_page(context, render_document(context, read_once(digest), name))
        return answer_rdf(context, name, suffix, lambda form: read_once(digest).write(name, form))

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


def _read_uses(context: AppContext, build: BuildReference, term: OntologyTerm) -> dict:
    """Return the alignments and the diagram of a term, and the page of its uses asked for."""
    iri, page = term.thing.iri, 1 if context.still else read_page()
    total = build.reference.sizes.get(iri, 0)
    values = list_pages(
        page, total, address=lambda number: f"{_address(term.name)}?page={number}#used"
    )
    if page > values["pages"]:
        raise UnknownThing(f"{term.thing.curie} has {values['pages']} pages, not {page}")
    used = build.read_uses(iri, term.is_class, page) if total else ()
    aligned, diagram = _align(context, iri), draw_term(term)
    return {"aligned": aligned, "diagram": diagram, "total": total, "used": used, **values}


def _align(context: AppContext, iri: str) -> tuple[Thing, ...]:
    """Return the wider terms of other vocabularies that a term is aligned with."""
    alignments = context.alignments
    wider = (*alignments.classes.get(iri, ()), *alignments.properties.get(iri, ()))
    return tuple(Thing(other, compact(other)) for other in wider)


def _address(name: str = "", suffix: str = "") -> str:
    """Return the address, in the current request, of a document of the ontology."""
    path = f"/{write_path(name)}" if name else ""
    return f"{request.root_path.rstrip('/')}/ontology{path}" + (f".{suffix}" if suffix else "")
