"""Every fact is in a table, in a row for each passage that says it, with how sure that is."""

import csv
import io
import zipfile
from datetime import date, datetime

import openpyxl
import pyoxigraph as ox
import pytest

from diplograph.core.names import FACT, TYPE, expand
from diplograph.store.engine import LocalEngine
from diplograph.views.fact_tables import SHEETS, TABLE_NAMES, FactTables
from diplograph.views.query import QueryRunner
from diplograph.views.tables import write_csv, write_workbook, write_zip

DAY = date(2032, 6, 1)


@pytest.fixture(scope="module")
def tables(world_store):
    return FactTables(QueryRunner(LocalEngine(world_store)), DAY, "page:{}".format)


@pytest.fixture(scope="module")
def body(tables):
    return write_workbook((table for _, table in tables.make_all()), "Facts")


@pytest.fixture(scope="module")
def book(body):
    return openpyxl.load_workbook(io.BytesIO(body))


def read_rows(sheet):
    """Return the rows of a sheet by its heads; the second of two equal heads wins."""
    head, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def find_rows(book, title, iri):
    return [row for row in read_rows(book[title]) if row["IRI"] == expand(iri)]


def test_each_table_has_a_sheet_with_a_filter_a_frozen_head_and_a_page_width(book):
    assert book.sheetnames == ["Engagements", *(plan.title for plan in SHEETS.values())]
    for sheet in book:
        assert sheet.max_row > 1
        assert sheet.auto_filter.ref == sheet.dimensions
        assert sheet.freeze_panes == "B2"
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.page_setup.orientation == "landscape"
        widths = [dimension.width for dimension in sheet.column_dimensions.values()]
        assert all(8 < width < 60 for width in widths)


def test_days_are_days_and_numbers_are_numbers(book):
    rows = find_rows(book, "Dates", "date-estimate:belport-talks")
    for end in ("First possible day", "Last possible day"):
        assert {row[end] for row in rows} == {datetime(2031, 3, 10)}
    assert datetime(2031, 2, 10) in {row["Published"] for row in rows}
    (row,) = find_rows(book, "Quantities", "quantity-estimate:deckhands-at-least-12")
    assert (row["At least"], row["At most"], row["Paragraph"]) == (12, None, 5)
    reports = {row["Report"]: row for row in read_rows(book["Sources"])}
    assert reports["Harbour Wire on the Belport talks"]["Published day"] == datetime(2031, 2, 10)


def test_a_row_says_how_sure_its_report_is_and_on_what_it_rests(book):
    (row,) = find_rows(book, "Quantities", "quantity-estimate:deckhands-at-least-12")
    assert (row["How sure"], row["Based on"]) == ("stated as fact", "based on hearsay")
    assert (row["Report's own words"], row["Reading"]) == ("are said to be", "in force")
    assert row["Report"] == "Harbour Wire on the Belport talks"


def test_a_corrected_reading_and_a_denial_are_marked(book):
    (corrected,) = find_rows(book, "Dates", "date-estimate:ostrel-officials-february")
    assert corrected["Reading"] == "corrected since"
    readings = [row["Reading"] for row in find_rows(book, "Other facts", "event:kest-visit-corvia")]
    assert readings == ["denies it"]


def test_every_fact_and_every_reading_has_a_row_with_its_source(book, world_store):
    rows = [
        row
        for title in (plan.title for plan in SHEETS.values() if plan.readings)
        for row in read_rows(book[title])
    ]
    a, fact = ox.NamedNode(TYPE), ox.NamedNode(FACT)
    assert {row["IRI"] for row in rows} == {
        quad.subject.value for quad in world_store.match(None, a, fact)
    }
    assert all(row["Report"] and row["Paragraph"] and row["How sure"] for row in rows)
    assert {row["Page"] for row in rows} >= {expand("event:kest-visit-corvia")}
    (engagement,) = find_rows(book, "Engagements", "event:belport-talks")
    assert engagement["Page"] == f"page:{expand('event:belport-talks')}"
    assert "paragraph 1: stated as fact" in engagement["Sources"]


def test_what_no_report_tells_of_by_the_day_is_not_there(world_store):
    early = FactTables(QueryRunner(LocalEngine(world_store)), date(2031, 2, 12))
    shown = {row[-2] for row in early.make("dates").rows}
    assert expand("date-estimate:belport-talks") in shown
    assert len(shown) < len({row[-2] for row in FactTables(early.runner, DAY).make("dates").rows})


def test_the_zip_holds_the_same_tables_as_csv(tables):
    archive = zipfile.ZipFile(io.BytesIO(write_zip(tables.make_all())))
    assert archive.namelist() == [f"{name}.csv" for name in TABLE_NAMES]
    for name in ("dates", "sources"):
        body = archive.read(f"{name}.csv")
        assert body == write_csv(tables.make(name))
        head, *rows = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""))
        assert head == tables.make(name).heads
        assert rows
        assert {len(row) for row in rows} == {len(head)}


def test_the_same_facts_give_the_same_bytes(tables, body):
    assert write_workbook((table for _, table in tables.make_all()), "Facts") == body
