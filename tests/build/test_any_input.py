"""Whatever a file holds and however it is called: it is read, or an error names it."""

from __future__ import annotations

import os
import random
import string

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diplograph.build.dataset import read_files
from diplograph.build.reason import reason
from diplograph.core.errors import DiplographError
from diplograph.core.home import Home
from diplograph.core.names import PREFIXES
from diplograph.core.terminal import escape_controls
from fixtures.property_cases import CASES, property_cases

USED = ("dg", "owl", "rdf", "rdfs", "state", "xsd")
PROLOGUE = "".join(f"@prefix {prefix}: <{PREFIXES[prefix]}> .\n" for prefix in USED)
TEXTS = {
    "ttl": PROLOGUE
    + """
dg:A a owl:Class ; rdfs:label "a \\"b\\" \\u00e9"@en , '''x
y'''@en-GB ; rdfs:subClassOf [ a owl:Restriction ; owl:onProperty dg:p ; owl:someValuesFrom dg:B ] .
dg:B owl:unionOf ( dg:C dg:D 1 2.5 .5 1e0 true "2025-01-01"^^xsd:date ) .
<https://x.example/a?b#c> dg:p _:b1 . _:b1 dg:q () .
""",
    "nt": '<urn:a> <urn:b> "c\\n"@en .\n_:a <urn:b> <urn:c> . # d\n_:a <urn:b> "1"^^<urn:d> .\n',
    "rdf": f"""<?xml version="1.0"?>
<!DOCTYPE rdf:RDF [ <!ENTITY dg "{PREFIXES["dg"]}" > ]>
<rdf:RDF xmlns:rdf="{PREFIXES["rdf"]}" xmlns:dg="{PREFIXES["dg"]}" xml:base="urn:x-a:b">
  <dg:A rdf:about="&dg;a"><dg:p rdf:resource="#b"/><dg:q xml:lang="en">x &amp; y</dg:q></dg:A>
  <rdf:Description rdf:ID="c"><dg:p><dg:B dg:q="z"/></dg:p>
    <dg:l rdf:parseType="Collection"><dg:A/></dg:l></rdf:Description>
</rdf:RDF>
""",
    "jsonld": """{"@context": {"e": "urn:e:", "p": {"@id": "e:p", "@type": "@id"}},
 "@id": "e:a", "@type": "e:T", "p": ["e:b",
  {"@id": "e:c", "e:q": {"@value": "x", "@language": "en"}}],
 "e:l": {"@list": [1, 2.5, true, null]}}
""",
}
PIECES = [
    *"[](){}<>.,;:@#\"'\\^_~|&%/ \n\r\t\0\ufeff\u202e\u00e9\U000e01ef",
    "( (",
    "[ dg:p",
    '"""',
]
PIECES += r"""
a _:b [] () @prefix PREFIX dg:A rdf:nil rdf:rest rdf:first owl:unionOf owl:maxCardinality <urn:a>
<a> <<( )>> << {| @en--ltr ^^xsd:date \u0000 \uD800 GRAPH ]]> xmlns: // <rdf:RDF </ <?xml
<!DOCTYPE <!ENTITY &a; <![CDATA[ "@context" "@id": "@graph": "@list": null {} 1e999 http://x
""".split()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Return a home of one ontology file and one state, its digest (the slowest part) left out."""
    root = tmp_path_factory.mktemp("home")
    for folder in ("ontology/shapes", "data/reports", "queries"):
        (root / folder).mkdir(parents=True)
    (root / "ontology" / "core.ttl").write_text(f"{PROLOGUE}dg:State a owl:Class .\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("diplograph.build.dataset._digest", lambda contents: "")
        yield Home(root, root / "builds")


def write_and_read(asserted):
    """Write the statements as a build does: they must come back the same."""
    triples = asserted.statements()
    text = "".join(f"{triple} .\n" for triple in triples)
    assert {quad.triple for quad in ox.parse(text, format=ox.RdfFormat.N_QUADS)} == triples


def read_or_name(home, path, then=write_and_read):
    """Read the home with the file at `path`; an error must be the user's and name it."""
    error = None
    try:
        then(read_files(home))
    except DiplographError as caught:
        error = caught
    finally:
        path.unlink()
    if error:
        assert error.exit_code in (1, 3)
        assert escape_controls(path.name) in str(error)


@st.composite
def changed_texts(draw):
    """Return a suffix and a text of that syntax, with pieces cut out, put in and repeated."""
    suffix = draw(st.sampled_from(sorted(TEXTS)))
    text = TEXTS[suffix]
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 0, 1, 1, 2, 5, 30])))
        piece = draw(st.sampled_from(PIECES)) * draw(st.sampled_from([1, 1, 1, 2, 120]))
        text = text[:start] + piece + text[end:]
    return suffix, text


@given(changed=changed_texts(), folder=st.sampled_from(["ontology", "ontology/shapes", "data"]))
@property_cases
def test_a_changed_text_is_read_or_named(home, changed, folder):
    suffix, text = changed
    path = home.root / folder / f"changed.{suffix}"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    read_or_name(home, path)


@given(content=st.binary(max_size=60), suffix=st.sampled_from(sorted(TEXTS)))
@property_cases
def test_any_bytes_are_read_or_named(home, content, suffix):
    path = home.data / f"bytes.{suffix}"
    path.write_bytes(content)
    read_or_name(home, path)


