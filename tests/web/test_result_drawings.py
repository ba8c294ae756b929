"""Drawings of an answer are those of other pages: bars, a timeline, and a map with counts."""

from types import SimpleNamespace

from diplograph.core.names import ROOT
from diplograph.web.result_drawings import draw_result
from diplograph.web.result_table import Cell, ResultTable

CITIES = {name: f"{ROOT}id/city/{name}" for name in ("Northport", "Southport")}
NOWHERE = SimpleNamespace(rows=lambda text: [])


def draw(rows, asking=NOWHERE):
    return draw_result(ResultTable(("Name", "Value"), tuple(rows), len(rows)), asking)


def links_of(drawing):
    return [mark.link for mark in drawing.wide.marks if mark.link]


def test_numbers_are_bars_as_long_as_they_are():
    (drawing,) = draw(
        [(Cell("two"), Cell("2", number=True)), (Cell("four"), Cell("4", number=True))]
    )
    short, long = (
        shape.attributes["width"]
        for mark in drawing.wide.marks
        for shape in mark.shapes
        if shape.style == "bar"
    )
    assert drawing.title == "Chart: Value by name"
    assert long == 2 * short


def test_dates_are_on_an_axis_without_a_day_for_today():
    rows = [
        (Cell("Talks", CITIES["Northport"]), Cell("2031-02-03")),
        (Cell("Visit"), Cell("2031-03~")),
        (Cell("Undated"), Cell("")),
    ]
    (drawing,) = draw(rows)
    styles = [mark.style for mark in drawing.wide.marks]
    assert styles.count("row plain") == 2
    assert "as-of" not in styles
    assert [link.label for link in links_of(drawing)] == ["Talks"]
    keys = [mark.words[0].text for mark in drawing.wide.marks if mark.style == "key"]
    assert keys == ["on that day", "approximate"]


def test_of_many_dates_the_first_are_drawn_and_the_others_counted():
    rows = [(Cell(f"Talks {n}"), Cell(f"2031-{n % 12 + 1:02}-05")) for n in range(50)]
    (drawing,) = draw(rows)
    assert drawing.notes == (
        "Shown by name: 12 on a narrow screen, 30 of 50 with a date, the first ones.",
    )


def test_places_are_marks_with_the_number_of_their_rows_that_lead_to_them():
    coordinates = [
        {"place": iri, "latitude": "10", "longitude": str(20 * number)}
        for number, iri in enumerate(CITIES.values())
    ]
    rows = [(Cell(name, CITIES[name]), Cell("x")) for name in ("Northport", *CITIES)]
    (drawing,) = draw(rows, SimpleNamespace(rows=lambda text: coordinates))
    titles = {mark.title for mark in drawing.wide.marks if mark.style == "place"}
    assert titles == {"Northport: 2 rows", "Southport: 1 row"}
    assert {link.iri for link in links_of(drawing)} == set(CITIES.values())


def test_rows_of_one_name_are_told_apart_by_what_follows():
    rows = [(Cell("Corvo"), Cell(text), Cell("2", number=True)) for text in ("held", "planned")]
    (drawing,) = draw_result(ResultTable(("Party", "Status", "Number"), tuple(rows), 2), NOWHERE)
    assert drawing.title == "Chart: Number by party, status"
    assert [mark.title for mark in drawing.wide.marks] == ["Corvo, held: 2", "Corvo, planned: 2"]


def test_one_row_is_not_drawn():
    assert draw([(Cell("two"), Cell("2", number=True))]) == ()
