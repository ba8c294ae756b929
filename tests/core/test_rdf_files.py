"""RDF of any syntax is read as far as it is sound, and never deeper than others can follow."""

from __future__ import annotations

from time import process_time

import pyoxigraph as ox
import pytest

from diplograph.build.dataset import read_files
from diplograph.core.errors import MalformedFile
from diplograph.core.names import PREFIXES
from diplograph.core.rdf import parse_rdf, parse_turtle, read_lines
from diplograph.core.tokens import NESTING
from fixtures.small_home import write_home

HEAD = f'<rdf:RDF xmlns:rdf="{PREFIXES["rdf"]}" xmlns:e="urn:e:">'


def nest(suffix, depth):
    """Return a text with that many blank nodes, each inside the one before."""
    return {
        "ttl": "<urn:a> <urn:p> " + "[ <urn:p>\n" * depth + "1" + " ]" * depth + " .",
        "rdf": f"{HEAD}<e:A rdf:about='urn:a'><e:p>"
        + "<e:A><e:p>\n" * depth
        + "</e:p></e:A>" * depth
        + "</e:p></e:A></rdf:RDF>",
        "jsonld": '{"@id": "urn:a", "urn:p": '
        + '[{"urn:p":\n' * (depth - 1)
        + '"x"'
        + "}]" * (depth - 1)
        + "}",
    }[suffix]


@pytest.mark.parametrize("suffix", ["ttl", "rdf", "jsonld"])
def test_nesting_has_a_bound_in_each_syntax(suffix):
    assert parse_rdf(nest(suffix, NESTING), file=f"x.{suffix}")[0]
    begin = process_time()
    with pytest.raises(MalformedFile, match="nested deeper than 100") as caught:
        parse_rdf(nest(suffix, 20_000), file=f"x.{suffix}")
    assert process_time() - begin < 2
    assert NESTING <= caught.value.line <= NESTING + 3


@pytest.mark.parametrize("opening", ["( ", "<<( <urn:a> <urn:p> ", "<< <urn:a> <urn:p> "])
def test_lists_and_triple_terms_have_the_same_bound(opening):
    with pytest.raises(MalformedFile, match="nested deeper than 100"):
        parse_turtle("<urn:a> <urn:p> " + opening * 50_000, file="x.ttl")


def test_blank_nodes_with_labels_have_the_same_bound(tmp_path):
    chain = "".join(f"_:n{n} dg:p _:n{n + 1} .\n" for n in range(3_000))
    home = write_home(tmp_path, **{"ontology/deep.ttl": f"dg:A dg:p _:n0 .\n{chain}"})
    with pytest.raises(MalformedFile, match=r"ontology/deep\.ttl:10: blank nodes .* 'dg:A'"):
        read_files(home)


def test_long_lists_and_many_blank_nodes_are_read_at_once(tmp_path):
    members = " ".join(f"dg:M{n % 7}" for n in range(5_000))
    nodes = "".join(f"[] a dg:M{n % 7} ; dg:p dg:q .\n" for n in range(5_000))
    home = write_home(tmp_path, **{"ontology/long.ttl": f"dg:A dg:p ( {members} ) .\n{nodes}"})
    begin = process_time()
    assert len(read_files(home).statements()) > 20_000
    assert process_time() - begin < 2


def test_entities_that_explode_are_refused_and_others_replaced():
    declared = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    text = f'<!DOCTYPE r [<!ENTITY a0 "haha">{declared}]>{HEAD}<e:A rdf:about="urn:a" e:p="&aN;"/>'
    text += "</rdf:RDF>"
    with pytest.raises(MalformedFile, match="an entity is made of entities"):
        parse_rdf(text.replace("aN", "a9"), file="x.rdf")
    text = text.replace(declared, '<!ENTITY aN "&#104;oho">')
    objects = {quad.object for quad in parse_rdf(text, file="x.rdf")[0]}
    assert ox.Literal("hoho") in objects


def test_text_that_an_entity_repeats_without_measure_is_refused():
    text = f'<!DOCTYPE r [<!ENTITY a "{"a" * 50_000}">]>{HEAD}<e:A rdf:about="urn:a"><e:p>'
    text += "&a;" * 50_000 + "</e:p></e:A></rdf:RDF>"
    begin = process_time()
    with pytest.raises(MalformedFile, match="amplification"):
        parse_rdf(text, file="x.rdf")
    assert process_time() - begin < 5


def test_things_of_json_ld_are_near_where_they_are_named():
    text = '{"@context": {"e": "urn:e:"}, "@graph": [\n{"@id": "e:a", "e:p": 1},\n{"@id": "urn:b"'
    text += ', "e:q": "x"}]}'
    lines = read_lines(text, file="x.jsonld")
    assert lines.find("urn:e:a", "urn:e:p", "1") == 2
    assert lines.find("urn:b", "urn:e:q", None) == 3
