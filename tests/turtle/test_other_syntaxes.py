"""What is no Turtle is named as what it looks like; malformed Turtle is not taken for another."""

import pytest
from pyoxigraph import NamedNode, Quad, Triple, serialize

from diplograph.core.errors import DiplographError, MalformedFile
from diplograph.core.formats import STATEMENTS
from diplograph.turtle import tidy_bytes, tidy_file

A = NamedNode("http://example.org/a")


def serialized(name):
    form = STATEMENTS[name]
    return serialize([Quad(A, A, A, A) if form.graphs else Triple(A, A, A)], format=form.serializer)


def refusal(content):
    with pytest.raises(MalformedFile) as caught:
        tidy_bytes(content.encode() if isinstance(content, str) else content, file="some.ttl")
    return caught.value.message


def test_n_triples_are_turtle():
    assert tidy_bytes(serialized("ntriples"), file="some.ttl").startswith(b"# External")


@pytest.mark.parametrize("name", sorted(STATEMENTS.keys() - {"turtle", "ntriples"}))
def test_another_format_of_statements_is_named(name):
    title = STATEMENTS[name].title
    message = f"this looks like {title}; tidy reads and writes Turtle, nothing else"
    assert refusal(serialized(name)) == message


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ('\ufeff<?xml version="1.0"?>\n<!DOCTYPE r:RDF [ ]>\n<r:RDF xmlns:r="urn:r"/>', "RDF/XML"),
        ('<!-- a comment -->\n<RDF xmlns="urn:r"/>', "RDF/XML"),
        ('<?xml version="1.0"?><Ontology xmlns="http://www.w3.org/2002/07/owl#"/>', "OWL/XML"),
        ('<!doctype html>\n<html lang="en">', "HTML"),
        ("\n<HTML>\n<body>404", "HTML"),
        ('<svg xmlns="http://www.w3.org/2000/svg"/>', "XML"),
        ("<feed>\n<entry>1</entry>\n</feed>", "XML"),
        ("Prefix(:=<urn:o>)\nOntology(<urn:o>)", "OWL functional syntax"),
        ("Prefix: : <urn:o>\nClass: A", "Manchester syntax"),
        ("format-version: 1.2\n", "OBO"),
        ("PREFIX e: <urn:>\nselect * WHERE { ?s ?p ?o }", "SPARQL"),
        ("# Which?\nASK { ?s ?p ?o }", "SPARQL"),
        ("@prefix e: <urn:e:> .\ne:g { e:a e:b e:c }", "TriG"),
        ('[{"@id": "http://example.org/a"}]', "JSON-LD"),
        ('{"@context": {} ,', "JSON-LD"),
        ("name,date of birth\nAda,1815\n", "a table (CSV)"),
        ('"name";"date"\n', "a table (CSV)"),
        ("name\tdate\n", "a table (CSV)"),
    ],
)
def test_a_text_is_named_by_how_it_begins(text, title):
    assert refusal(text).startswith(f"this looks like {title};")


@pytest.mark.parametrize(
    "text",
    [
        "<urn:a> a 'open",
        "<urn:a> a <urn:B> .\n<<<<<<< HEAD\n",
        "<a> <b> <c> .",
        "<#a> a </b> .",
        "a b c , d\n",
        "Some text, with a comma\n",
        "[ <urn:a> ] [ ] ;",
        "\0\0",
        'PREFIX e: <urn:>\ne:a e:select """\nSELECT * { ?s ?p ?o }\nPrefix: (\n""" { .',
        "select",
    ],
)
def test_malformed_turtle_is_taken_for_nothing_else(text):
    assert "looks like" not in refusal(text)


@pytest.mark.parametrize("name", ["some.rdf", "some.json", "some.ttl.gz", "some.csv"])
def test_another_name_is_no_reason_to_rewrite_a_file(tmp_path, name):
    path = tmp_path / name
    for content in (b"<urn:a>   a <urn:B> .", b'{"a": 1}', b"\x1f\x8b\x08", b"a,b\n"):
        path.write_bytes(content)
        with pytest.raises(DiplographError) as caught:
            tidy_file(path)
        assert caught.value.exit_code == 3
        assert path.read_bytes() == content
