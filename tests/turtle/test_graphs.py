"""Laying a file out never changes its graph, and only its graph decides how it is laid out."""

import random
from collections import Counter
from itertools import product

from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Triple,
    parse,
    serialize,
)

from diplograph.core import names
from diplograph.core.errors import DiplographError
from diplograph.turtle import tidy, tidy_bytes
from diplograph.turtle.order import SETS, SYMMETRIC
from fixtures.canonical_graph import canonical
from fixtures.property_cases import fewer_property_cases, property_cases

RDF, OWL, XSD = (names.PREFIXES[prefix] for prefix in ("rdf", "owl", "xsd"))
FIRST, REST, NIL = (NamedNode(RDF + local) for local in ("first", "rest", "nil"))


def is_iri(text):
    try:
        return bool(NamedNode(text))
    except ValueError:
        return False


def as_lines(triples):
    return serialize(triples, format=RdfFormat.N_TRIPLES).decode()


# ---- terms and graphs ---------------------------------------------------------------------

NAMESPACES = [
    "http://example.org/",
    "http://example.org/own#",
    "http://example.org/own#a",
    "http://schema.org/",
    "urn:",
    names.ROOT,
    names.PREFIXES["dg"],
    names.PREFIXES["event"],
    names.PREFIXES["passage"],
    names.PREFIXES["passage"] + "harbour-wire/",
    names.PREFIXES["schema"],
]
PAIRS = ["".join(pair) for pair in product("a1_-.:/~!'(,;?%@é·漢\u0301\U0001f600", repeat=2)]
LOCALS = ["", "a", "talks-2", "talks-10", "3", "%41", "a%2Fb", "a.b", "ümlaut/漢字", *PAIRS]
PREFIXES = st.dictionaries(
    st.sampled_from(["", "ex", "e.x-1", "é", "event", "schema", "dg", "rdf", "passage-a"]),
    st.sampled_from(NAMESPACES),
    max_size=4,
)
WORDS = [RDF + "nil", RDF + "first", OWL + "Class", OWL + "Ontology"]
POOL = [word for word in map("".join, product(NAMESPACES, LOCALS)) if is_iri(word)]
IRIS = (st.sampled_from(POOL) | st.sampled_from(WORDS)).map(NamedNode)
PREDICATES = st.sampled_from(
    [
        RDF + "type",
        RDF + "first",
        RDF + "rest",
        OWL + "oneOf",
        OWL + "inverseOf",
        names.PREFIXES["rdfs"] + "label",
        names.PREFIXES["dcterms"] + "title",
        names.PREFIXES["dg"] + "onTopic",
        "http://example.org/p",
        "http://example.org/own#a",
    ]
).map(NamedNode)
BLANKS = st.sampled_from([BlankNode(name) for name in "abcd"])
TEXTS = st.text(
    st.characters(codec="utf-8")
    | st.sampled_from('"\\\n\r\t\b\f\0\x85\u2028\u202e\ufeff\uffff\u0301\u0645\u0624#'),
    max_size=12,
) | st.sampled_from(["\r\n", "a\r\nb\nc", "\n", '"""', "# Classes", "'''\\"])
DATATYPES = st.sampled_from(
    ["string", "integer", "decimal", "double", "boolean", "dateTime", "nonNegativeInteger"]
).map(lambda local: NamedNode(XSD + local)) | IRIS.filter(
    lambda iri: iri.value not in (RDF + "langString", RDF + "dirLangString")
)
NUMBERS = st.sampled_from(
    ["0", "5", "-5", "05", "+5", "1.5", "1.50", ".5", "-0.0", "1e3", "1.0E3", "true", "1", "INF"]
)
LANGUAGES = st.sampled_from(["en", "ar", "en-GB", "de-1996"])
LITERALS = st.one_of(
    st.builds(Literal, TEXTS),
    st.builds(lambda text, tag: Literal(text, language=tag), TEXTS, LANGUAGES),
    st.builds(lambda text, kind: Literal(text, datatype=kind), TEXTS | NUMBERS, DATATYPES),
)
OBJECTS = IRIS | BLANKS | LITERALS
TRIPLES = st.lists(st.builds(Triple, IRIS | BLANKS, PREDICATES, OBJECTS), max_size=5)


@st.composite
def lists(draw):
    """Return the statements of some lists: the second cells may be shared, or be circular."""
    triples = []
    for number in range(draw(st.integers(0, 2))):
        members = draw(st.lists(OBJECTS, min_size=1, max_size=3))
        cells = [BlankNode(f"cell{number}x{index}") for index in range(len(members))]
        end = draw(st.sampled_from([NIL, NIL, NIL, NIL, BlankNode("cell0x0"), BlankNode("a")]))
        triples += map(Triple, cells, len(cells) * [FIRST], members)
        triples += map(Triple, cells, len(cells) * [REST], [*cells[1:], end])
        triples.append(Triple(draw(IRIS | BLANKS), draw(PREDICATES), cells[0]))
    return triples


