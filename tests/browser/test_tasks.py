"""Ten tasks of an analyst, an editor and an engineer: at most two clicks and one typed field.

Each begins on the start page. A task counts its own clicks; an answer on the page costs none.
"""

import io

import pytest
from pypdf import PdfReader

CLICKS, FIELDS = 2, 1


class Reader:
    """A reader in a browser, whose clicks and typed fields are counted and bounded."""

    def __init__(self, page, address):
        self.page, self.clicks, self.fields = page, 0, 0
        page.goto(address + "/")

    def click(self, locator):
        """Click what the locator finds; a fault beyond the bound."""
        self.clicks += 1
        assert self.clicks <= CLICKS
        locator.click()

    def type(self, locator, text):
        """Type a text into the field and press Enter, which counts as no click."""
        self.fields += 1
        assert self.fields <= FIELDS
        locator.fill(text)
        locator.press("Enter")

    def text(self):
        """Return what the page shows."""
        return self.page.locator("main").inner_text()


@pytest.fixture
def read_from(browser):
    """Return a function that opens the start page of an address for a reader."""
    contexts = []

    def start(address, **options):
        context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)
        contexts.append(context)
        return Reader(context.new_page(), address)

    yield start
    for context in contexts:
        context.close()


def test_a_brief_of_a_pair_is_found_and_takes_two_pages(read_from, world_site):
    reader = read_from(world_site)
    reader.type(reader.page.locator("#find"), "ardenia belmora")
    reader.click(reader.page.locator("main").get_by_role("link", name="Ardenia and Belmora").first)
    reader.click(reader.page.get_by_role("link", name="Two-page brief"))
    text = reader.text()
    assert "As of 1 June 2031 · 6 reports" in text
    assert "No report says what happened." in text
    body = reader.page.pdf(format="A4", prefer_css_page_size=True)
    assert len(PdfReader(io.BytesIO(body)).pages) <= 2
