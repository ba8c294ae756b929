"""The house rules for all files: tidy Turtle, one table of prefixes, nothing copied or private."""

import os
import re
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from diplograph.core import names
from diplograph.turtle import tidy
from fixtures.project_files import files_with, name_of

# Turtle that is untidy or malformed so that a test can say what becomes of it.
MEANT_TO_BE_UNTIDY = ("tests/cases/tidy/given", "tests/cases/tidy/malformed", "tests/oracles/cases")
TURTLE = [path for path in files_with(".ttl") if not name_of(path).startswith(MEANT_TO_BE_UNTIDY)]
TEXTS = [".cff", ".css", ".csv", ".html", ".java", ".js", ".json", ".md", ".py", ".rq"]
TEXTS += [".toml", ".ttl", ".txt", ".xml", ".yaml", ".yml", ""]

PREFIX = re.compile(r"(?i)@?prefix\s+([a-z][\w-]*|):\s*<([^>\s]*)>")
LONGEST_RUN = 7  # words in a row that may also stand in a report


# ---- Turtle and prefixes ------------------------------------------------------------------


def test_there_is_turtle_to_look_at():
    assert len(TURTLE) > 20


def test_every_turtle_file_is_tidy():
    texts = {name_of(path): path.read_text(encoding="utf-8") for path in TURTLE}
    assert [name for name, text in texts.items() if tidy(text, file=name) != text] == []


def test_a_second_parser_reads_the_same_number_of_statements():
    import rdflib

    real = [path for path in TURTLE if not name_of(path).startswith("tests/cases")]
    one = {name_of(p): len(list(parse(path=p, format=RdfFormat.TURTLE))) for p in real}
    other = {name_of(p): len(rdflib.Graph().parse(p, format="turtle")) for p in real}
    assert one == other


def test_each_prefix_is_one_iri_everywhere():
    other = {}
    own = "tests/cases/tidy/expected"  # files with prefixes of their own
    turtle = [path for path in TURTLE if not name_of(path).startswith(own)]
    for path in turtle + files_with(".html", ".md", ".rq"):
        for prefix, iri in PREFIX.findall(path.read_text(encoding="utf-8")):
            kind, _, slug = prefix.partition("-")
            reports = names.report_prefixes(slug) if kind in names.REPORT_KINDS else {}
            if (names.PREFIXES | reports).get(prefix) != iri:
                other.setdefault(name_of(path), []).append((prefix, iri))
    assert other == {}


def test_each_iri_of_the_table_has_one_prefix():
    assert len(set(names.PREFIXES.values())) == len(names.PREFIXES)


# ---- what stays out -----------------------------------------------------------------------


def words(text):
    return re.findall(r"[^\W_]+", text.casefold())


def runs(text):
    """Return every run of words that is just too long to stand in the project and in a report."""
    found = words(text)
    size = LONGEST_RUN + 1
    return {tuple(found[at : at + size]) for at in range(len(found) - size + 1)}


def test_no_run_of_words_of_a_report_is_in_the_project():
    folder = os.environ.get("DIPLOGRAPH_SOURCES")
    if not folder:
        pytest.skip("the reports' texts are not at hand (DIPLOGRAPH_SOURCES names no folder)")
    sources = [path.read_text(encoding="utf-8") for path in sorted(Path(folder).glob("*.txt"))]
    assert sources
    forbidden = set().union(*map(runs, sources))
    texts = {name_of(path): path.read_text(encoding="utf-8") for path in files_with(*TEXTS)}
    copied = {name: sorted(runs(text) & forbidden) for name, text in texts.items()}
    assert {name: found for name, found in copied.items() if found} == {}


def test_a_copied_run_of_words_would_be_seen():
    source = "One two three, four five six seven eight nine."
    assert runs("# one\n# TWO three four; five six seven eight") & runs(source)
    assert not runs("one two three four five six seven and eight") & runs(source)


WHERE_IT_RUNS = ".ci/run"  # the one file that may say where the reports' texts are
# Written in pieces, so that this file is not the first to break its own rule.
MACHINE = re.compile(
    "|".join(
        [
            r"(?<![\w.:/-])/(?:work|tmp|root|home|Users|mnt)" + r"/\w",
            # where deploy/ puts the server and its cache is a place on any machine
            r"(?<![\w.:/-])/(?:opt/(?!diplograph)|var/(?!cache/))" + r"\w",
            r"(?<!\w)[A-Z]:\\" + r"Users",
            r"(?:pypi|npmjs|debian|pythonhosted)" + r"\.(?:org|com|net)",
            r"(?:extra-)?index" + "-url",
            r"(?<!\w)shared" + "/",
        ]
    )
)


def test_no_path_of_a_machine_and_no_host_of_a_registry_is_named():
    found = {
        name_of(path): MACHINE.findall(path.read_text(encoding="utf-8"))
        for path in files_with(*TEXTS)
        if name_of(path) != WHERE_IT_RUNS
    }
    assert {name: places for name, places in found.items() if places} == {}


def test_a_path_of_a_machine_would_be_seen():
    assert MACHINE.search("see " + "/wo" + "rk/main")
    assert MACHINE.search("pip install from https://" + "pypi" + ".org/simple")
    assert not MACHINE.search("GET /work, https://w3id.org/home/x and 127.0.0.1:8000/health")
