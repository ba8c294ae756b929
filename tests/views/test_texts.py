"""The words of passages: from texts whose hashes are right, of bounded size, cut at a word."""

import os
import shutil

import pytest

from diplograph.core.names import PREFIXES
from diplograph.store.engine import LocalEngine
from diplograph.views.query import QueryRunner
from diplograph.views.report import read_passage
from diplograph.views.texts import (
    LARGEST_BYTES,
    LONGEST_TIP,
    TextFolder,
    Texts,
    find_original,
    list_quotations,
    list_text_files,
    mark_hedges,
    read_folder,
    read_recorded_texts,
    shorten_words,
)


@pytest.fixture
def folder(tmp_path, request):
    """Return a folder with the text of one invented report, under any name."""
    sources = tmp_path / "sources"
    sources.mkdir()
    shutil.copy(
        request.config.rootpath / "tests/world/sources/corvia-courier.txt", sources / "a.txt"
    )
    return sources


@pytest.fixture
def asking(world_store):
    return QueryRunner(LocalEngine(world_store))


def read_texts(asking, *folders):
    return Texts(lambda: read_recorded_texts(asking), tuple(map(read_folder, folders)))


def read_first_passage(asking, report):
    return read_passage(asking, f"{PREFIXES['passage']}{report}/1").read.passage


# ---- words ----------------------------------------------------------------------------------


def test_a_passage_is_quoted_from_the_first_folder_that_has_its_text(asking, folder, tmp_path):
    passage = read_first_passage(asking, "corvia-courier")
    assert "did not take place" in read_texts(asking, folder).quote(passage).words
    assert (
        "did not take place" in read_texts(asking, tmp_path / "none", folder).quote(passage).words
    )
    assert not read_texts(asking).quote(passage)


def test_without_a_text_there_is_the_address_of_the_original(asking):
    texts = read_texts(asking)
    herald, digest = (f"{PREFIXES['report']}{name}" for name in ("dorian-herald", "ardenia-digest"))
    assert not texts.quote(read_first_passage(asking, "dorian-herald"))
    assert texts.find_address(herald) == "https://example.org/dorian-herald/2031-03-28"
    assert texts.find_address(digest) == "https://example.org/xaa-foreign-ministry/2031-04-05"


def test_a_text_that_was_changed_is_not_quoted_and_that_is_said(asking, folder):
    (folder / "a.txt").rename(folder / "corvia-courier.txt")
    with (folder / "corvia-courier.txt").open("a", encoding="utf-8") as file:
        file.write("More.")
    quotation = read_texts(asking, folder).quote(read_first_passage(asking, "corvia-courier"))
    assert quotation.words == ""
    assert "is not the text we read" in quotation.problem


def test_the_passages_of_the_texts_at_hand_are_listed_with_their_words(asking, folder):
    listed = dict(list_quotations(asking, read_texts(asking, folder)))
    assert {thing.curie for thing in listed} == {
        f"passage-corvia-courier:{number}" for number in range(1, len(listed) + 1)
    }
    assert any("did not take place" in words for words in listed.values())
    assert list(list_quotations(asking, read_texts(asking))) == []


def test_a_tip_is_cut_after_a_whole_word():
    assert shorten_words("Short  and\nplain.") == "Short and plain."
    cut = shorten_words("word " * 100)
    assert cut.endswith("word …")
    assert len(cut) <= LONGEST_TIP
    assert len(shorten_words("x" * 300)) == LONGEST_TIP


# ---- folders --------------------------------------------------------------------------------


def test_the_state_of_a_folder_changes_with_its_files(folder):
    before = read_folder(folder)
    assert read_folder(folder) is before
    (folder / "b.txt").write_text("More.", encoding="utf-8")
    assert read_folder(folder).state != before.state


def test_no_link_leads_out_of_the_folder(folder, tmp_path):
    outside = tmp_path / "outside.txt"
    outside.write_text("Secret.", encoding="utf-8")
    os.symlink(outside, folder / "b.txt")
    os.symlink(folder / "a.txt", folder / "c.txt")
    (folder / "inner").mkdir()
    assert [file.path.name for file in list_text_files(folder)] == ["a.txt", "c.txt"]


def test_a_file_that_is_far_too_large_is_left_alone(folder):
    with (folder / "large.txt").open("wb") as large:
        large.truncate(LARGEST_BYTES + 1)
    assert [file.path.name for file in list_text_files(folder)] == ["a.txt"]


def test_a_folder_that_is_gone_has_no_texts(tmp_path):
    assert read_folder(tmp_path / "gone").state == ""
    assert find_original(TextFolder(), "0" * 64, "tale").source is None


# ---- hedges ---------------------------------------------------------------------------------


def test_hedges_are_found_over_the_end_of_a_line_and_in_any_case():
    assert mark_hedges("It is Likely\naround then.", ["likely around"]) == (
        ("It is ", False),
        ("Likely\naround", True),
        (" then.", False),
    )
    assert mark_hedges("unlikely", ["likely", ""]) == (("unlikely", False),)
