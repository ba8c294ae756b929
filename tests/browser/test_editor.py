"""In a real browser: a query is written, completed, run and shared, and nobody is kept out."""

import json
import urllib.parse

import pytest

pytestmark = pytest.mark.usefixtures("editor")

QUERY = "SELECT ?city WHERE { ?city a <https://w3id.org/diplograph/ontology#City> }"
BROKEN = "SELECT ?x WHERE {\n  ?x a ?y ;;; ?z\n}"
CLASSES = "https://w3id.org/diplograph/ontology#"
FOCUS = "document.activeElement"


@pytest.fixture
def open_page(browser, world_address):
    """Return a function that opens a path; at the end no error and no other host is found."""
    opened = []

    def open_one(path="/sparql", scripts=True, kept=True, **options):
        context = browser.new_context(java_script_enabled=scripts, **options)
        if not kept:
            context.add_init_script(
                "Object.defineProperty(window, 'localStorage',"
                " { get() { throw new DOMException('no', 'SecurityError'); } });"
            )
        page = context.new_page()
        page.errors, page.loaded = [], []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("console", lambda said: page.errors.append(said.text) if is_error(said) else None)
        page.on("request", lambda request: page.loaded.append(request.url))
        opened.append((context, page))
        page.goto(world_address + path)
        return page

    yield open_one
    for context, page in opened:
        context.close()
        assert page.errors == []
        assert [url for url in page.loaded if not url.startswith(world_address)] == []


def is_error(said):
    """Return whether a message of the console is an error; a refusal's status is none."""
    return said.type in {"error", "warning"} and "status of 400" not in said.text


def path_of(query):
    return "/sparql?" + urllib.parse.urlencode({"query": query})


def field(page):
    """Return what a query is written in, found by its label."""
    return page.get_by_role("textbox", name="SPARQL query")


def text_of(page):
    return page.locator("textarea[name=query]").input_value()


def write(page, text):
    """Replace the query by `text`, typed."""
    field(page).focus()
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def options_of(page):
    page.locator(".cm-tooltip-autocomplete li").first.wait_for()
    return page.locator(".cm-tooltip-autocomplete li").all_inner_texts()


def complete(page, text):
    """Type `text` and take what is offered first."""
    page.keyboard.type(text)
    options_of(page)
    page.wait_for_timeout(150)  # what is offered at once is not taken: it was not read
    page.keyboard.press("Enter")


def look_at(page, axe):
    """Return what axe finds wrong with the page, each with the first place of it."""
    page.evaluate(axe)
    found = page.evaluate("axe.run()")
    assert found["passes"]
    return [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]]


# ---- by keyboard alone --------------------------------------------------------------------


def test_a_query_is_written_completed_run_and_shared_by_keyboard_alone(open_page):
    page = open_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # skip to content
    page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("SELECT ?place WHERE { ?place a ")
    complete(page, "dg:Cit")
    page.keyboard.type(" }")
    page.keyboard.press("Control+Enter")
    page.get_by_role("heading", name="Answer", level=1).wait_for()
    assert page.get_by_role("cell").count() > 0
    assert f"<{CLASSES}>" in text_of(page)
    while page.evaluate(f"{FOCUS}.textContent") != "Copy link":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("The link was copied.").wait_for()
    shared = page.evaluate("navigator.clipboard.readText()")
    answer = page.get_by_role("cell").all_inner_texts()
    page.goto(shared)
    assert page.get_by_role("cell").all_inner_texts() == answer


def test_tab_leaves_the_editor_and_shift_tab_comes_back(open_page):
    page = open_page()
    field(page).focus()
    page.keyboard.press("Tab")
    assert page.evaluate(f"{FOCUS}.id") == "format"
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(f"{FOCUS}.className").startswith("cm-content")
    assert page.get_by_text("Tab leaves the editor").is_visible()


def test_tab_leaves_the_editor_while_terms_are_offered(open_page):
    page = open_page()
    write(page, "SELECT * { ?x a dg:Mee")
    options_of(page)
    page.keyboard.press("Tab")
    assert page.evaluate(f"{FOCUS}.id") == "format"


# ---- completion ---------------------------------------------------------------------------


def test_a_term_is_offered_with_its_label_and_meaning(open_page):
    page = open_page()
    write(page, "SELECT * { ?x a dg:BilateralMee")
    assert "bilateral meeting" in options_of(page)[0]
    page.get_by_text("representatives of exactly two parties").wait_for()


def test_a_prefix_is_declared_once_when_a_term_needs_it(open_page):
    page = open_page()
    write(page, "SELECT * { ?x a ")
    complete(page, "City")
    page.keyboard.type(" ; ")
    complete(page, "dg:takesPlaceI")
    assert text_of(page).count("PREFIX dg:") == 1
    assert text_of(page).startswith(f"PREFIX dg: <{CLASSES}>\nSELECT")
    assert text_of(page).endswith("?x a dg:City ; dg:takesPlaceIn")


def test_a_known_prefix_that_is_typed_is_declared(open_page):
    page = open_page()
    write(page, "SELECT * { ?x rdfs:label ?label }")
    page.wait_for_function("document.querySelector('textarea').value.startsWith('PREFIX rdfs:')")
    assert text_of(page).endswith("SELECT * { ?x rdfs:label ?label }")


