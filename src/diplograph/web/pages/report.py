"""The pages of reports, passages and attestations: paragraphs with the facts that each supports."""

from __future__ import annotations

from flask import Blueprint, Response

from diplograph.core.things import Thing
from diplograph.views.report import PASSAGES_SHOWN, read_passage, read_reading, read_report
from diplograph.web.addresses import find_iri, list_rdf_links, site_address
from diplograph.web.context import AppContext
from diplograph.web.rendering import list_pages, read_page, render


def create_report(context: AppContext) -> Blueprint:
    """Return the blueprint of the pages of reports, passages and attestations."""
    pages = Blueprint("report", __name__)

    @pages.get("/report/<path:slug>")
    def report(slug: str) -> Response:
        iri, page = find_iri("report", slug), read_page()
        sheet = read_report(context.asking(), iri, page)
        return render(
            "report.html",
            sheet=sheet,
            forms=[*list_rdf_links(iri), *_list_tables(context, sheet.thing)],
            **list_pages(page, sheet.coverage.passages, PASSAGES_SHOWN),
        )

    @pages.get("/page/passage/<path:slug>")
    def passage(slug: str) -> Response:
        iri = find_iri("passage", slug)
        sheet = read_passage(context.asking(), iri)
        return render("passage.html", sheet=sheet, forms=list_rdf_links(iri))

    @pages.get("/page/attestation/<path:slug>")
    def attestation(slug: str) -> Response:
        iri = find_iri("attestation", slug)
        sheet = read_reading(context.asking(), iri)
        return render("attestation.html", sheet=sheet, forms=list_rdf_links(iri))

    return pages


def _list_tables(context: AppContext, report: Thing) -> list[tuple[str, str]]:
    """Return title and address of the tables of the report's facts; a copy in files has none."""
    if context.still:
        return []
    titles = {"facts.xlsx": "Workbook of its facts (XLSX)", "facts-csv.zip": "CSV (ZIP)"}
    return [
        (title, site_address(f"/download/{name}", report=report.curie))
        for name, title in titles.items()
    ]
