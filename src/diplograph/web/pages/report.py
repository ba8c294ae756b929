"""The page about a report: its paragraphs with the facts that each supports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from flask import Blueprint, Response

from diplograph.views.records import FactRecord
from diplograph.views.report import (
    PASSAGES_SHOWN,
    ReadPassage,
    read_passage,
    read_reading,
    read_report,
)
from diplograph.views.source_texts import (
    MarkedText,
    Original,
    extract_verified_text,
    find_original,
    mark_hedges,
)
from diplograph.web.addresses import data_address, find_iri
from diplograph.web.context import AppContext
from diplograph.web.paging import count_pages, read_page
from diplograph.web.rendering import render


@dataclass(frozen=True)
class Shown:
    """The passages' own words by their IRIs, where the operator has the verified text.

    `altered` are the passages whose words are not those that were read; they are not shown.
    """

    original: Original
    words: dict[str, tuple[MarkedText, ...]] = field(default_factory=dict)
    altered: frozenset[str] = frozenset()


def create_report(edition: AppContext) -> Blueprint:
    """Return the blueprint of these pages."""
    pages, folder = Blueprint("report", __name__), edition.settings.sources

    @pages.get("/report/<path:slug>")
    def report(slug: str) -> Response:
        iri, page = find_iri("report", slug), read_page()
        sheet = read_report(edition.asking(), iri, page)
        passages = [each for _, paragraph in sheet.paragraphs for each in paragraph]
        return render(
            "report.html",
            sheet=sheet,
            shown=show_words(folder, sheet.record, passages),
            forms=[("Turtle", data_address(iri, "ttl")), ("JSON-LD", data_address(iri, "jsonld"))],
            page=page,
            pages=count_pages(sheet.coverage.passages, PASSAGES_SHOWN),
            address=lambda number: f"?page={number}",
        )

    @pages.get("/page/passage/<path:slug>")
    def passage(slug: str) -> Response:
        iri = find_iri("passage", slug)
        sheet = read_passage(edition.asking(), iri)
        shown = show_words(folder, sheet.report, [sheet.read])
        forms = [("Turtle", data_address(iri, "ttl")), ("JSON-LD", data_address(iri, "jsonld"))]
        return render("passage.html", sheet=sheet, shown=shown, forms=forms)

    @pages.get("/page/attestation/<path:slug>")
    def attestation(slug: str) -> Response:
        iri = find_iri("attestation", slug)
        sheet = read_reading(edition.asking(), iri)
        forms = [("Turtle", data_address(iri, "ttl")), ("JSON-LD", data_address(iri, "jsonld"))]
        return render("attestation.html", sheet=sheet, forms=forms)

    return pages


def show_words(folder: Path | None, report: FactRecord, passages: Iterable[ReadPassage]) -> Shown:
    """Return the words of passages from the operator's folder, each verified by its hash."""
    slug = report.thing.iri.rpartition("/")[2]
    original = find_original(folder, report.text("sha256"), slug)
    if original.source is None:
        return Shown(original)
    words, altered = {}, set()
    for each in passages:
        text = extract_verified_text(each.passage, original.source)
        if text is None:
            altered.add(each.passage.thing.iri)
        else:
            words[each.passage.thing.iri] = mark_hedges(text, each.hedges)
    return Shown(original, words, frozenset(altered))