def test_nothing_is_offered_in_a_comment(open_page):
    page = open_page()
    write(page, "# dg:Meeting")
    page.wait_for_timeout(300)
    assert page.locator(".cm-tooltip-autocomplete").count() == 0


# ---- mistakes -----------------------------------------------------------------------------


def test_a_mistake_is_marked_at_its_place_and_told(open_page):
    page = open_page(path_of(BROKEN))
    line = page.locator(".cm-line", has=page.locator(".cm-lintRange-error"))
    assert line.all_inner_texts() == [BROKEN.split("\n")[1]]
    said = page.locator("form.query [role=status]").inner_text()
    assert "Line 2" in said
    assert field(page).get_attribute("aria-invalid") == "true"
    assert text_of(page) == BROKEN


def test_a_mistake_is_gone_to_by_a_button(open_page):
    page = open_page(path_of(BROKEN))
    page.get_by_role("button", name="Go to line 2").press("Enter")
    assert page.evaluate(f"{FOCUS}.className").startswith("cm-content")


# ---- running and what is kept -------------------------------------------------------------


def test_an_empty_query_is_not_sent(open_page):
    page = open_page()
    field(page).focus()
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.press("Control+Enter")
    assert "Write a query first." in page.locator("form.query [role=status]").inner_text()
    assert page.url.endswith("/sparql")


def test_a_query_too_long_for_an_address_is_posted_and_says_so(open_page):
    page = open_page()
    page.evaluate(
        "text => { const view = document.querySelector('.cm-content').cmTile.view;"
        " view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }); }",
        f"{QUERY} # {'x' * 9000}",
    )
    page.get_by_role("button", name="Run query").click()
    page.get_by_text("too long for an address").wait_for()
    assert page.url.endswith("/sparql")
    assert page.get_by_role("cell").count() > 0


def test_recent_queries_are_kept_newest_first_and_can_be_cleared(open_page):
    page = open_page()
    assert not page.locator("#recent").is_visible()
    for query in (QUERY, "ASK { ?s ?p ?o }", QUERY):
        write(page, query)
        page.keyboard.press("Escape")
        page.keyboard.press("Control+Enter")
        page.get_by_role("heading", name="Answer", level=1).wait_for()
        page.goto(page.url.partition("?")[0])
    page.locator("#recent summary").click()
    kept = page.locator("#recent ol button")
    assert kept.all_inner_texts() == [QUERY, "ASK { ?s ?p ?o }"]
    kept.nth(1).click()
    assert text_of(page) == "ASK { ?s ?p ?o }"
    page.get_by_role("button", name="Clear recent queries").click()
    assert not page.locator("#recent").is_visible()
    assert json.loads(page.evaluate("localStorage['diplograph.queries']")) == []


def test_a_browser_that_keeps_nothing_runs_queries_all_the_same(open_page):
    page = open_page(kept=False)
    write(page, QUERY)
    page.keyboard.press("Control+Enter")
    page.get_by_role("heading", name="Answer", level=1).wait_for()
    assert page.get_by_role("cell").count() > 0


def test_a_prefix_of_the_list_is_put_into_the_query(open_page):
    page = open_page()
    page.get_by_text("Prefixes (").click()
    page.get_by_role("button", name="Insert prefix prov").click()
    assert "PREFIX prov: <http://www.w3.org/ns/prov#>" in text_of(page)


def test_without_scripts_a_query_is_asked_and_its_answer_linked_and_downloaded(open_page):
    page = open_page(scripts=False)
    page.get_by_label("SPARQL query").fill(QUERY)
    page.get_by_role("button", name="Run query").click()
    answer = page.get_by_role("cell").all_inner_texts()
    assert answer
    assert page.get_by_role("link", name="CSV").is_visible()
    page.get_by_role("link", name="Link to this answer").click()
    assert page.get_by_role("cell").all_inner_texts() == answer


# ---- while typing -------------------------------------------------------------------------


def test_a_misspelt_class_is_marked_while_typing_and_put_right_by_one_click(open_page):
    page = open_page()
    with page.expect_response(lambda answer: answer.url.endswith("/check.json")):
        write(page, "SELECT * { ?x a dg:Vist }")
        page.keyboard.press("Escape")
    mark = page.locator(".cm-lintRange-warning")
    mark.wait_for()
    assert mark.inner_text() == "dg:Vist"
    mark.hover()
    page.get_by_role("button", name="Use dg:Visit").click()
    assert text_of(page).endswith("SELECT * { ?x a dg:Visit }")


def test_a_syntax_error_is_marked_while_typing_with_one_request_a_pause(open_page):
    page = open_page()
    with page.expect_response(lambda answer: answer.url.endswith("/check.json")):
        write(page, "SELECT * { ?x a ?y ")
        page.keyboard.press("Escape")
    page.locator(".cm-lintRange-error").wait_for()
    assert len([url for url in page.loaded if url.endswith("/check.json")]) <= 2


