"""Laying a file out never changes its graph, and only its graph decides how it is laid out."""

from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    RdfFormat,
    Triple,
    serialize,
)

from diplograph.core import names
from diplograph.turtle import tidy
from fixtures.canonical_graph import canonical

RDF, OWL, XSD = (names.PREFIXES[prefix] for prefix in ("rdf", "owl", "xsd"))
IRIS = st.sampled_from(
    [
        names.PREFIXES["dg"] + "Summit",
        names.PREFIXES["event"] + "talks-2",
        names.PREFIXES["event"] + "talks-10",
        names.PREFIXES["passage"] + "harbour-wire/3",
        names.PREFIXES["passage"] + "no-number",
        names.PREFIXES["dg"] + "ends.",
        names.PREFIXES["dg"] + "-begins",
        names.PREFIXES["dg"],
        names.PREFIXES["topic"] + "trade/oil",
        "http://example.org/a,b;c(d)'e",
        "http://example.org/ümlaut/漢字",
        "urn:isbn:1",
        RDF + "nil",
        RDF + "first",
        OWL + "Class",
    ]
).map(NamedNode)
PREDICATES = st.sampled_from(
    [
        RDF + "type",
        RDF + "first",
        RDF + "rest",
        names.PREFIXES["rdfs"] + "label",
        names.PREFIXES["dg"] + "onTopic",
        "http://example.org/p",
    ]
).map(NamedNode)
BLANKS = st.sampled_from([BlankNode(name) for name in "abcd"])
TEXTS = st.text(
    st.characters(codec="utf-8")
    | st.sampled_from('"\\\n\r\t\b\f\0\x85\u2028\u202e\u0301\u0645\u0624'),
    max_size=12,
)
DATATYPES = st.sampled_from(
    ["string", "integer", "decimal", "double", "boolean", "dateTime", "nonNegativeInteger"]
).map(lambda local: NamedNode(XSD + local))
NUMBERS = st.sampled_from(
    ["0", "5", "-5", "05", "+5", "1.5", "1.50", ".5", "-0.0", "1e3", "1.0E3", "true", "1", "INF"]
)
LITERALS = st.one_of(
    st.builds(Literal, TEXTS),
    st.builds(lambda text, tag: Literal(text, language=tag), TEXTS, st.sampled_from(["en", "ar"])),
    st.builds(lambda text, kind: Literal(text, datatype=kind), TEXTS | NUMBERS, DATATYPES),
)
GRAPHS = st.lists(
    st.builds(Triple, IRIS | BLANKS, PREDICATES, IRIS | BLANKS | LITERALS), max_size=12
)


def as_lines(triples):
    return serialize(triples, format=RdfFormat.N_TRIPLES).decode()


@given(GRAPHS)
@settings(deadline=None)
def test_the_tidy_text_has_the_given_graph(triples):
    lines = as_lines(triples)
    assert canonical(tidy(lines, file="given.ttl")) == canonical(lines)


@given(GRAPHS, st.randoms(use_true_random=False), st.permutations("abcd"))
@settings(deadline=None)
def test_isomorphic_graphs_have_the_same_text(triples, chance, letters):
    other = dict(zip("abcd", letters, strict=True))

    def renamed(term):
        return BlankNode(f"x{other[term.value]}") if isinstance(term, BlankNode) else term

    again = [Triple(renamed(t.subject), t.predicate, renamed(t.object)) for t in triples]
    chance.shuffle(again)
    assert tidy(as_lines(again), file="b.ttl") == tidy(as_lines(triples), file="a.ttl")


@given(GRAPHS)
@settings(deadline=None)
def test_tidying_twice_changes_nothing_more(triples):
    once = tidy(as_lines(triples), file="given.ttl")
    assert tidy(once, file="once.ttl") == once
