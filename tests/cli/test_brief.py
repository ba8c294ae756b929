"""`diplograph brief`: the same brief as on the page, as text or as a document."""

import pytest
from click.testing import CliRunner

from diplograph.cli import main
from diplograph.cli.brief import FORMATS
from diplograph.views.briefs.formats import BRIEF_FORMATS


@pytest.fixture
def run(graph):
    """Return a function that runs the command on the world as of 1 June 2031."""

    def run_command(*arguments):
        home = ["--home", str(graph.home.root), "brief"]
        return CliRunner().invoke(main, [*home, *arguments, "--as-of", "2031-06-01"])

    return run_command


def test_the_formats_are_those_of_the_pages():
    assert set(FORMATS) == set(BRIEF_FORMATS)


def test_a_pair_is_named_by_codes_or_labels_in_any_order(run):
    by_code = run("pair", "XAA", "XBE")
    assert by_code.exit_code == 0
    assert by_code.stdout.startswith("# Ardenia and Belmora\n\n*As of 1 June 2031 · 6 reports")
    assert run("pair", "belmora", "Ardenia").stdout == by_code.stdout


def test_a_person_and_a_week_have_briefs(run):
    assert run("person", "Ada Varn").stdout.startswith("# Ada Varn\n")
    assert run("week", "2031-W18").stdout.startswith("# Week 18 of 2031")


def test_a_document_goes_to_a_file(run, tmp_path):
    file = tmp_path / "brief.docx"
    assert run("pair", "XAA", "XBE", "--format", "docx", "-o", str(file)).exit_code == 0
    assert file.read_bytes().startswith(b"PK")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("pair", "XAA"), 2, "a brief of a pair takes 2 names"),
        (("week", "2031-W18", "2031-W19"), 2, "a brief of a week takes 1 name"),
        (("pair", "XAA", "Ardenia"), 2, "a pair is of two parties, and Ardenia is one"),
        (("state", "Atlantis"), 1, "nothing in this graph is called 'Atlantis'"),
        (("week", "18"), 3, "write a year and a week as 2025-W47"),
    ],
)
def test_what_has_no_brief_is_one_error(run, arguments, code, words):
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
