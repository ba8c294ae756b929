"""One graph has one text: the layout of Turtle files, and what it must never change."""

import os
import random

import pytest
from pyoxigraph import RdfFormat, parse, serialize

from diplograph.core import names
from diplograph.core.errors import MalformedFile, UnreadableFile
from diplograph.core.inputs import list_turtle_files
from diplograph.turtle import SUFFIXES, tidy, tidy_file
from fixtures.canonical_graph import canonical
from fixtures.project_files import ROOT
from fixtures.small_home import write_home

CASES = ROOT / "tests" / "cases" / "tidy"
GIVEN = sorted((CASES / "given").glob("*.ttl"))
MALFORMED = sorted((CASES / "malformed").glob("*.ttl"))
HEADER = '<http://example.org/file> a owl:Ontology ; dcterms:title "Things"@en .'


def written(body):
    """Return the tidy text of `body`, which may use every prefix of the table."""
    declared = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in names.PREFIXES.items())
    return tidy(declared + body, file="given.ttl")


def test_there_are_cases():
    assert len(GIVEN) >= 6
    assert len(MALFORMED) >= 5
    assert [path.name for path in sorted((CASES / "expected").iterdir())] == [
        path.name for path in GIVEN
    ]


@pytest.mark.parametrize("path", GIVEN, ids=lambda path: path.stem)
def test_a_given_file_is_laid_out_as_expected(path):
    expected = (CASES / "expected" / path.name).read_text(encoding="utf-8")
    assert tidy(path.read_text(encoding="utf-8"), file=path) == expected


@pytest.mark.parametrize("path", GIVEN, ids=lambda path: path.stem)
def test_a_tidy_file_stays_as_it_is(path):
    expected = (CASES / "expected" / path.name).read_text(encoding="utf-8")
    assert tidy(expected, file=path) == expected


@pytest.mark.parametrize("path", MALFORMED, ids=lambda path: path.stem)
def test_a_malformed_file_is_named_with_its_line_and_reason(path):
    text = path.read_text(encoding="utf-8")
    place, _, reason = text.partition("\n")[0].removeprefix("# ").partition(": ")
    with pytest.raises(MalformedFile) as caught:
        tidy(text, file="data/some.ttl")
    assert caught.value.file == "data/some.ttl"
    assert f"line {caught.value.line}" == place if caught.value.line else place == "no line"
    assert caught.value.message == reason
    assert caught.value.value in text or place == "no line"


def test_the_refused_part_is_shown():
    with pytest.raises(MalformedFile, match=r"some\.ttl:1: .* is not declared; .*: 'foo:b'"):
        tidy("<http://example.org/a> foo:b 1 .", file="some.ttl")


# ---- the graph decides, not the text ------------------------------------------------------


def test_the_order_of_statements_in_a_real_file_does_not_matter():
    text = (CASES / "expected" / "vocabulary.ttl").read_text(encoding="utf-8")
    quads = list(parse(text, format=RdfFormat.TURTLE))
    random.Random(7).shuffle(quads)
    lines = serialize([quad.triple for quad in quads], format=RdfFormat.N_TRIPLES).decode()
    assert tidy(lines, file="shuffled.ttl") == text


@pytest.mark.parametrize(
    "predicate", ["owl:members", "owl:oneOf", "owl:unionOf", "owl:intersectionOf"]
)
def test_members_of_a_set_are_sorted(predicate):
    assert written(f"dg:x {predicate} ( dg:b10 dg:b9 dg:a ) .").endswith(
        "( dg:a dg:b9 dg:b10 ) .\n"
    )


@pytest.mark.parametrize("predicate", ["owl:propertyChainAxiom", "sh:in", "sh:or", "dg:list"])
def test_every_other_list_keeps_its_order(predicate):
    assert written(f"dg:x {predicate} ( dg:b dg:a ) .").endswith("( dg:b dg:a ) .\n")


def test_a_list_inside_a_set_keeps_its_order():
    assert written("dg:x owl:oneOf ( ( dg:c dg:b ) dg:a ) .").endswith("( dg:a ( dg:c dg:b ) ) .\n")


