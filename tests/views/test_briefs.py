"""A brief says what reports say, with the passages of each line, and fits two pages."""

import io
import re
import zipfile
from datetime import date

import docx
import pytest

from diplograph.core.errors import MalformedDate, UnknownThing
from diplograph.core.names import expand
from diplograph.core.things import Thing
from diplograph.store.engine import LocalEngine
from diplograph.views.briefs.document import (
    Brief,
    BriefLine,
    BriefSection,
    Citation,
    TextRun,
    cut_sections,
    number_sources,
)
from diplograph.views.briefs.formats import BriefAddresses, list_pieces, write_docx, write_markdown
from diplograph.views.briefs.lines import choose_reported_changes, read_brief_inputs
from diplograph.views.briefs.pair import read_pair_brief
from diplograph.views.briefs.party import read_party_brief
from diplograph.views.briefs.week import find_week, parse_week, read_week_brief
from diplograph.views.engagements import read_engagement_index
from diplograph.views.query import QueryRunner
from diplograph.views.records import Attestation, Passage, say_doubt
from diplograph.views.thing import read_named_things

QUERIES = 11
DAY = date(2031, 6, 1)
PLACES = BriefAddresses(lambda iri: iri, lambda path: f"https://graph.example{path}")
NOWHERE = BriefAddresses(lambda iri: "", lambda path: "")


def read_inputs(asking):
    """Return what briefs of a store need."""
    return read_brief_inputs(asking, read_engagement_index(asking))


@pytest.fixture(scope="module")
def inputs(world_store):
    return read_inputs(QueryRunner(LocalEngine(world_store)))


@pytest.fixture(scope="module")
def neighbours(world_store, inputs):
    """Return the brief of Ardenia and Belmora."""
    asking = QueryRunner(LocalEngine(world_store))
    parties = Thing(expand("state:XAA"), "Ardenia"), Thing(expand("state:XBE"), "Belmora")
    return read_pair_brief(asking, parties, DAY, inputs, "/pair/XAA/XBE")


@pytest.fixture(scope="module")
def india_and_russia(real_store):
    asking = QueryRunner(LocalEngine(real_store))
    parties = Thing(expand("state:IND"), "India"), Thing(expand("state:RUS"), "Russia")
    day = date(2026, 11, 30)
    return read_pair_brief(asking, parties, day, read_inputs(asking), "/pair/IND/RUS")


@pytest.fixture(scope="module")
def document(neighbours):
    """Return the brief of Ardenia and Belmora as Word reads it."""
    return docx.Document(io.BytesIO(write_docx(neighbours, PLACES)))


def lines_of(brief, name):
    """Return the lines of a section as texts; none where the brief has no such section."""
    found = [section.lines for section in brief.sections if section.name == name]
    return [say(brief, line) for line in (found[0] if found else ())]


def say(brief, line):
    """Return a line as a text whose spaces are plain."""
    text = "".join(text for text, _, _ in list_pieces(brief, line, NOWHERE)).replace("\xa0", " ")
    return f"{line.lead}: {text}" if line.lead else text


def read_party(asking, inputs, curie, day=DAY):
    named = read_named_things(asking, expand(curie))
    return read_party_brief(asking, named, day, inputs, f"/page/{curie.replace(':', '/')}")


# ---- what a brief says ----------------------------------------------------------------------


def test_every_line_of_a_section_has_a_source(asking, neighbours, inputs):
    briefs = [neighbours, read_party(asking, inputs, "state:XAA")]
    briefs.append(read_week_brief(asking, parse_week("2031-W18"), date(2031, 5, 1), inputs))
    for brief in briefs:
        lines = [line for section in brief.sections for line in section.lines]
        assert lines
        assert [line for line in lines if not line.readings] == []