def make_circles(lengths):
    """Return the statements of circles of nodes, of some lengths, that nothing else refers to."""
    own = NamedNode("http://example.org/p")
    return [
        Triple(BlankNode(f"o{circle}x{at}"), own, BlankNode(f"o{circle}x{(at + 1) % length}"))
        for circle, length in enumerate(lengths)
        for at in range(length)
    ]


CIRCLES = st.lists(st.integers(1, 4), max_size=3).map(make_circles)
GRAPHS = st.builds(list.__add__, TRIPLES, lists())


def on_both_sides(quads):
    """Return the statements, and each symmetric one between two IRIs also turned round."""
    turned = {
        Quad(quad.object, quad.predicate, quad.subject)
        for quad in quads
        if quad.predicate.value in SYMMETRIC
        and isinstance(quad.subject, NamedNode)
        and isinstance(quad.object, NamedNode)
    }
    return quads | turned


def without_order_of_sets(text):
    """Return the statements of a Turtle text, each list that stands for a set as a bag.

    Symmetric statements have both directions.
    """
    quads = on_both_sides(set(parse(text, format=RdfFormat.TURTLE)))
    values, uses = {}, Counter(quad.object for quad in quads)
    for quad in quads:
        values.setdefault(quad.subject, {}).setdefault(quad.predicate, []).append(quad.object)

    def cells_of(node):
        cells = []
        while node != NIL:
            own = values.get(node, {})
            shape = {predicate: len(objects) for predicate, objects in own.items()}
            if uses[node] != 1 or node in cells or shape != {FIRST: 1, REST: 1}:
                return []
            cells.append(node)
            node = own[REST][0]
        return cells

    for number, quad in enumerate([quad for quad in quads if quad.predicate.value in SETS]):
        for index, cell in enumerate(cells_of(quad.object)):
            place = BlankNode(f"place{number}x{index}")
            quads -= {quad for quad in quads if quad.subject == cell}
            quads |= {
                Quad(quad.object, NamedNode("urn:has"), place),
                Quad(place, NamedNode("urn:is"), values[cell][FIRST][0]),
            }
    return canonical(quads)


# ---- what is true of every graph ----------------------------------------------------------


@given(GRAPHS, PREFIXES, st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "\ufeff"]))
@fewer_property_cases
def test_a_tidy_file_has_the_given_graph_and_stays_as_it_is(triples, own, line_end, mark):
    text = serialize(triples, format=RdfFormat.TURTLE, prefixes=own).decode()
    before = mark + text.replace("\n", line_end)
    after = tidy_bytes(before.encode(), file="given.ttl")
    laid_out = after.decode()
    assert without_order_of_sets(laid_out.removeprefix(mark)) == without_order_of_sets(text)
    assert laid_out.startswith(mark)
    assert laid_out.count("\n") == laid_out.count(line_end)
    assert tidy_bytes(after, file="given.ttl") == after


@given(st.builds(list.__add__, GRAPHS, CIRCLES), st.integers(0, 99))
@fewer_property_cases
def test_isomorphic_graphs_have_the_same_text(triples, seed):
    chance = random.Random(seed)
    blank = [term for triple in triples for term in triple if isinstance(term, BlankNode)]
    nodes = list(dict.fromkeys(blank))
    others = [BlankNode(f"x{number}") for number in range(len(nodes))]
    chance.shuffle(others)
    other = dict(zip(nodes, others, strict=True))
    again = [Triple(*(other.get(term, term) for term in triple)) for triple in triples]
    chance.shuffle(again)
    assert tidy(as_lines(again), file="b.ttl") == tidy(as_lines(triples), file="a.ttl")


TOKENS = """
@prefix PREFIX @base e: : <http://example.org/> <a> e:a e:%41 e:a\\#b _:b a [ ] ( ) { } ; , . " '
\"\"\" \'\'\' \\ \\u00e9 "x" 'y' @en ^^ 1 1.5 true #c << >> <<( )>> {| |} => < > = GRAPH
""".split()
BLANK_TOKENS = ["\n", "\r", "\0", "\x85", "<a b>", "# c\n", "\ud83d"]
DECLARED = "@prefix e: <http://example.org/> .\n@base <http://example.org/> .\n"


@given(
    st.sampled_from(["", DECLARED, DECLARED + "e:a e:b "]),
    st.lists(st.sampled_from([*TOKENS, *BLANK_TOKENS]), max_size=12),
)
@property_cases
def test_any_text_is_laid_out_or_refused_with_a_reason(begin, tokens):
    content = (begin + " ".join(tokens)).encode(errors="surrogatepass")
    refused = None
    try:
        content = tidy_bytes(content, file="given.ttl")
    except DiplographError as error:
        refused = error
    if refused is None:
        assert tidy_bytes(content, file="given.ttl") == content
    else:
        assert str(refused).startswith("given.ttl")
        assert refused.exit_code in (1, 3)