def test_a_symmetric_statement_with_an_annotation_keeps_its_sides():
    given = """
    dg:topicOf owl:inverseOf dg:onTopic .
    [] a owl:Axiom ; owl:annotatedSource dg:topicOf ; owl:annotatedProperty owl:inverseOf ;
      owl:annotatedTarget dg:onTopic ; rdfs:comment "As asked for." .
    """
    assert "dg:topicOf\n    owl:inverseOf dg:onTopic ." in written(given)
    assert "dg:onTopic\n    owl:inverseOf dg:topicOf ." in written(given.partition("[]")[0])


def test_labels_do_not_change_when_the_members_of_a_set_are_sorted():
    once = written("dg:x dg:list ( _:c 1 _:d ) ; owl:oneOf ( _:c dg:a _:d ) .")
    assert once.endswith("dg:list   ( _:b1 1 _:b2 ) ;\n    owl:oneOf ( dg:a _:b1 _:b2 ) .\n")
    assert tidy(once, file="once.ttl") == once


# ---- deep and long ------------------------------------------------------------------------

E = "@prefix e: <http://example.org/> .\n"


@pytest.mark.parametrize("levels", [1, 10, 30, 99, 100])
def test_nodes_stay_nested_as_deep_as_they_may_be(levels):
    outer = "".join(f"[ e:n {level} ; e:p " for level in range(1, levels))
    text = f"{E}e:a e:p {outer}[]{' ]' * (levels - 1)} ."
    laid_out = tidy(text, file="deep.ttl")
    assert canonical(laid_out) == canonical(text)
    assert laid_out.count("[") == levels
    assert "_:b" not in laid_out


def test_a_longer_chain_of_nodes_is_cut_by_a_label():
    chain = "".join(f"_:n{n} e:n {n} ; e:p _:n{n + 1} .\n" for n in range(120))
    text = f"{E}e:a e:p _:n0 .\n{chain}"
    laid_out = tidy(text, file="chain.ttl")
    assert canonical(laid_out) == canonical(text)
    assert laid_out.count("_:b1") == 2
    assert tidy(laid_out, file="again.ttl") == laid_out


@pytest.mark.parametrize("lengths", [(2, 3), (3, 6, 3), (5, 4), (1, 2, 1, 60)])
def test_circles_of_several_lengths_have_one_text(lengths):
    circles = [
        f"_:n{length}x{circle}x{at} e:p _:n{length}x{circle}x{(at + 1) % length} .\n"
        for circle, length in enumerate(lengths)
        for at in range(length)
    ]
    texts = set()
    for seed in range(3):
        random.Random(seed).shuffle(circles)
        laid_out = tidy(E + "".join(circles), file="circles.ttl")
        texts |= {laid_out, tidy(laid_out, file="again.ttl")}
    assert len(texts) == 1


def test_nested_lists_are_written_as_deep_as_nodes():
    opening = "".join(f"( {level} " for level in range(100))
    text = f"{E}e:a e:p {opening}{')' * 100} ."
    assert canonical(tidy(text, file="lists.ttl")) == canonical(text)


def test_many_nodes_deep_in_each_other_do_not_outgrow_their_file():
    nested = "[ e:p " * 99 + "[ e:n {} ]" + " ]" * 99
    text = E + "".join(f"e:a{n} e:p {nested.format(n)} .\n" for n in range(20))
    assert len(tidy(text, file="deep.ttl")) < 10 * len(text)


def test_a_long_list_and_many_nodes_are_laid_out():
    members = " ".join(f"[ e:n {number} ]" for number in range(2000))
    text = tidy(f"{E}e:a e:p ( {members} ) , {members.replace(' [', ' , [')} .", file="long.ttl")
    assert text.count("[ e:n ") == 4000


# ---- prefixes -----------------------------------------------------------------------------

OURS = names.PREFIXES["event"]
OTHER = "@prefix event: <http://example.org/event#> .\n"


