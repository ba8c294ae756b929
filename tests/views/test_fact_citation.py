"""A fact is cited with its build, reports and passages, and nothing that nobody knows."""

import json
import re
from datetime import date

import pytest

from diplograph.core.names import PREFIXES
from diplograph.store.engine import LocalEngine
from diplograph.views.fact import Citation, cite, read_fact, write_bibtex, write_citation, write_csl
from diplograph.views.query import QueryRunner

ESTIMATE = "https://w3id.org/diplograph/id/date-estimate/putin-visit-5-6-december"
BUILD = "b" * 64
AWKWARD = r'100% of {a}_b & $c #1 ~ ^ \end "é" שלום }{'


@pytest.fixture(scope="module")
def citation(real_store):
    return cite(read_fact(QueryRunner(LocalEngine(real_store)), ESTIMATE), BUILD)


def plain(title):
    return Citation(ESTIMATE, title, "date estimate", BUILD, ())


def read_bibtex(text):
    """Return the entries of a BibTeX text as (type, key, fields); raises ValueError for any slip.

    Strict: entries of lines, fields in balanced braces, special characters escaped.
    """
    entries = []
    for block in text.strip().split("\n\n"):
        head, *lines, last = block.split("\n")
        opened = re.fullmatch(r"@(\w+)\{([A-Za-z0-9-]+),", head)
        if not opened or last != "}":
            raise ValueError(block)
        fields = {}
        for line in lines:
            name, value = re.fullmatch(r"  (\w+) = \{(.*)\},", line).groups()
            if value.count("{") != value.count("}"):
                raise ValueError(f"unbalanced: {line}")
            if name != "url" and re.search(r"(?<!\\)[&%$#_^~]", value):
                raise ValueError(f"not escaped: {line}")
            fields[name] = value
        entries.append((*opened.groups(), fields))
    return entries


def test_plain_text_names_build_address_report_and_passage(citation):
    text = write_citation(citation)
    for part in (BUILD, ESTIMATE, "paragraph 6", "characters 1231-1358", "publisher not known"):
        assert part in text


def test_bibtex_has_an_entry_for_the_fact_and_one_for_each_report(citation):
    fact, report = read_bibtex(write_bibtex(citation))
    assert fact[:2] == ("misc", "diplograph-date-estimate-putin-visit-5-6-december")
    assert fact[2]["url"] == ESTIMATE
    assert report[2]["url"] == f"{PREFIXES['report']}moscow-talks"
    assert report[2]["title"].startswith("{[")


def test_csl_json_has_the_same_items(citation):
    fact, report = json.loads(write_csl(citation))
    assert {"id", "type", "title"} <= fact.keys() & report.keys()
    assert fact["URL"] == ESTIMATE
    assert fact["version"] == BUILD
    assert "paragraph 6" in report["note"]


def test_no_author_date_or_publisher_is_made_up(citation):
    for item in json.loads(write_csl(citation)):
        assert not {"author", "issued", "accessed"} & item.keys()
    for _, _, fields in read_bibtex(write_bibtex(citation)):
        assert not {"author", "year", "date", "urldate"} & fields.keys()
    assert "publisher" not in json.loads(write_csl(citation))[1]


def test_a_day_is_there_only_where_it_is_given(real_store):
    sheet = read_fact(QueryRunner(LocalEngine(real_store)), ESTIMATE)
    dated = cite(sheet, BUILD, date(2025, 11, 20))
    assert "Seen as of 2025-11-20." in write_citation(dated)
    assert "urldate = {2025-11-20}" in write_bibtex(dated)
    assert json.loads(write_csl(dated))[0]["accessed"] == {"date-parts": [[2025, 11, 20]]}


def test_special_characters_are_escaped_for_bibtex():
    ((_, _, fields),) = read_bibtex(write_bibtex(plain(AWKWARD)))
    for escaped in (r"100\%", r"\textbraceleft{}a\textbraceright{}\_b", r"\&", r"\$c", r"\#1"):
        assert escaped in fields["title"]
    assert r"\textbackslash{}end" in fields["title"]
    assert "שלום" in fields["title"]


def test_a_title_survives_csl_json_as_it_is():
    assert json.loads(write_csl(plain(AWKWARD)))[0]["title"] == AWKWARD


def test_the_strict_reader_refuses_what_is_not_escaped():
    with pytest.raises(ValueError, match="not escaped"):
        read_bibtex("@misc{a,\n  title = {50% more},\n}")
    with pytest.raises(ValueError, match="unbalanced"):
        read_bibtex("@misc{a,\n  title = {a \\{ b},\n}")