def test_every_report_that_is_cited_is_in_the_list_of_sources(neighbours):
    text = write_markdown(neighbours, NOWHERE).decode()
    body, _, sources = text.partition("## Sources")
    cited = {int(number) for number in re.findall(r"(?:\\\[|; )(\d+),\sparas?", body)}
    assert cited == {source.number for source in neighbours.sources}
    assert "Harbour Wire, 10 Feb 2031" in sources


def test_the_summary_says_stage_next_and_overdue(india_and_russia):
    stage, coming, overdue = [say(india_and_russia, line) for line in india_and_russia.summary]
    assert stage.startswith("Relationship: India-Russia Special and Privileged Strategic")
    assert "since 2010. [1, para. 10]" in stage
    assert coming == "No report mentions an upcoming engagement between them."
    assert "Putin's visit to India in December 2025" in overdue
    assert "likely" in overdue
    assert "No report says what happened." in overdue


def test_what_a_report_hedges_stays_hedged(india_and_russia):
    (visit, *_) = lines_of(india_and_russia, "overdue")
    assert visit.startswith("Leaders: ")
    assert "likely" in visit
    talks = next(line for line in lines_of(india_and_russia, "overdue") if "Lavrov" in line)
    assert "announced by Russian Foreign Ministry" in talks


def test_an_engagement_cites_its_date_and_status_as_well(neighbours):
    visit = next(line for line in lines_of(neighbours, "overdue") if "State visit of Cel" in line)
    assert visit.count("para") >= 3


def test_levels_stand_in_order_and_are_named_once(neighbours):
    leads = [line.partition(":")[0] for line in lines_of(neighbours, "last") if ":" in line]
    named = [lead for lead in leads if lead in ("Leaders", "Ministers", "Other")]
    assert named == ["Leaders", "Ministers", "Other"]


def test_disagreements_have_the_sources_of_both_sides(neighbours):
    outcome = next(line for line in lines_of(neighbours, "disagreements") if "Outcome" in line)
    assert re.search(r"cancelled \[\d, para\. 1\] against .* held \[\d, para\. 4\]", outcome)
    assert say(neighbours, neighbours.summary[-1]) == "Reports disagree on 3 points: see below."


def test_dates_that_disagree_stand_in_words(asking, inputs):
    lines = lines_of(read_party(asking, inputs, "state:XAA"), "disagreements")
    assert any("2 to 5 April 2031" in line and "until 4 April 2031" in line for line in lines)


def test_sections_without_lines_are_left_out_and_named_at_the_end(india_and_russia):
    names = [section.name for section in india_and_russia.sections]
    assert "disagreements" not in names
    assert india_and_russia.unsaid.startswith("No report known by 30 November 2026 mentions ")
    assert all(section.lines for section in india_and_russia.sections)


def test_nothing_is_known_before_the_first_report(asking, inputs):
    parties = Thing(expand("state:XAA"), "Ardenia"), Thing(expand("state:XBE"), "Belmora")
    brief = read_pair_brief(asking, parties, date(2031, 1, 1), inputs, "/pair/XAA/XBE")
    assert (brief.sections, brief.sources) == ((), ())
    assert brief.heading == "As of 1 January 2031 · no report"


def test_a_brief_takes_few_queries(asking, neighbours, inputs):
    for curie in ("state:XAA", "person:ada-varn"):
        asking.texts.clear()
        read_party(asking, inputs, curie)
        assert len(asking.texts) <= QUERIES
    asking.texts.clear()
    read_week_brief(asking, parse_week("2031-W18"), DAY, inputs)
    assert len(asking.texts) <= 5


def test_what_changed_stands_with_the_passages_of_the_report_that_changed_it(neighbours):
    lines = lines_of(neighbours, "changes")
    held = "Held: Officials' meeting in Ostrel: planned → held. "
    assert any(line.startswith(held) for line in lines)
    assert all(line.count("para") == 1 for line in lines)


