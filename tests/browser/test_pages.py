"""In a real browser: pages work without script, on a narrow screen, in the dark, by keyboard."""

import pytest

from diplograph.web.static_site import write_site

QUERY = "SELECT ?city { ?city a <https://w3id.org/diplograph/ontology#City> }"
PATHS = ["/", "/questions/meetings", "/sparql", "/sparql?query=SELECT%20%2A%20%7B", "/nowhere"]
WIDTHS = [320, 700, 1280]

# The contrast of every visible text with what lies behind it, by WCAG 2.1, 1.4.3.
CONTRASTS = """() => {
  const parse = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = node => {
    for (; node; node = node.parentElement) {
      const colour = parse(getComputedStyle(node).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || !node.offsetParent) continue;
    const [a, b] = [parse(getComputedStyle(node).color), behind(node)].map(light);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    found.push([node.tagName, node.textContent.trim().slice(0, 30), ratio]);
  }
  return found;
}"""


@pytest.fixture
def open_page(browser, address):
    """Return a function that opens a path in a context without script; loads are recorded."""
    contexts = []

    def open_one(path, width=1280, scheme="light", script=False):
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            java_script_enabled=script,
        )
        contexts.append(context)
        page = context.new_page()
        page.loaded = []
        page.on("request", lambda request: page.loaded.append(request.url))
        page.goto(address + path)
        return page

    yield open_one
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", PATHS)
def test_no_page_scrolls_sideways(open_page, path, width):
    page = open_page(path, width, script=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_every_text_stands_out_from_what_is_behind_it(open_page, path, scheme):
    contrasts = open_page(path, scheme=scheme, script=True).evaluate(CONTRASTS)
    assert len(contrasts) > 5
    assert [each for each in contrasts if each[2] < 4.5] == []


def test_dark_is_dark_and_light_is_light(open_page):
    background = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
    assert max(open_page("/", scheme="dark", script=True).evaluate(background)) < 60
    assert min(open_page("/", scheme="light", script=True).evaluate(background)) > 200


@pytest.mark.parametrize("path", PATHS)
def test_a_page_loads_nothing_from_elsewhere(open_page, address, path):
    page = open_page(path)
    assert page.loaded
    assert [url for url in page.loaded if not url.startswith(address)] == []


def test_a_query_is_asked_and_answered_without_script(open_page):
    page = open_page("/sparql")
    page.get_by_label("SPARQL query").fill(QUERY)
    page.get_by_role("button", name="Run query").click()
    assert page.get_by_role("cell").all_inner_texts() == ["Corvo\ncity:corvo"]
    assert page.get_by_label("SPARQL query").input_value() == QUERY


def test_a_query_is_asked_with_the_keyboard_alone(open_page):
    page = open_page("/sparql")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # skip to content
    page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type(QUERY)
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sparql?*")
    assert page.get_by_role("cell").count() == 1


def test_what_has_the_focus_shows_it(open_page):
    page = open_page("/", script=True)
    for _ in range(6):
        page.keyboard.press("Tab")
        style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert style != "none"


def test_a_mistake_in_a_query_is_marked_and_the_query_kept(open_page):
    page = open_page("/sparql")
    page.get_by_label("SPARQL query").fill("SELECT * {\n  ?s ?p\n}")
    page.get_by_role("button", name="Run query").click()
    assert "^" in page.locator("pre").inner_text()
    assert page.get_by_label("SPARQL query").input_value() == "SELECT * {\n  ?s ?p\n}"


def test_a_narrow_table_names_its_columns_beside_its_values(open_page):
    page = open_page("/questions/meetings", 320, script=True)
    cell = page.get_by_role("cell").nth(1)
    shown = cell.evaluate("node => getComputedStyle(node, '::before').content")
    assert shown == '"Place"'


def test_a_question_is_varied_by_its_parameter(open_page):
    page = open_page("/questions/meetings")
    page.get_by_label("Place", exact=True).fill("city:elsewhere")
    page.get_by_role("button", name="Answer").click()
    assert page.get_by_text("No results: nothing in the graph matches.").is_visible()


def test_print_leaves_the_forms_out(open_page):
    page = open_page("/questions/meetings", script=True)
    page.emulate_media(media="print")
    assert not page.get_by_label("SPARQL query").is_visible()
    assert page.get_by_role("table").is_visible()


def test_the_menu_opens_on_a_narrow_screen_without_scripts(open_page):
    page = open_page("/questions/meetings", 390)
    menu = page.get_by_role("navigation", name="Site")
    assert not menu.is_visible()
    page.get_by_role("button", name="Menu").click()
    menu.get_by_role("link", name="Questions").click()
    assert page.get_by_role("heading", level=1).is_visible()
    assert page.url.endswith("/questions")


def test_the_menu_stands_open_on_a_wide_screen(open_page):
    page = open_page("/questions/meetings")
    assert page.get_by_role("navigation", name="Site").is_visible()
    assert not page.get_by_role("button", name="Menu").is_visible()


def test_the_three_levels_of_headings_differ_in_size(open_page):
    page = open_page("/about", 1280)
    sizes = [
        page.locator(name).first.evaluate("node => parseFloat(getComputedStyle(node).fontSize)")
        for name in ("h1", "h2", "main p")
    ]
    assert sizes[0] > 1.4 * sizes[1] > 1.4 * 1.2 * sizes[2]


def test_a_copy_finds_a_name_as_it_is_typed_without_a_server(browser, small_store, tmp_path):
    write_site(small_store, tmp_path / "copy", as_of="2031-06-01")
    page = browser.new_page()
    page.goto((tmp_path / "copy" / "find.html").as_uri())
    shown = page.locator(".names li:visible")
    everything = shown.count()
    page.get_by_label("Search people, states").fill("corv")
    assert 0 < shown.count() < everything
    assert page.get_by_role("status").inner_text() == f"{shown.count()} found."
    page.close()