def test_a_declared_prefix_is_used_though_the_table_has_its_name_for_another_iri():
    assert "\nevent:a\n" in tidy(OTHER + "event:a a event:B .", file="other.ttl")


def test_the_name_belongs_to_the_table_where_a_text_needs_both():
    text = tidy(f"{OTHER}event:a a <{OURS}b> .", file="both.ttl")
    assert f"@prefix event: <{OURS}> ." in text
    assert "<http://example.org/event#a>\n    a event:b ." in text


def test_an_iri_of_this_project_gets_a_declared_prefix_but_not_the_empty_one():
    declared = f"@prefix : <{names.ROOT}> . @prefix boat: <{names.ROOT}id/boat/> .\n"
    text = tidy(f"{declared}boat:ada a <{names.ROOT}Boat> .", file="boats.ttl")
    assert text.endswith(f"boat:ada\n    a <{names.ROOT}Boat> .\n")


# ---- the layout ---------------------------------------------------------------------------


def test_the_top_line_is_the_title_of_the_header():
    assert written(HEADER).startswith("# Things\n\n@prefix dcterms: <")


def test_a_header_without_title_gives_its_label_on_top():
    text = written('<http://example.org/f> a owl:Ontology ; rdfs:label "By label" .')
    assert text.startswith("# By label\n")


def test_a_file_without_header_has_no_top_line():
    assert written("dg:a a owl:Class .").startswith("@prefix dg: ")


def test_only_used_prefixes_are_declared_sorted_and_aligned():
    head = written("event:a a owl:NamedIndividual ; dg:onTopic topic:trade .").split("\n\n")[0]
    assert head.splitlines() == [
        "@prefix dg:    <https://w3id.org/diplograph/ontology#> .",
        "@prefix event: <https://w3id.org/diplograph/id/event/> .",
        "@prefix owl:   <http://www.w3.org/2002/07/owl#> .",
        "@prefix topic: <https://w3id.org/diplograph/concept/topic/> .",
    ]


def test_values_share_a_line_while_they_fit_in_100_columns():
    values = " , ".join(f"event:talks-{number}" for number in range(1, 31))
    lines = written(f"passage:a dg:supports {values} .").splitlines()
    rows = [line for line in lines if "event:talks" in line]
    assert len(rows) == 6
    assert max(map(len, rows)) <= 100
    assert {line.index("event:") for line in rows} == {len("    dg:supports ")}


@pytest.mark.parametrize("length", range(70, 85))
def test_no_line_is_longer_than_100_columns_unless_one_value_is(length):
    body = f'event:a dg:gist "{"x" * length}" , "{"y" * 5}" .'
    assert max(map(len, written(body).splitlines())) <= 100


def test_the_header_comes_before_everything():
    assert written(HEADER + " dg:A a owl:Class .").index("example.org/file") < written(
        HEADER + " dg:A a owl:Class ."
    ).index("# Classes")


@pytest.mark.parametrize("kind", names.ENTITY_KINDS + names.FACT_KINDS + names.SOURCE_KINDS)
def test_every_kind_of_individual_has_a_section_of_its_own(kind):
    text = written(f"<{names.PREFIXES[kind]}a> a owl:NamedIndividual .")
    assert "\n# " in text
    assert "# Other things" not in text


@pytest.mark.parametrize("scheme", names.CONCEPT_SCHEMES)
def test_every_scheme_of_concepts_has_a_section_of_its_own(scheme):
    assert f"# Concepts of {scheme}\n\ndgc:{scheme}\n" in written(
        f"{scheme}:a skos:inScheme dgc:{scheme} . dgc:{scheme} a skos:ConceptScheme ."
    )