def test_what_the_first_reports_say_is_no_change(asking, india_and_russia, inputs):
    assert lines_of(india_and_russia, "changes") == []
    changes = choose_reported_changes(inputs.changes(DAY), date(2031, 1, 1), DAY)
    kinds = {change.kind for _, change in changes}
    assert "added" not in kinds
    assert {"held", "contradicted", "changed"} <= kinds


def test_a_person_has_offices_engagements_and_words(asking, inputs):
    brief = read_party(asking, inputs, "person:ada-varn")
    assert say(brief, brief.summary[0]).startswith("Office: Foreign Minister of Ardenia")
    assert any("Research Minister" in line for line in lines_of(brief, "offices"))
    assert any(line.startswith("Belmora: ") for line in lines_of(brief, "last"))
    assert any(line.startswith("Ardenia: ") for line in lines_of(brief, "for"))
    assert any("directive to her ministry" in line for line in lines_of(brief, "said"))


def test_what_is_no_party_has_no_brief(asking, inputs):
    with pytest.raises(UnknownThing, match="no person, state or other party"):
        read_party(asking, inputs, "event:belport-talks")


# ---- weeks ----------------------------------------------------------------------------------


def test_a_week_is_named_by_year_and_number():
    assert parse_week("2025-W47").title == "Week 47 of 2025: 17 to 23 November 2025"
    assert find_week(date(2027, 1, 1)).name == "2026-W53"
    assert parse_week("2026-W53").move(1).name == "2027-W01"


@pytest.mark.parametrize("text", ["2025-W54", "2025-W00", "2025W47", "0001-W01", "week", ""])
def test_what_names_no_week_is_refused(text):
    with pytest.raises(MalformedDate, match="write a year and a week as 2025-W47"):
        parse_week(text)


def test_an_approximate_date_is_possible_and_not_certain(asking, inputs):
    brief = read_week_brief(asking, parse_week("2031-W18"), date(2031, 5, 1), inputs)
    assert lines_of(brief, "certain") == []
    assert any("around 2 to 3 May 2031" in line for line in lines_of(brief, "possible"))
    assert any("26 April 2031" in line for line in lines_of(brief, "overdue"))
    assert any("Lantern League" in line for line in lines_of(brief, "outlook"))


def test_a_week_is_judged_at_its_end_with_what_is_known_today(asking, inputs):
    brief = read_week_brief(asking, parse_week("2031-W10"), DAY, inputs)
    held = next(line for line in lines_of(brief, "certain") if "Officials' meeting" in line)
    assert held.startswith("5 March 2031: ")
    assert "held" in held
    assert not any("Belport" in line for line in lines_of(brief, "overdue"))


# ---- how sure -------------------------------------------------------------------------------


def make_reading(modality="", ground="", *hedges, voice="", report="wire", paragraph=1):
    """Return a reading of a paragraph of a report."""

    def name(scheme, word):
        return (Thing(expand(f"{scheme}:{word}"), word),) if word else ()

    source = Thing(f"urn:x-report:{report}", report)
    passage = Thing(f"urn:x-passage:{report}:{paragraph}", "passage")
    return Attestation(
        thing=Thing(f"urn:x-reading:{report}:{paragraph}", "reading"),
        passage=Passage(passage, source, paragraph, 0, 9, "", ""),
        voices=(Thing("urn:x-voice", voice),) if voice else (),
        modality=name("modality", modality),
        evidentiality=name("evidentiality", ground),
        hedges=hedges,
        supersedes=(),
        superseded_by=(),
    )


@pytest.mark.parametrize(
    ("reading", "words"),
    [
        (make_reading("asserted", "news-narration"), ""),
        (
            make_reading("planned", "official-announcement", voice="the ministry"),
            "announced by the ministry",
        ),
        (make_reading("likely", "news-narration", "likely around"), "likely (“likely around”)"),
        (make_reading("asserted", "hearsay", "reportedly"), "hearsay (“reportedly”)"),
        (make_reading("asserted", "quoted-statement", voice="Ada Varn"), "according to Ada Varn"),
        (make_reading("planned", "", "upcoming"), "in the report's words “upcoming”"),
        (make_reading("denied", "quoted-statement", voice="Belmora"), "denied by Belmora"),
    ],
)
def test_a_line_says_who_and_how_sure_in_few_words(reading, words):
    assert say_doubt([reading]) == words


