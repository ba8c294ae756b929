"""Printed on A4: a brief takes two pages, a pair and an event three, and tables stay tables."""

import io
import re
from urllib.request import urlopen

import pytest
from pypdf import PdfReader

# Paths of the invented world and of the project's own graph, and the pages that each may take.
WORLD = {
    "/brief/pair/XAA/XBE": 2,
    "/brief/state/XAA": 2,
    "/brief/person/ada-varn": 2,
    "/brief/week/2031-W18": 2,
    "/pair/XAA/XBE": 3,
    "/page/event/morn-visit": 3,
}
REAL = {
    "/brief/pair/IND/RUS": 2,
    "/brief/person/vladimir-putin": 2,
    "/pair/IND/RUS": 3,
    "/page/event/putin-india-visit-2025-12": 3,
}


@pytest.fixture(scope="module")
def print_page(browser):
    """Return a function that prints an address on A4 and returns the text of each page."""
    page = browser.new_page()

    def print_one(address):
        page.goto(address)
        body = page.pdf(format="A4", prefer_css_page_size=True)
        return [
            " ".join(sheet.extract_text().split()) for sheet in PdfReader(io.BytesIO(body)).pages
        ]

    yield print_one
    page.close()


@pytest.mark.parametrize("path", WORLD)
def test_a_page_of_the_invented_world_fits_its_sheets(print_page, world_site, path):
    sheets = print_page(world_site + path)
    assert len(sheets) <= WORLD[path]
    assert f"Page 1 of {len(sheets)}" in sheets[0]


@pytest.mark.parametrize("path", REAL)
def test_a_page_of_the_real_graph_fits_its_sheets(print_page, real_address, path):
    assert len(print_page(real_address + path)) <= REAL[path]


def test_a_printed_pair_has_its_day_address_and_reports_and_no_controls(print_page, world_site):
    text = " ".join(print_page(f"{world_site}/pair/XAA/XBE"))
    assert "as of 1 June 2031" in text
    assert "/pair/XAA/XBE" in text
    assert "Harbour Wire, 10 Feb 2031, para" in text
    for words in ("All pairs", "Show", "Two-page brief", "How levels and days are counted"):
        assert words not in text


def test_tables_stay_tables_on_paper(browser, world_site):
    page = browser.new_page(viewport={"width": 680, "height": 960})
    page.emulate_media(media="print")
    page.goto(f"{world_site}/pair/XAA/XBE")
    shown = page.eval_on_selector_all("td", "cells => cells.map(c => getComputedStyle(c).display)")
    page.close()
    assert set(shown) == {"table-cell"}


def test_the_longest_events_of_the_invented_world_fit_three_sheets(print_page, world_site):
    with urlopen(f"{world_site}/engagements") as answer:
        paths = set(re.findall(r'href="(/page/event/[^"?#]+)', answer.read().decode()))
    assert len(paths) > 20
    longest = sorted(paths, key=lambda path: (-len(urlopen(world_site + path).read()), path))[:6]
    assert [path for path in longest if len(print_page(world_site + path)) > 3] == []
