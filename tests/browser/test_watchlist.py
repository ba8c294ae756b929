"""A list that the browser keeps, and what changed for it since the last visit."""

import json

import pytest

KEY = "diplograph.watchlist"
SECTION = "[data-watchlist]"


@pytest.fixture
def page(browser):
    """Yield a page whose messages and faults fail the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page, messages = context.new_page(), []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    yield page
    context.close()
    assert messages == []


def keep(page, address, items, seen):
    """Open a page with this list kept by an earlier visit."""
    page.goto(f"{address}/about")
    kept = json.dumps({"items": items, "seen": seen})
    page.evaluate("([key, kept]) => localStorage.setItem(key, kept)", [KEY, kept])


def test_a_thing_is_watched_and_no_longer_and_the_browser_remembers(page, world_site):
    page.goto(f"{world_site}/page/state/XAA")
    page.get_by_role("button", name="Watch", exact=True).click()
    assert page.get_by_text("Changes are listed on the start page.").is_visible()
    page.reload()
    button = page.get_by_role("button", name="Stop watching")
    assert button.get_attribute("aria-pressed") == "true"
    page.goto(f"{world_site}/")
    section = page.locator(SECTION)
    section.get_by_text("Watched from this visit on.").wait_for()
    assert section.get_by_text("Kept in this browser only.").is_visible()
    page.goto(f"{world_site}/page/state/XAA")
    page.get_by_role("button", name="Stop watching").click()
    page.goto(f"{world_site}/")
    assert page.locator(SECTION).is_hidden()


def test_a_pair_and_an_event_can_be_watched(page, world_site):
    page.goto(f"{world_site}/pair/XAA/XBE")
    page.get_by_role("button", name="Watch", exact=True).click()
    page.goto(f"{world_site}/page/event/belport-talks")
    page.get_by_role("button", name="Watch", exact=True).click()
    page.goto(f"{world_site}/changes")
    links = page.locator(f"{SECTION} h3 a")
    assert links.all_inner_texts() == ["Ardenia and Belmora", "ministers' talks in Belport"]
    assert "thing=state" in links.first.get_attribute("href")


def test_what_changed_since_the_last_visit_is_shown_and_stays_in_this_one(page, world_site):
    items = [{"thing": "person:bruno-kest", "label": "Bruno Kest"}]
    keep(page, world_site, items, {"day": "2031-03-29", "reports": []})
    for _ in range(2):
        page.goto(f"{world_site}/")
        section = page.locator(SECTION)
        section.get_by_text("scheduled → postponed").wait_for()
        assert "Tidewater Tribune" in section.inner_text()
        assert "Harbour Wire" not in section.inner_text()
        assert page.locator(".glance").get_by_text("new for your list").is_visible()
    kept = json.loads(page.evaluate("key => localStorage.getItem(key)", KEY))
    assert kept["seen"]["day"] == "2031-05-13"


def test_on_the_next_visit_it_is_no_longer_new(page, world_site):
    items = [{"thing": "person:bruno-kest", "label": "Bruno Kest"}]
    keep(page, world_site, items, {"day": "2031-05-13", "reports": []})
    page.goto(f"{world_site}/")
    page.locator(SECTION).get_by_text("Nothing new.").wait_for()


def test_the_list_is_passed_on_by_a_link_and_cleared(page, browser, world_site):
    keep(page, world_site, [{"thing": "state:XAA", "label": "Ardenia"}], None)
    page.goto(f"{world_site}/")
    link = page.get_by_role("link", name="Link to this list").get_attribute("href")
    page.get_by_role("button", name="Clear the list").click()
    assert page.locator(SECTION).is_hidden()
    context = browser.new_context()
    other = context.new_page()
    other.goto(link)
    assert "This link offers a list: Ardenia." in other.locator(SECTION).inner_text()
    other.get_by_role("button", name="Add to my list").click()
    other.locator(SECTION).get_by_text("Watched from this visit on.").wait_for()
    context.close()


def test_a_browser_that_keeps_nothing_says_so(page, world_site):
    page.add_init_script("Storage.prototype.setItem = () => { throw new Error('full') }")
    page.goto(f"{world_site}/page/state/XAA")
    page.get_by_role("button", name="Watch", exact=True).click()
    assert page.get_by_text("This browser does not let the site keep a list.").is_visible()
    assert page.get_by_role("button", name="Watch", exact=True).is_visible()


def test_a_text_that_is_no_list_is_none(page, world_site):
    page.goto(f"{world_site}/about")
    for kept in ("no JSON", '"text"', '{"items": [1, {"thing": 2}]}'):
        page.evaluate("([key, kept]) => localStorage.setItem(key, kept)", [KEY, kept])
        page.goto(f"{world_site}/")
        assert page.locator(SECTION).is_hidden()


def test_without_scripts_there_is_no_list_and_no_button(browser, world_site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{world_site}/page/state/XAA")
    assert page.get_by_text("Watch", exact=True).count() == 0
    page.goto(f"{world_site}/")
    assert page.locator(SECTION).is_hidden()
    context.close()
