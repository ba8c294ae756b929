"""Ten tasks of an analyst, an editor and an engineer: at most two clicks and one typed field.

Each begins on the start page. A task counts its own clicks; an answer on the page costs none.
"""

import io
import re
from datetime import date, datetime

import openpyxl
import pytest
from icalendar import Calendar
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


# ---- finding --------------------------------------------------------------------------------


def main_search(reader):
    """Return the field of the search on the page."""
    return reader.page.locator("form[role=search] input[name=q]").first


@pytest.mark.parametrize("scripts", [True, False])
def test_all_meetings_of_a_person_in_a_year(real_address, read_from, scripts):
    reader = read_from(real_address, java_script_enabled=scripts)
    reader.type(main_search(reader), "Jaishankar")
    reader.click(reader.page.get_by_role("link", name="Engagements of S. Jaishankar"))
    assert "5 engagements" in reader.text()
    # All are of one year, so that there is no other to leave out.
    when = reader.page.locator("td[data-label=When]").all_inner_texts()
    assert len(when) == 5
    assert all("2025" in text for text in when)
    assert "stay in Moscow for the SCO heads of government" in reader.text()
    assert "Discussions during Jaishankar's visit to Russia in August 2025" in reader.text()


def test_a_name_is_found_with_the_keyboard_alone(real_address, read_from):
    page = read_from(real_address).page
    page.keyboard.press("/")
    page.keyboard.type("lavr")
    page.wait_for_selector("[role=option]:visible")
    field = page.locator("input:focus")
    assert field.get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    chosen = page.locator(f"#{field.get_attribute('aria-activedescendant')}")
    assert chosen.get_attribute("aria-selected") == "true"
    assert "Sergey Lavrov" in chosen.inner_text()
    page.keyboard.press("Escape")
    assert field.get_attribute("aria-expanded") == "false"
    assert field.input_value() == "lavr"
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("[role=option]:visible")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/page/person/sergey-lavrov")


def test_a_filter_completes_names_and_keeps_those_before_the_comma(real_address, read_from):
    page = read_from(real_address).page
    page.goto(real_address + "/engagements")
    field = page.get_by_label("State or person")
    field.press_sequentially("Russia, jaish")
    page.get_by_role("option", name="S. Jaishankar").click()
    assert field.input_value() == "Russia, S. Jaishankar"
    field.press("Enter")
    page.wait_for_url("**actor=Russia*")
    assert "Russia or S. Jaishankar" in page.locator(".chips").inner_text()


def test_a_wrong_filter_is_led_to_from_the_summary(world_site, read_from):
    page = read_from(world_site).page
    page.goto(world_site + "/engagements?actor=Roth")
    page.get_by_role("link", name="Several have the name “Roth”.").click()
    assert page.locator("input:focus").input_value() == "Roth"
    page.locator(".error-summary").get_by_role("link", name="Ilva Roth").click()
    assert "engagements" in page.locator(".chosen").inner_text()


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


# ---- nothing loses its doubt on the way out -------------------------------------------------


def download(reader, name):
    """Return the bytes of the file that the link of that name leads to."""
    with reader.page.expect_download() as info:
        reader.click(reader.page.get_by_role("link", name=name, exact=True))
    return info.value.path().read_bytes()


def test_what_is_on_from_november_goes_to_my_calendar_with_its_sources(read_from, real_address):
    reader = read_from(real_address)
    reader.click(reader.page.get_by_role("link", name="Engagements", exact=True).first)
    reader.type(reader.page.locator("input[name=from]"), "2025-11-01")
    reader.page.wait_for_url("**from=2025-11-01**")
    events = {
        str(event["uid"]).rpartition("/")[2]: event
        for event in Calendar.from_ical(download(reader, "calendar (ICS)")).walk("VEVENT")
    }
    talks = events["moscow-talks-2025-11"]
    assert talks["dtstart"].dt == date(2025, 11, 17)
    assert "paragraph 1: stated as planned (“will be held”)" in str(talks["description"])
    assert str(talks["url"]) == f"{real_address}/page/event/moscow-talks-2025-11"
    visit = events["putin-india-visit-2025-12"]
    assert (str(visit["status"]), visit["summary"][-16:]) == ("TENTATIVE", "(date uncertain)")
    assert "Date: likely around 5 to 6 December 2025" in str(visit["description"])
    assert "putin-india-visit-2021" not in events


def test_a_fact_is_cited_with_its_doubt(read_from, real_address):
    reader = read_from(real_address)
    reader.type(reader.page.locator("input[name=q]").first, "44 Indians")
    results = reader.page.locator("main")
    reader.click(results.get_by_role("link", name="At least 44 Indian nationals").first)
    if "/fact/" not in reader.page.url:
        reader.click(reader.page.locator("main a[href*='/fact/quantity-estimate/']").first)
    citation = reader.page.locator("#citation").inner_text()
    assert "at least 44 persons" in citation
    assert "[stated as fact (“reportedly”), but based on hearsay]" in citation
    assert "paragraph 9" in citation
    assert not re.search("[0-9a-f]{13}", citation)


def test_everything_goes_into_a_workbook_with_its_sources(read_from, real_address):
    reader = read_from(real_address)
    reader.click(reader.page.get_by_role("link", name="Downloads").first)
    book = openpyxl.load_workbook(io.BytesIO(download(reader, "Workbook (XLSX)")))
    assert {"Engagements", "Participants", "Dates", "Statements", "Agenda", "Sources"} <= set(
        book.sheetnames
    )
    facts = sum(sheet.max_row - 1 for sheet in book)
    assert facts > 100
    head, *rows = book["Dates"].iter_rows(values_only=True)
    visit = next(dict(zip(head, row, strict=True)) for row in rows if "likely around" in row)
    assert visit["First possible day"] == datetime(2025, 12, 5)
    assert (visit["Paragraph"], visit["How sure"]) == (6, "stated as likely")