def test_a_fact_is_told_in_the_order_a_label_definition_rest_source():
    rows = written(
        "dg:x rdfs:isDefinedBy dg:o ; dg:zeal 1 ; dg:holder dg:p ; skos:definition 'd' ;"
        " rdfs:label 'l' ; a dg:Tenure ; dg:sourceNote 's' ; dg:office dg:q ; dg:edtf '1' ."
    ).splitlines()[-9:]
    assert [row.split()[0] for row in rows] == [
        "a",
        "rdfs:label",
        "skos:definition",
        "dg:holder",
        "dg:office",
        "dg:edtf",
        "dg:zeal",
        "dg:sourceNote",
        "rdfs:isDefinedBy",
    ]


# ---- the order of another ontology --------------------------------------------------------


BOATS = """
@prefix dg: <https://w3id.org/diplograph/ontology#> .
dg:Boat dg:iriKind "boat" ; dg:sectionTitle "Boats"@en ; dg:fileOrder 20 .
dg:Pier dg:iriKind "pier" ; dg:sectionTitle "Piers"@en ; dg:fileOrder 10 .
dg:mooredAt dg:fileOrder 10 .
dg:built dg:fileOrder 20 .
dg:painter dg:fileOrder 1010 .
"""
HARBOUR = """
@prefix dg: <https://w3id.org/diplograph/ontology#> .
@prefix id: <https://w3id.org/diplograph/id/> .
<https://w3id.org/diplograph/id/boat/ada> dg:painter 4 ; dg:zeal 3 ; dg:built 2 ; dg:mooredAt 1 .
<https://w3id.org/diplograph/id/pier/east> dg:built 1900 .
"""


def test_a_new_class_and_its_properties_are_placed_by_the_ontology_of_the_home(tmp_path):
    home = write_home(tmp_path, **{"ontology/boats.ttl": BOATS})
    lines = tidy(HARBOUR, file="data/harbour.ttl", home=home).splitlines()
    assert [line for line in lines if line.startswith("# ")] == ["# Piers", "# Boats"]
    assert [line.split()[0] for line in lines[-4:]] == [
        "dg:mooredAt",
        "dg:built",
        "dg:zeal",
        "dg:painter",
    ]


def test_a_kind_that_the_ontology_of_the_home_does_not_place_is_another_thing(tmp_path):
    text = tidy(HARBOUR, file="data/harbour.ttl", home=write_home(tmp_path))
    assert [line for line in text.splitlines() if line.startswith("# ")] == ["# Other things"]


def test_a_place_that_is_no_number_names_its_file(tmp_path):
    bad = BOATS.replace("fileOrder 20", "fileOrder 2.5")
    home = write_home(tmp_path, **{"ontology/boats.ttl": bad})
    with pytest.raises(MalformedFile, match=r"boats\.ttl: dg:fileOrder is a whole number: '2\.5'"):
        tidy(HARBOUR, file="data/harbour.ttl", home=home)


# ---- files --------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path):
    return tmp_path / "some.ttl"


def test_a_file_is_laid_out_in_its_place(path):
    path.write_text("<http://example.org/a>   a <http://example.org/B>.")
    assert tidy_file(path) is True
    assert path.read_text() == (
        "# Other things\n\n<http://example.org/a>\n    a <http://example.org/B> .\n"
    )
    assert [entry.name for entry in path.parent.iterdir()] == ["some.ttl"]


def test_a_tidy_file_is_not_written_again(path):
    path.write_text((CASES / "expected" / "sections.ttl").read_text())
    before = path.stat().st_mtime_ns, path.stat().st_ino
    assert tidy_file(path) is False
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before


def test_a_check_says_what_would_change_and_writes_nothing(path):
    path.write_text("<http://example.org/a>   a <http://example.org/B>.")
    assert tidy_file(path, check=True) is True
    assert path.read_text() == "<http://example.org/a>   a <http://example.org/B>."


def test_a_malformed_file_stays_as_it_was(path):
    path.write_text("no Turtle")
    with pytest.raises(MalformedFile):
        tidy_file(path)
    assert path.read_text() == "no Turtle"


MARK = b"\xef\xbb\xbf"


