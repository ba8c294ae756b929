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


def test_a_query_is_shared(read_from, world_site):
    """The engineer's: the link of an answer shows another reader the same rows."""
    from urllib.parse import urlencode

    query = "# Which visits are there?\nSELECT ?visit { ?visit a dg:Visit } ORDER BY ?visit"
    reader = read_from(world_site, permissions=["clipboard-read", "clipboard-write"])
    reader.page.goto(f"{world_site}/sparql?{urlencode({'query': query})}")
    reader.click(reader.page.get_by_role("button", name="Copy link"))
    reader.page.get_by_text("The link was copied.").wait_for()
    link = reader.page.evaluate("navigator.clipboard.readText()")
    assert len(link.removeprefix(world_site)) < 120
    cells = reader.page.get_by_role("cell").all_inner_texts()
    other = read_from(world_site)
    other.page.goto(link)
    assert cells
    assert other.page.get_by_role("cell").all_inner_texts() == cells
