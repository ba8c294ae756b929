"""Files become named graphs, and each statement knows where it is written."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from diplograph.build.dataset import digest_inputs, read_files
from diplograph.core import names
from diplograph.core.rdf import Location
from fixtures.small_home import FILES, PREFIXES, write_home

DG = names.PREFIXES["dg"]
LABEL = names.PREFIXES["rdfs"] + "label"
BEFORE = PREFIXES.count("\n")


@pytest.fixture
def home(tmp_path):
    return write_home(tmp_path)


def line_of(file, text, after=""):
    """Return the location of the first line of a small home's file that has `text` in it."""
    lines = (PREFIXES + FILES[file]).splitlines()
    start = next((n for n, line in enumerate(lines) if after and after in line), 0)
    found = next(n for n, line in enumerate(lines[start:], start + 1) if text in line)
    return Location(file, found)


def test_each_folder_has_its_graph(home):
    assert sorted(read_files(home).graphs) == [
        names.ONTOLOGY_GRAPH,
        names.REFERENCE_GRAPH,
        names.report_graph("tale"),
        names.SHAPES_GRAPH,
    ]


def test_a_report_is_in_the_graph_of_its_slug(home):
    subjects = {each.subject for each in read_files(home).graphs[names.report_graph("tale")]}
    assert subjects == {ox.NamedNode(names.expand("event:talks"))}


def test_alignments_are_left_out(tmp_path):
    home = write_home(tmp_path, **{"ontology/alignments.ttl": "dg:State rdfs:subClassOf dg:X ."})
    assert not [each for each in read_files(home).statements() if each.object.value == f"{DG}X"]


def test_blank_nodes_of_two_files_stay_apart(tmp_path):
    text = "[] a owl:AllDisjointClasses ; owl:members ( dg:A dg:B ) ."
    home = write_home(tmp_path, **{"ontology/one.ttl": text, "ontology/two.ttl": text})
    disjoint = ox.NamedNode(names.PREFIXES["owl"] + "AllDisjointClasses")
    found = [each for each in read_files(home).statements() if each.object == disjoint]
    assert len(found) == 3


def test_blank_nodes_are_labelled_by_what_they_say_and_not_by_their_order(tmp_path):
    first = "[] a dg:A ; dg:p dg:x .\n[] a dg:B ; dg:p dg:y .\n"
    second = "[] a dg:B ; dg:p dg:y .\n[] dg:p dg:x ; a dg:A .\n"
    one = read_files(write_home(tmp_path / "one", **{"ontology/more.ttl": first}))
    other = read_files(write_home(tmp_path / "other", **{"ontology/more.ttl": second}))
    assert one.graphs == other.graphs


def test_a_byte_order_mark_is_no_mistake(home):
    path = home.data / "states.ttl"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(read_files(home).graphs[names.REFERENCE_GRAPH]) == 6


# ---- where it is written ------------------------------------------------------------------


def test_a_thing_is_where_its_block_begins(home):
    place = line_of("data/states.ttl", "state:ARD")
    assert read_files(home).locate(names.expand("state:ARD")) == place


def test_a_statement_is_on_the_line_of_its_value(home):
    place = line_of("data/states.ttl", "dg:alpha3Code")
    assert read_files(home).locate(names.expand("state:ARD"), f"{DG}alpha3Code", "ARD") == place


def test_each_value_of_several_has_its_own_line(home):
    asserted, talks = read_files(home), names.expand("event:talks")
    for code in ("ARD", "BEL"):
        place = line_of("data/reports/tale.ttl", f"state:{code}")
        state = names.expand(f"state:{code}")
        assert asserted.locate(talks, f"{DG}hostState", state) == place


def test_a_value_below_its_property_is_on_its_own_line(home):
    place = line_of("data/reports/tale.ttl", "2030-01-01")
    asserted = read_files(home)
    assert asserted.locate(names.expand("event:talks"), f"{DG}edtf", "2030-01-01") == place


def test_the_second_block_of_a_line_is_found_too(home):
    place = line_of("data/states.ttl", "state:BEL")
    assert read_files(home).locate(names.expand("state:BEL"), LABEL, "Belmora") == place


def test_what_is_said_elsewhere_is_found_there(tmp_path):
    home = write_home(tmp_path, **{"data/more.ttl": "\n\nstate:ARD dg:note 'more' .\n"})
    place = Location("data/more.ttl", BEFORE + 3)
    assert read_files(home).locate(names.expand("state:ARD"), f"{DG}note", "more") == place


def test_a_thing_without_a_block_is_where_it_is_mentioned(tmp_path):
    home = write_home(tmp_path, **{"data/more.ttl": "state:ARD\n dg:near state:ZZZ .\n"})
    place = Location("data/more.ttl", BEFORE + 2)
    assert read_files(home).locate(names.expand("state:ZZZ")) == place


def test_what_is_nowhere_has_no_place(home):
    assert read_files(home).locate(names.expand("state:NIL")) is None


def test_a_place_reads_as_editors_take_it():
    assert str(Location("data/states.ttl", 7)) == "data/states.ttl:7"


# ---- the digest ---------------------------------------------------------------------------


def test_the_digest_needs_no_parsing(home):
    assert digest_inputs(home) == read_files(home).digest


def test_the_digest_is_the_same_wherever_the_home_lies(tmp_path):
    one, other = (write_home(tmp_path / name) for name in ("one", "other"))
    assert digest_inputs(one) == digest_inputs(other)


@pytest.mark.parametrize(
    "file", ["data/states.ttl", "ontology/core.ttl", "ontology/shapes/core.ttl"]
)
def test_the_digest_changes_with_each_input(home, file):
    before = digest_inputs(home)
    with (home.root / file).open("a", encoding="utf-8") as out:
        out.write("\n")
    assert digest_inputs(home) != before


def test_the_digest_changes_with_a_files_name(home):
    before = digest_inputs(home)
    (home.data / "states.ttl").rename(home.data / "countries.ttl")
    assert digest_inputs(home) != before


def test_what_is_no_input_leaves_the_digest_alone(home):
    before = digest_inputs(home)
    (home.ontology / "alignments.ttl").write_text("", encoding="utf-8")
    assert digest_inputs(home) == before