@pytest.mark.parametrize("name", [path.name for path in GIVEN])
def test_a_tidy_file_that_git_gave_other_line_ends_is_tidy(path, name):
    content = (CASES / "expected" / name).read_bytes().replace(b"\n", b"\r\n")
    for bytes_on_disk in (content, MARK + content):
        path.write_bytes(bytes_on_disk)
        assert tidy_file(path, check=True) is False


def test_line_ends_and_a_byte_order_mark_stay(path):
    path.write_bytes(MARK + b"<http://example.org/a>\r\n a <http://example.org/B> .\r\n")
    tidy_file(path)
    assert path.read_bytes() == MARK + (
        b"# Other things\r\n\r\n<http://example.org/a>\r\n    a <http://example.org/B> .\r\n"
    )


def test_texts_of_several_lines_stay_the_same_whatever_the_line_ends():
    lines = ['<urn:a> <urn:p> "one\\ntwo" , """three', 'four""" , "five\\r\\nsix" .', ""]
    for line_end in ("\n", "\r\n"):
        text = line_end.join(lines)
        assert canonical(tidy(text, file="some.ttl")) == canonical(text)


def test_mixed_line_ends_become_line_feeds(path):
    path.write_bytes(b"<http://example.org/a>\r\n a <http://example.org/B> .\n")
    tidy_file(path)
    assert b"\r" not in path.read_bytes()


def test_a_file_that_is_not_utf_8_stays_as_it_was(path):
    path.write_bytes("<http://example.org/a>\n <http://example.org/p> 'é' .".encode("latin-1"))
    with pytest.raises(UnreadableFile, match=r"some\.ttl:2: the file is not UTF-8"):
        tidy_file(path)
    assert path.read_bytes().endswith(b"'\xe9' .")


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ('<?xml version="1.0"?><r:RDF xmlns:r="http://example.org/"/>', "RDF/XML"),
        ('{"@context": {}, "@id": "http://example.org/a"}', "JSON-LD"),
        ("<http://example.org/g> { <http://example.org/a> a <http://example.org/B> }", "TriG"),
    ],
)
def test_another_format_is_named_and_stays_as_it_was(path, content, title):
    path.write_text(content)
    with pytest.raises(MalformedFile, match=rf"some\.ttl:1: this looks like {title}; tidy reads"):
        tidy_file(path)
    assert path.read_text() == content


@pytest.mark.parametrize("name", ["some.nt", "some.txt", "some", "some.ttl.bak"])
def test_a_name_that_is_not_of_turtle_is_refused(path, name):
    given = path.with_name(name)
    given.write_text("<http://example.org/a>   a <http://example.org/B>.")
    with pytest.raises(UnreadableFile, match=r"names end in \.ttl, \.turtle, \.n3"):
        tidy_file(given)
    assert given.read_text() == "<http://example.org/a>   a <http://example.org/B>."


@pytest.mark.parametrize("suffix", [*SUFFIXES, ".TTL"])
def test_names_of_turtle_have_one_of_three_suffixes_in_any_case(path, suffix):
    given = path.with_suffix(suffix)
    given.write_text("<http://example.org/a>   a <http://example.org/B>.")
    assert tidy_file(given) is True


def test_a_file_that_may_not_be_written_is_named(path, monkeypatch):
    path.write_text("<http://example.org/a>   a <http://example.org/B>.")
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(UnreadableFile, match=r"some\.ttl: the file cannot be written"):
        tidy_file(path)


def test_a_pipe_is_refused_and_not_waited_for(path):
    os.mkfifo(path)
    with pytest.raises(UnreadableFile, match=r"some\.ttl: it is a pipe, a socket or a device"):
        tidy_file(path)


def test_a_folder_lists_its_turtle_files_without_hidden_ones_and_copies(tmp_path):
    listed = ["B.TTL", "a.ttl", "folder/c.ttl"]
    others = [".#a.ttl", "._a.ttl", "a.ttl~", "#a.ttl#", ".hidden/d.ttl", "e.nt", "f.turtle"]
    for name in [*listed, *others]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert list_turtle_files(tmp_path) == [tmp_path / name for name in listed]
