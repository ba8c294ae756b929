"""The reference of the ontology: classes, properties, concepts and shapes, as pages and as RDF."""

from __future__ import annotations

from functools import lru_cache

from flask import Blueprint, Response, redirect, request

from diplograph.core.errors import UnknownThing
from diplograph.core.names import PREFIXES, compact
from diplograph.core.things import Thing
from diplograph.views.ontology import OntologyTerm
from diplograph.views.ontology_reference import (
    Reference,
    find_home,
    read_members,
    read_property_values,
    read_reference,
)
from diplograph.web.addresses import write_path
from diplograph.web.context import AppContext
from diplograph.web.linked.data import split_suffix
from diplograph.web.pages.ontology.diagrams import (
    Diagram,
    Relation,
    draw_levels,
    draw_term,
    relate_levels,
)
from diplograph.web.pages.ontology.documents import (
    OntologyDocuments,
    explain_missing,
    find_document,
    find_statements,
)
from diplograph.web.paging import PAGE_SIZE, count_pages, read_page
from diplograph.web.rendering import render

# Members of a class, or the statements of a property as pairs of subject and object.
Uses = tuple[Thing | tuple[Thing, Thing | str], ...]


class OntologyReader:
    """Reads the reference of the build that is served, and the uses of its terms; both cached."""

    def __init__(self, context: AppContext):
        self._context = context

        @lru_cache(maxsize=2)  # the build that is served, and the one before
        def read_once(digest: str) -> Reference:
            return read_reference(context.asking(), context.questions.values(), find_home())

        @lru_cache(maxsize=256)
        def read_uses_once(digest: str, iri: str, is_class: bool, page: int) -> Uses:
            read = read_members if is_class else read_property_values
            return read(context.asking(), iri, PAGE_SIZE, (page - 1) * PAGE_SIZE)

        @lru_cache(maxsize=2)
        def relate_once(digest: str) -> tuple[tuple[Relation, ...], Diagram | None]:
            reference = read_once(digest)
            levels = relate_levels(reference.vocabulary, reference.sizes)
            return levels, draw_levels(reference.vocabulary, levels)

        self._read_once, self._read_uses, self._relate = read_once, read_uses_once, relate_once

    def reference(self) -> Reference:
        """Return the reference; four queries the first time."""
        return self._read_once(self._context.digest)

    def uses(self, term: OntologyTerm, page: int) -> Uses:
        """Return a page of the uses of a term; one query the first time."""
        return self._read_uses(self._context.digest, term.thing.iri, term.is_class, page)

    def levels(self) -> tuple[tuple[Relation, ...], Diagram | None]:
        """Return the relations between the levels, and their diagram; None where there are none."""
        return self._relate(self._context.digest)


def create_ontology(context: AppContext) -> Blueprint:
    """Return the blueprint of the reference, with a page for each term, theme, shape and version.

    Each address answers with a page or with RDF, by Accept or by the suffix it ends with.
    """
    pages, reader = Blueprint("ontology", __name__), OntologyReader(context)
    documents = OntologyDocuments(context, lambda name: find_statements(reader.reference(), name))

    def answer(name: str, suffix: str = "") -> Response:
        if not documents.wants_page(suffix):
            return documents.answer(name, suffix)
        return documents.finish_page(render_document(context, reader, name))

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


def render_document(context: AppContext, reader: OntologyReader, name: str) -> Response:
    """Return the page of a document; raises UnknownThing, with similar names, where none has it."""
    reference = reader.reference()
    document = find_document(reference, name)
    if document is None:
        raise UnknownThing(explain_missing(reference, name))
    values = dict(document.values)
    if document.template == "ontology.html":
        values |= _read_overview(reader)
    if isinstance(values.get("term"), OntologyTerm):
        values |= _read_uses(context, reader, values["term"])
    if values.get("file") and values["file"].aligns:
        values["aligned"] = _list_alignments(context, reference)
    return render(document.template, reference=reference, at=_address, **values)


def _read_overview(reader: OntologyReader) -> dict:
    query = " ".join(request.args.get("q", "").split())[:200]
    levels, diagram = reader.levels()
    return {
        "query": query,
        "found": reader.reference().search(query) if query else (),
        "levels": levels,
        "diagram": diagram,
        "prefixes": PREFIXES,
    }


def _read_uses(context: AppContext, reader: OntologyReader, term: OntologyTerm) -> dict:
    """Return the alignments and the diagram of a term, and the page of its uses asked for."""
    iri, page = term.thing.iri, 1 if context.still else read_page()
    total = reader.reference().sizes.get(iri, 0)
    pages = count_pages(total)
    if page > pages:
        raise UnknownThing(f"{term.thing.curie} has {pages} pages, not {page}")
    return {
        "aligned": _align(context, iri),
        "diagram": draw_term(term),
        "total": total,
        "used": reader.uses(term, page) if total else (),
        "page": page,
        "pages": pages,
        "address": lambda number: f"{_address(term.name)}?page={number}#used",
    }


def _align(context: AppContext, iri: str) -> tuple[Thing, ...]:
    """Return the wider terms of other vocabularies that a term is aligned with."""
    alignments = context.alignments
    wider = (*alignments.classes.get(iri, ()), *alignments.properties.get(iri, ()))
    return tuple(Thing(other, compact(other)) for other in wider)


def _list_alignments(
    context: AppContext, reference: Reference
) -> list[tuple[Thing, tuple[Thing, ...]]]:
    terms = reference.vocabulary.terms
    pairs = ((term.thing, _align(context, iri)) for iri, term in terms.items())
    return [pair for pair in pairs if pair[1]]


def _address(name: str = "", suffix: str = "") -> str:
    """Return the address, in the current request, of a document of the ontology."""
    path = f"/{write_path(name)}" if name else ""
    return f"{request.root_path.rstrip('/')}/ontology{path}" + (f".{suffix}" if suffix else "")
