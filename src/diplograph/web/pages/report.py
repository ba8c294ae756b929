"""The pages of reports, passages and attestations: paragraphs with the facts that each supports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from flask import Blueprint, Response

from diplograph.views.records import FactRecord
from diplograph.views.report import (
    PASSAGES_SHOWN,
    MarkedText,
    Original,
    ReadPassage,
    extract_verified_text,
    find_original,
    mark_hedges,
    read_passage,
    read_reading,
    read_report,
)
from diplograph.web.addresses import find_iri, list_rdf_links
from diplograph.web.context import AppContext
from diplograph.web.rendering import list_pages, read_page, render


@dataclass(frozen=True)
class PassageTexts:
    """The text of passages by IRI, where the operator has the report's verified text.

    `altered` are the passages whose text differs from the one that was read; it is not shown.
    """

    original: Original
    words: dict[str, tuple[MarkedText, ...]] = field(default_factory=dict)
    altered: frozenset[str] = frozenset()


def create_report(context: AppContext) -> Blueprint:
    """Return the blueprint of the pages of reports, passages and attestations."""
    pages, folder = Blueprint("report", __name__), context.settings.sources

    @pages.get("/report/<path:slug>")
    def report(slug: str) -> Response:
        iri, page = find_iri("report", slug), read_page()
        sheet = read_report(context.asking(), iri, page)
        passages = [passage for _, paragraph in sheet.paragraphs for passage in paragraph]
        return render(
            "report.html",
            sheet=sheet,
            shown=read_texts(folder, sheet.record, passages),
            forms=list_rdf_links(iri),
            **list_pages(page, sheet.coverage.passages, PASSAGES_SHOWN),
        )

    @pages.get("/page/passage/<path:slug>")
    def passage(slug: str) -> Response:
        iri = find_iri("passage", slug)
        sheet = read_passage(context.asking(), iri)
        shown = read_texts(folder, sheet.report, [sheet.read])
        return render("passage.html", sheet=sheet, shown=shown, forms=list_rdf_links(iri))

    @pages.get("/page/attestation/<path:slug>")
    def attestation(slug: str) -> Response:
        iri = find_iri("attestation", slug)
        sheet = read_reading(context.asking(), iri)
        return render("attestation.html", sheet=sheet, forms=list_rdf_links(iri))

    return pages


def read_texts(
    folder: Path | None, report: FactRecord, passages: Iterable[ReadPassage]
) -> PassageTexts:
    """Return the text of passages from the operator's folder, each verified by its hash."""
    slug = report.thing.iri.rpartition("/")[2]
    original = find_original(folder, report.text("sha256"), slug)
    if original.source is None:
        return PassageTexts(original)
    words, altered = {}, set()
    for passage in passages:
        iri, text = (
            passage.passage.thing.iri,
            extract_verified_text(passage.passage, original.source),
        )
        if text is None:
            altered.add(iri)
        else:
            words[iri] = mark_hedges(text, passage.hedges)
    return PassageTexts(original, words, frozenset(altered))