def test_a_hedge_that_the_date_has_is_not_repeated():
    reading = make_reading("planned", "", "likely around", "upcoming")
    doubt = say_doubt([reading], but="around 5 May (“likely around”)")
    assert doubt == "in the report's words “upcoming”"


# ---- length ---------------------------------------------------------------------------------


def make_section(name, count, weight=1, length=60):
    lines = tuple(
        BriefLine((TextRun("x" * length), Citation((make_reading(paragraph=number + 1),))))
        for number in range(count)
    )
    return BriefSection(name, name, lines, weight=weight)


def test_the_longest_section_is_cut_first_and_none_is_emptied():
    kept = cut_sections([make_section("long", 60), make_section("short", 3)], (), rows=30)
    assert [section.name for section in kept] == ["long", "short"]
    assert len(kept[1].lines) == 3
    assert len(kept[0].lines) + kept[0].more == 60
    assert 1 < len(kept[0].lines) < 20


def test_a_section_of_greater_weight_keeps_more():
    sections = [make_section("plain", 40), make_section("heavy", 40, weight=2)]
    plain, heavy = cut_sections(sections, (), rows=40)
    assert len(heavy.lines) == pytest.approx(2 * len(plain.lines), abs=2)


def test_sources_are_numbered_by_first_mention():
    readings = [make_reading(report=name, paragraph=number) for name, number in
                (("b", 2), ("a", 1), ("b", 1))]  # fmt: skip
    sources = number_sources(readings, {})
    assert [(source.number, source.name, source.paragraphs) for source in sources] == [
        (1, "B", (1, 2)),
        (2, "A", (1,)),
    ]


# ---- files ----------------------------------------------------------------------------------


def test_a_document_has_headings_links_and_page_numbers(neighbours, document):
    styles = {paragraph.style.name for paragraph in document.paragraphs}
    assert {"Title", "Subtitle", "Heading 1", "List Bullet", "Source"} <= styles
    headings = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    assert headings == [section.title for section in neighbours.sections] + ["Sources"]
    linked = [link for p in document.paragraphs for link in p.hyperlinks]
    assert "https://example.org/dorian-herald/2031-03-28" in {link.address for link in linked}
    page = document.sections[0]
    assert round(page.page_width.cm, 1) == 21.0
    assert "PAGE" in page.footer._element.xml
    assert "NUMPAGES" in page.footer._element.xml
    assert page.header.paragraphs[0].text == "Ardenia and Belmora\t\tas of 2031-06-01"


def test_a_document_has_the_text_of_the_markdown(neighbours, document):
    text = " ".join(p.text for p in document.paragraphs).replace("\xa0", " ")
    for section in neighbours.sections:
        for line in section.lines:
            assert say(neighbours, line) in text


def test_files_are_the_same_at_any_time(neighbours):
    body = write_docx(neighbours, PLACES)
    assert body == write_docx(neighbours, PLACES)
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2031-06-01" in archive.read("docProps/core.xml")


def test_labels_are_never_markup_in_files():
    hostile = "<b>[x](http://evil.example) *bold* `code` \x00"
    section = BriefSection("s", hostile, (BriefLine((TextRun(hostile),), hostile),))
    brief = Brief(hostile, "/brief/x", DAY, (), (section,), ())
    text = write_markdown(brief, NOWHERE).decode()
    assert "[x](http" not in text
    assert "<b>" not in text.replace("\\<b\\>", "")
    document = docx.Document(io.BytesIO(write_docx(brief, NOWHERE)))
    assert "<b>[x](http://evil.example) *bold*" in document.paragraphs[0].text