_CHARACTERS = (
    string.ascii_letters + " .-_~%#?&'\"()[]<>|\\:;,+=!$*@^`{}\t\n\x7f\u00e9\u0301\u202e\ud800"
)
_STEMS = st.one_of(st.text(_CHARACTERS, min_size=1, max_size=8), st.binary(min_size=1, max_size=6))


@given(
    stem=_STEMS,
    suffix=st.sampled_from([".ttl", ".TTL", ".nt", ".rq", ".ttl.gz", ".trig", ""]),
    folder=st.sampled_from(["ontology", "data", "data/reports", "queries"]),
)
@property_cases
def test_any_name_of_a_file_is_taken_or_named(home, stem, suffix, folder):
    name = stem if isinstance(stem, bytes) else stem.encode("utf-8", "surrogatepass")
    name = name.replace(b"/", b"").replace(b"\0", b"") + suffix.encode()
    if not name.strip(b"."):
        return
    path = home.root / folder / os.fsdecode(name)
    content = "# What?\nSELECT * {}\n" if folder == "queries" else f"{PROLOGUE}dg:a a dg:B .\n"
    path.write_text(content, encoding="utf-8")
    read_or_name(home, path)


# ---- reasoning ----------------------------------------------------------------------------------

PROPERTIES = """
rdf:type rdf:value rdfs:domain rdfs:range rdfs:subClassOf rdfs:subPropertyOf owl:allValuesFrom
owl:annotatedSource owl:assertionProperty owl:cardinality owl:complementOf owl:differentFrom
owl:disjointUnionOf owl:disjointWith owl:distinctMembers owl:equivalentClass owl:equivalentProperty
owl:hasKey owl:hasSelf owl:hasValue owl:imports owl:intersectionOf owl:inverseOf owl:maxCardinality
owl:maxQualifiedCardinality owl:members owl:minCardinality owl:onClass owl:onDataRange
owl:onDatatype owl:onProperty owl:oneOf owl:propertyChainAxiom owl:propertyDisjointWith
owl:qualifiedCardinality owl:sameAs owl:someValuesFrom owl:sourceIndividual owl:targetIndividual
owl:targetValue owl:unionOf owl:withRestrictions dg:p dg:q
""".split()
CLASSES = """
owl:AllDifferent owl:AllDisjointClasses owl:AllDisjointProperties owl:AsymmetricProperty owl:Class
owl:DatatypeProperty owl:FunctionalProperty owl:InverseFunctionalProperty owl:IrreflexiveProperty
owl:NegativePropertyAssertion owl:Nothing owl:ObjectProperty owl:ReflexiveProperty owl:Restriction
owl:SymmetricProperty owl:Thing owl:TransitiveProperty owl:topObjectProperty rdfs:Datatype xsd:date
""".split()
LITERALS = """
"" "x" "x"@en 0 1 -1 99999999999999999999 1.5 true "INF"^^xsd:double "1e999"^^xsd:float
"2025-1-1"^^xsd:date "0"^^xsd:hexBinary ""^^xsd:dateTimeStamp
"2025-01-01T00:00:00+99:00"^^xsd:dateTime
"P"^^xsd:duration "<"^^rdf:XMLLiteral "<"^^rdf:HTML "-1"^^xsd:nonNegativeInteger "a"^^dg:datatype
""".split()
LISTS = {"members", "distinctMembers", "hasKey", "oneOf", "unionOf", "intersectionOf"}
LISTS |= {"disjointUnionOf", "propertyChainAxiom", "withRestrictions"}
NAMES = ["dg:A", "dg:B", "dg:p", "dg:q", "state:a", "state:b", "_:x", "_:y"]


def write_node(choice, depth=0):
    """Return a term, a list or a blank node with statements, at random."""
    kind = choice.random()
    if kind < 0.6 or depth == 2:
        return choice.choice(NAMES)
    if kind < 0.7:
        return choice.choice(CLASSES + PROPERTIES)
    if kind < 0.8:
        return choice.choice(LITERALS)
    if kind < 0.9:
        return write_list(choice, depth)
    return f"[ {choice.choice(PROPERTIES)} {write_node(choice, depth + 1)} ]"


def write_list(choice, depth=0):
    members = (write_node(choice, depth + 1) for _ in range(choice.randrange(4)))
    return f"( {' '.join(members)} )"


def write_statement(choice):
    """Return a statement in the vocabulary of OWL that may well make no sense there."""
    subject, predicate = choice.choice(NAMES), choice.choice(PROPERTIES)
    if predicate == "rdf:type":
        return f"{subject} a {choice.choice(CLASSES)} ."
    is_list = predicate.partition(":")[2] in LISTS and choice.random() < 0.95
    return f"{subject} {predicate} {(write_list if is_list else write_node)(choice)} ."


# Reasoning takes some 30 milliseconds even here: a few of the cases are enough for CI's time.
@pytest.mark.parametrize("seed", range(max(10, CASES // 20)))
def test_an_ontology_that_makes_no_sense_is_reasoned_with_or_named(home, seed):
    choice = random.Random(seed)
    statements = (write_statement(choice) for _ in range(choice.randrange(1, 8)))
    path = home.ontology / "odd.ttl"
    path.write_text(PROLOGUE + "\n".join(statements), encoding="utf-8")
    read_or_name(home, path, reason)