def test_changing_the_query_focuses_the_editor(open_page):
    page = open_page(path_of(QUERY))
    page.get_by_role("link", name="Change the query").click()
    page.keyboard.press("Control+Home")
    page.keyboard.type("# Where?\n")
    assert text_of(page).startswith("# Where?\n")


def test_after_an_error_one_types_at_the_mistake(open_page):
    page = open_page(path_of(BROKEN))
    assert page.evaluate(f"{FOCUS}.className").startswith("cm-content")
    page.keyboard.type("X")
    assert text_of(page).split("\n")[1].lstrip().index("X") > 0


def test_every_keyword_has_its_colour(open_page):
    page = open_page()
    words = "FILTER NOT EXISTS MINUS VALUES UNDEF BIND SERVICE SILENT GRAPH HAVING".split()
    write(page, " ".join(words) + " dg:exists")
    page.keyboard.press("Escape")
    page.locator(".cm-line", has_text="PREFIX dg:").wait_for()
    colour = "each => getComputedStyle(each).color + getComputedStyle(each).fontWeight"
    spans = page.locator(".cm-line span").filter(has_not_text="dg:").all()
    shown = {span.inner_text(): span.evaluate(colour) for span in spans}
    assert {shown[word] for word in words if word in shown} == {shown["FILTER"]}
    assert set(words) <= shown.keys()


@pytest.mark.parametrize(
    ("before", "kind"),
    [
        ("SELECT * { ?x a dg:M", "class"),
        ("SELECT * { ?x dg:h", "property"),
        ("SELECT * { ?x a dg:Visit ; dg:h", "property"),
    ],
)
def test_only_what_fits_the_place_is_offered(open_page, before, kind):
    page = open_page()
    write(page, before)
    options_of(page)
    page.wait_for_timeout(400)  # what an earlier letter offered goes
    offered = options_of(page)
    classes = [option for option in offered if option.partition(":")[2][:1].isupper()]
    assert classes == (offered if kind == "class" else [])


# ---- the rows of an answer ----------------------------------------------------------------

NUMBERS = 'SELECT ?word ?n { VALUES (?word ?n) { ("ten" 10) ("two" 2) ("nine" 9) } }'


def test_rows_are_sorted_by_the_head_of_a_column(open_page):
    page = open_page(path_of(NUMBERS))
    page.get_by_role("button", name="N", exact=True).click()
    column = page.locator("table.results td:nth-child(2)")
    assert column.all_inner_texts() == ["2", "9", "10"]
    assert page.locator("th[aria-sort=ascending]").inner_text().startswith("N")
    page.get_by_role("button", name="N", exact=True).press("Enter")
    assert column.all_inner_texts() == ["10", "9", "2"]


def test_rows_are_filtered_and_counted(open_page):
    page = open_page(path_of(NUMBERS))
    page.get_by_label("Filter these rows").fill("t")
    assert page.locator("table.results tbody tr:visible").count() == 2
    page.get_by_text("2 of 3 rows match.").wait_for()


def test_numbers_are_drawn_above_their_table(open_page):
    page = open_page(path_of(NUMBERS), scripts=False)
    page.locator("summary", has_text="Chart: N by word").click()
    bars = page.locator(".chart.wide .bar").all()
    widths = [float(bar.get_attribute("width")) for bar in bars]
    assert sorted(widths) == [widths[1], widths[2], widths[0]]
    assert page.get_by_role("cell").count() == 6


def test_the_time_that_a_query_took_is_said(open_page):
    page = open_page(path_of(NUMBERS))
    page.get_by_text("The query took").wait_for()


# ---- for everyone -------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/sparql", path_of(QUERY), path_of(BROKEN)])
def test_axe_finds_nothing_that_keeps_people_out(open_page, axe, path, scheme):
    page = open_page(path, color_scheme=scheme)
    for summary in page.locator("summary:visible").all():
        summary.click()
    assert look_at(page, axe) == []


def test_axe_finds_nothing_while_terms_are_offered(open_page, axe):
    page = open_page()
    write(page, "SELECT * { ?x a dg:Mee")
    options_of(page)
    assert look_at(page, axe) == []


@pytest.mark.parametrize("path", ["/sparql", path_of(QUERY), path_of(BROKEN)])
def test_the_editor_fits_a_narrow_screen(open_page, path):
    page = open_page(path, viewport={"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_dark_is_dark_in_the_editor(open_page):
    shade = "getComputedStyle(document.querySelector('.cm-editor')).backgroundColor.match(/\\d+/g)"
    assert max(map(int, open_page(color_scheme="dark").evaluate(shade)[:3])) < 60
    assert min(map(int, open_page(color_scheme="light").evaluate(shade)[:3])) > 200


def test_the_page_with_all_it_loads_is_under_600_kilobytes(open_page):
    page = open_page()
    write(page, "SELECT * { ?x a dg:Mee")
    options_of(page)
    sizes = page.evaluate(
        "[performance.getEntriesByType('navigation'), performance.getEntriesByType('resource')]"
        ".flat().map(each => [each.name, each.decodedBodySize])"
    )
    assert any(name.endswith("/terms.json") for name, _ in sizes)
    assert sum(size for _, size in sizes) < 600_000
