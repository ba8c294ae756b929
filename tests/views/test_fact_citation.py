"""A fact is cited with its build, reports and passages, and nothing that nobody knows."""

import json
import re
from datetime import date

import pytest

from diplograph.core.names import PREFIXES, expand
from diplograph.store.engine import LocalEngine
from diplograph.views.fact import (
    Citation,
    cite,
    read_fact,
    write_bibtex,
    write_citation,
    write_csl,
    write_ris,
)
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


def read_ris(text):
    """Return the records of a RIS text as dicts; raises ValueError for a line that is none."""
    records, current = [], {}
    for line in text.split("\r\n")[:-1]:
        tag, separator, value = line.partition("  - ")
        if not separator or not re.fullmatch("[A-Z][A-Z0-9]", tag):
            raise ValueError(line)
        if tag == "ER":
            records.append(current)
            current = {}
        else:
            current[tag] = value
    return records


def test_plain_text_says_what_how_sure_who_where_and_as_of_when(citation):
    assert write_citation(citation) == (
        "Putin's visit to India in December 2025: around 5 to 6 December 2025"
        " [stated as likely (“likely around”), reported by the outlet itself]."
        " Source: [News report on the Lavrov-Jaishankar talks in Moscow]"
        " (publisher not known, undated, received 22 November 2026), paragraph 6."
        f" Diplograph, data of 22 November 2026, build bbbbbbbb. {ESTIMATE}."
    )


@pytest.mark.parametrize("write", [write_citation, write_bibtex, write_csl, write_ris])
def test_no_citation_holds_a_long_hash(citation, write):
    assert not re.search("[0-9a-f]{13}", write(citation))


DOUBTS = [
    ("status-record:lantern-council-cancelled", "stated as fact"),
    ("date-estimate:belport-talks", "according to Foreign Ministry of Belmora"),
    ("quantity-estimate:deckhands-at-least-12", "but based on hearsay"),
    ("event:kest-visit-corvia", "denied by Foreign Ministry of Belmora"),
    ("date-estimate:ostrel-officials-february", "corrected since"),
    ("stage:defence-pact-negotiation", "denied by"),
    ("quantity-estimate:deckhands-8-to-10", "reports disagree: another says"),
]


@pytest.mark.parametrize(("fact", "doubt"), DOUBTS)
def test_the_doubt_is_in_the_title_of_every_format(world_store, fact, doubt):
    cited = cite(read_fact(QueryRunner(LocalEngine(world_store)), expand(fact)), BUILD)
    assert doubt in cited.doubt
    assert doubt in write_citation(cited)
    assert doubt in read_bibtex(write_bibtex(cited))[0][2]["title"]
    assert doubt in json.loads(write_csl(cited))[0]["title"]
    assert doubt in read_ris(write_ris(cited))[0]["TI"]


def test_what_is_only_denied_is_cited_as_denied(world_store):
    denied = expand("event:kest-visit-corvia")
    cited = cite(read_fact(QueryRunner(LocalEngine(world_store)), denied), BUILD)
    assert cited.title == "Denied: visit of Bruno Kest to Corvia"
    assert write_citation(cited).startswith("Denied: visit of Bruno Kest to Corvia [denied by")


def test_ris_has_the_same_records_with_the_day_of_the_data(citation):
    fact, report = read_ris(write_ris(citation))
    assert (fact["TY"], fact["UR"], fact["DA"]) == ("DATA", ESTIMATE, "2026/11/22")
    assert "paragraph 6" in report["N1"]
    assert "DA" not in report
    (record,) = read_ris(write_ris(plain("two\nlines ER  - ")))
    assert record["TI"] == "two lines ER -"


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
    assert fact["version"] == "data of 22 November 2026, build bbbbbbbb"
    assert fact["issued"] == {"date-parts": [[2026, 11, 22]]}
    assert "paragraph 6" in report["note"]


def test_no_author_date_or_publisher_is_made_up(citation):
    fact, report = json.loads(write_csl(citation))
    assert not {"author", "accessed"} & fact.keys()
    assert not {"author", "issued", "accessed"} & report.keys()
    (_, _, fact), (_, _, report) = read_bibtex(write_bibtex(citation))
    assert not {"author", "year", "urldate"} & fact.keys()
    assert not {"author", "year", "date", "urldate"} & report.keys()
    assert "publisher" not in json.loads(write_csl(citation))[1]


def test_a_day_is_there_only_where_it_is_given(real_store):
    sheet = read_fact(QueryRunner(LocalEngine(real_store)), ESTIMATE)
    dated = cite(sheet, BUILD, date(2025, 11, 20))
    assert "Seen as of 20 November 2025." in write_citation(dated)
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
