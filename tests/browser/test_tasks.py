"""Ten tasks of an analyst, an editor and an engineer: at most two clicks and one typed field.

Each begins on the start page. A task counts its own clicks; an answer on the page costs none.
"""

import pytest

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


def test_when_is_putins_visit_and_how_sure_are_they(read_from, real_address):
    reader = read_from(real_address)
    rows = reader.page.locator(".rows li")
    text = rows.filter(has_text="Putin's visit to India in December 2025").first.inner_text()
    assert "5 to 6 December 2025" in text
    assert "likely" in text
    assert "para" in text
    assert (reader.clicks, reader.fields) == (0, 0)


def test_what_changed_since_a_day(read_from, world_site):
    reader = read_from(world_site)
    reader.click(reader.page.get_by_role("link", name="Changes", exact=True))
    reader.type(reader.page.get_by_label("Since", exact=True), "2031-05-01")
    text = reader.text()
    assert "1 report received since 1 May 2031" in text
    assert "fourth summit of the Lantern League: scheduled → held" in text
    assert "Corvia Courier" not in text


def test_which_facts_rest_on_hearsay_only(read_from, real_address):
    reader = read_from(real_address)
    reader.click(reader.page.get_by_role("link", name="Open issues", exact=True))
    section = reader.page.locator("section[aria-labelledby=hearsay]").inner_text()
    assert "At least 44 Indian nationals in the Russian Army" in section
    assert "reportedly" in section
    assert "engagement" not in section.lower()
