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


def test_who_said_that_44_indians_serve_and_how_sure_is_found_by_search(read_from, real_address):
    reader = read_from(real_address)
    reader.type(reader.page.locator("input[name=q]").first, "44 Indian nationals")
    reader.click(reader.page.locator("main a", has_text="At least 44 Indian nationals").first)
    reader.click(reader.page.locator("main a", has_text="All sources side by side").first)
    assert "/fact/quantity-estimate/indian-nationals-in-russian-army" in reader.page.url
    shown = reader.text()
    assert "Moscow talks report, para. 9" in shown
    assert "How sure: stated as fact (“reportedly”), but based on hearsay." in shown
    assert "Our paraphrase: India has raised the case of at least 44 of its nationals" in shown
