"""Text in another language than the page's says which (WCAG 2.2, 3.1.2), wherever it is shown."""

import html5lib
import pyoxigraph as ox
import pytest

from diplograph.core.names import (
    ONTOLOGY_GRAPH,
    PREFIXES,
    QUESTIONS_GRAPH,
    SHAPES_GRAPH,
)
from diplograph.core.things import tag_text
from diplograph.store.store import Store
from diplograph.web.app import create_app
from diplograph.web.rendering import write_language, write_text
from fixtures.small_build import write_files

MARK = "\u0436"  # a letter that nothing else on a page has
LABEL, ALTERNATIVE = f"{PREFIXES['rdfs']}label", f"{PREFIXES['skos']}altLabel"
VOCABULARY = (ONTOLOGY_GRAPH, QUESTIONS_GRAPH, SHAPES_GRAPH)
VIEWS = ("/timeline?asof=2032-01-01", "/open?asof=2032-01-01", "/page/partnership/xaa-xbe")
# Texts that have no language in English.
WORDS = ("#gist", "#hedgeText", "#dateText", "#quantityText")


def translate(quads, with_labels):
    """Yield the statements with each English text of the data in Russian."""
    for quad in quads:
        value = quad.object
        words = quad.predicate.value.endswith(WORDS)
        english = isinstance(value, ox.Literal) and (value.language == "en" or words)
        if not english or quad.graph_name.value in VOCABULARY:
            yield quad
        elif quad.predicate.value == LABEL and not with_labels:
            yield quad
            other = ox.Literal(MARK + value.value, language="ru")
            yield ox.Quad(quad.subject, ox.NamedNode(ALTERNATIVE), other, quad.graph_name)
        else:
            russian = ox.Literal(MARK + value.value, language="ru")
            yield ox.Quad(quad.subject, quad.predicate, russian, quad.graph_name)


def open_client(graph, folder, with_labels=False):
    quads = sorted(graph.store.match(), key=str)
    text = ox.serialize(translate(quads, with_labels), format=ox.RdfFormat.N_QUADS).decode()
    return create_app(Store.open(write_files(folder, text)), graph.questions).test_client()


@pytest.fixture(scope="module")
def client(graph, tmp_path_factory):
    return open_client(graph, tmp_path_factory.mktemp("build") / "russian")


def find_untagged(html):
    """Return the texts with MARK whose nearest `lang` is not Russian, and how many are Russian."""
    root = html5lib.parse(html, namespaceHTMLElements=False)
    untagged, tagged = [], 0
    todo = [(root, "")]
    while todo:
        element, language = todo.pop()
        if not isinstance(element.tag, str) or element.tag in {"script", "title", "textarea"}:
            continue
        language = element.get("lang", language)
        texts = [element.text or "", *(child.tail or "" for child in element)]
        for text in texts:
            if MARK in text and language != "ru":
                untagged.append(f"<{element.tag}> {text.strip()}")
            tagged += MARK in text and language == "ru"
        todo += [(child, language) for child in element]
    return untagged, tagged


@pytest.mark.parametrize(
    "path",
    "/page/state/XAA /page/person/ada-varn /page/event/belport-talks?asof=2032-01-01"
    " /page/concern/trawlers /page/quantity-estimate/deckhands-at-least-9 /page/forum/river-circle"
    " /fact/quantity-estimate/deckhands-at-least-9 /report/harbour-wire"
    " /page/passage/harbour-wire/1 /page/attestation/harbour-wire/1 /search?q=%D0%B6"
    " /questions/outside-identifiers"
    " /ontology/sourceNote /ontology/gist /open?asof=2032-01-01".split(),
)
def test_each_text_in_another_language_says_so(client, path):
    response = client.get(path, headers={"Accept": "text/html"})
    assert response.status_code == 200
    untagged, tagged = find_untagged(response.text)
    assert untagged == []
    assert tagged


def test_a_table_of_results_says_the_language_of_each_text(client):
    query = f"SELECT ?name {{ <{PREFIXES['state']}XAA> <{ALTERNATIVE}> ?name }}"
    for text in (query, query.replace("SELECT ?name {", "CONSTRUCT WHERE {")):
        response = client.get("/sparql", query_string={"query": text, "format": "html"})
        assert f'<bdi lang="ru">{MARK}Ardenia</bdi>' in response.text


def test_labels_that_are_in_no_english_say_their_language(graph, tmp_path):
    client = open_client(graph, tmp_path / "labels", with_labels=True)
    for path in ("/search?kind=person", "/search?q=Varn", *VIEWS):
        untagged, tagged = find_untagged(client.get(path).text)
        assert (path, untagged) == (path, [])
        assert tagged


def test_other_names_are_shown_under_a_heading_in_words(client):
    html = client.get("/page/state/XAA").text
    assert "<dt>Other names</dt>" in html
    assert "skos:altLabel" not in html


@pytest.mark.parametrize(
    ("tag", "attribute"),
    [
        ("ru", ' lang="ru"'),
        ("x-klingon", ' lang="x-klingon"'),
        ("RU", ' lang="RU"'),
        ("en-GB", ' lang="en-GB"'),
        ("zh-Hant-TW", ' lang="zh-Hant-TW"'),
        ("a-" + "-".join(["abcdefgh"] * 30), f' lang="a-{"-".join(["abcdefgh"] * 30)}"'),
        ('ru" onclick="alert(1)', ' lang=""'),
        ("ru_RU", ' lang=""'),
        ("en", ""),
        ("EN", ""),
        ("", ""),
    ],
)
def test_a_language_is_written_as_an_attribute_or_as_unknown(tag, attribute):
    text = tag_text("<b>", tag)
    assert write_language(text) == attribute
    assert write_text(text) == f"<bdi{attribute}>&lt;b&gt;</bdi>"


def test_one_thing_with_labels_in_two_languages_is_named_once(graph, tmp_path):
    quads = sorted(graph.store.match(), key=str)
    reading = next(quad for quad in quads if quad.predicate.value.endswith("#attributedTo"))
    label = ox.Literal(MARK, language="ru")
    quads.append(ox.Quad(reading.object, ox.NamedNode(LABEL), label, reading.graph_name))
    text = ox.serialize(quads, format=ox.RdfFormat.N_QUADS).decode()
    client = create_app(Store.open(write_files(tmp_path / "two", text))).test_client()
    path = reading.subject.value.replace(PREFIXES["attestation"], "/page/attestation/")
    response = client.get(path, headers={"Accept": "text/html"})
    assert response.status_code == 200
    assert MARK not in response.text
