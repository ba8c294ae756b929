"""What a profile exports lies within the vocabularies that it speaks, as npm has them."""

from __future__ import annotations

import os
from collections import defaultdict

import pyoxigraph as ox
import pytest

from diplograph.build.vocabularies import read_alignments, translate
from diplograph.core.formats import PROFILES
from diplograph.core.home import Home
from diplograph.core.names import ONTOLOGY_GRAPH, PREFIXES, TYPE, expand
from fixtures.export_scene import make_export_scene
from fixtures.project_files import ROOT

FOLDER = ROOT / ".venv" / "vocabularies" / "node_modules" / "@vocabulary"
NAMES = ("dcterms", "foaf", "oa", "org", "prov", "schema", "sem")
TRANSLATED = [name for name, bases in PROFILES.items() if bases]
# Datatypes that are values of schema.org's.
TEXT, DATE = {"schema:Text"}, {"schema:Date"}
DATATYPES = {
    "xsd:string": TEXT,
    "rdf:langString": TEXT,
    "xsd:decimal": {"schema:Number"},
    "xsd:integer": {"schema:Number"},
    "xsd:anyURI": {"schema:URL"},
    "schema:Date": DATE,
    "schema:DateTime": {"schema:DateTime"},
}
RDF_OWN = {expand(name) for name in ("rdf:type", "rdf:value", "rdfs:label")}
KINDS = {
    "subClassOf": "wider",
    "equivalentClass": "wider",
    "subPropertyOf": "wider",
    "domain": "domain",
    "range": "range",
    "domainIncludes": "domainIncludes",
    "rangeIncludes": "rangeIncludes",
    "disjointWith": "disjoint",
}


def _iri(curie):
    return f"<{expand(curie)}>"


# What every thing is, by the vocabularies that have a class for it.
ANYTHING = {_iri("schema:Thing"), _iri("rdfs:Resource"), _iri("owl:Thing")}


class Vocabulary:
    """Terms of other vocabularies, and what those say of them."""

    def __init__(self, triples):
        self.terms: set[str] = set()
        self.facets: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self.individuals: dict[str, set[str]] = defaultdict(set)
        listed, unions = defaultdict(dict), {}
        for subject, predicate, value in triples:
            name, local = str(subject), predicate.value.replace("#", "/").rpartition("/")[2]
            if local in KINDS:
                self.facets[name][KINDS[local]].add(str(value))
            elif local in ("first", "rest"):
                listed[name][local] = str(value)
            elif local == "unionOf":
                unions[name] = str(value)
            elif local == "type":
                self.terms.add(name)
                self.individuals[name].add(str(value))
        for name, members in unions.items():
            while members in listed:
                self.facets[listed[members]["first"]]["wider"].add(name)
                members = listed[members]["rest"]

    def widen(self, names):
        """Return the terms with all wider ones."""
        found, waiting = set(), list(names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting.extend(self.facets[name]["wider"])
        return found

    def find(self, term, facet):
        """Return the values of a facet of a property and all wider ones, each a set to meet."""
        return [
            self.facets[name][facet]
            for name in sorted(self.widen({term}))
            if self.facets[name][facet]
        ]


@pytest.fixture(scope="module")
def vocabulary():
    """Return the vocabularies from npm, or skip; where CI=true, fail instead."""
    files = [FOLDER / name / f"{name}.nq" for name in NAMES]
    missing = [file.parent.name for file in files if not file.exists()]
    if missing:
        reason = f"npm's @vocabulary packages are not in {FOLDER.parents[1]}: see .ci/run"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    quads = []
    for file in files:
        text = file.read_text(encoding="utf-8").replace(
            "<http://schema.org/", "<https://schema.org/"
        )
        parsed = ox.parse(text.encode(), format=ox.RdfFormat.N_QUADS, rename_blank_nodes=True)
        quads.extend(quad.triple for quad in parsed)
    return Vocabulary(quads)


@pytest.fixture(scope="module")
def ours(world_store):
    """Return our own ontology as a vocabulary."""
    return Vocabulary([quad.triple for quad in world_store.quads(ONTOLOGY_GRAPH)])


@pytest.fixture(scope="module", params=["scene", "world", "report"])
def statements(request):
    """Return the statements of one graph: the scene, the invented world, or the real report."""
    if request.param == "scene":
        return make_export_scene()
    store = request.getfixturevalue({"world": "world_store", "report": "real_store"}[request.param])
    return frozenset(quad.triple for quad in store.quads())


def list_faults(exported, vocabulary, bases):
    """Yield what does not lie within the terms that begin with `bases`, with its fault's name."""
    types = defaultdict(set)
    for subject, predicate, value in exported:
        if predicate.value == TYPE:
            types[str(subject)].add(str(value))
    types = defaultdict(set, {name: vocabulary.widen(kinds) for name, kinds in types.items()})
    for triple in sorted(exported, key=str):
        is_type = triple.predicate.value == TYPE
        term = triple.object if is_type else triple.predicate
        if not term.value.startswith(bases):
            continue
        if str(term) not in vocabulary.terms:
            yield "no such class" if is_type else "no such property", *triple
        elif not is_type:
            yield from ((fault, *triple) for fault in _judge(triple, types, vocabulary))
    for name, kinds in sorted(types.items()):
        for kind in sorted(kinds):
            if clash := vocabulary.facets[kind]["disjoint"] & kinds:
                yield "disjoint", name, kind, sorted(clash)


def _judge(triple, types, vocabulary):
    """Yield how a statement lies outside the domain or the range of its property."""
    subject, predicate, value = triple
    if isinstance(value, ox.Literal):
        values = _list_datatypes(value)
    else:
        own = vocabulary.widen(vocabulary.individuals[str(value)])
        values = types[str(value)] | own | ANYTHING | {_iri("schema:URL")}
    kinds = types[str(subject)] | ANYTHING
    for facet, present in (("domain", kinds), ("range", values)):
        if any(not needed <= present for needed in vocabulary.find(str(predicate), facet)):
            yield f"outside the {facet}"
    for facet, present in (("domainIncludes", kinds), ("rangeIncludes", values)):
        choices = vocabulary.facets[str(predicate)][facet]
        if choices and choices.isdisjoint(present):
            yield f"not among {facet}"


def _list_datatypes(literal):
    datatype = literal.datatype.value
    names = {"rdfs:Literal", "rdfs:Resource"}
    for curie, wider in DATATYPES.items():
        if expand(curie) == datatype:
            names |= wider
    return {f"<{datatype}>", *map(_iri, names)}


@pytest.mark.parametrize("profile", TRANSLATED)
def test_every_statement_lies_within_domain_and_range(profile, statements, vocabulary):
    exported = translate(profile, statements, read_alignments(Home.find(ROOT)))
    bases = (*PROFILES[profile], PREFIXES["dcterms"])
    assert list(list_faults(exported, vocabulary, bases)) == []
    assert len(exported) > 100


@pytest.mark.parametrize("profile", TRANSLATED)
def test_what_stands_beside_in_our_terms_lies_within_ours(profile, statements, ours):
    exported = translate(profile, statements, read_alignments(Home.find(ROOT)))
    our_types = {
        triple
        for triple in statements
        if triple.predicate.value == TYPE and triple.object.value.startswith(PREFIXES["dg"])
    }
    beside = {t for t in exported if t.predicate.value.startswith(PREFIXES["dg"])}
    concepts = {
        ox.Triple(t.object, ox.NamedNode(TYPE), ox.NamedNode(expand("skos:Concept")))
        for t in beside
        if isinstance(t.object, ox.NamedNode) and t.object.value.startswith(PREFIXES["dgc"])
    }
    assert list(list_faults(beside | our_types | concepts, ours, (PREFIXES["dg"],))) == []


@pytest.mark.parametrize("profile", TRANSLATED)
def test_every_other_term_is_of_the_profile_or_ours(profile, statements):
    exported = translate(profile, statements, read_alignments(Home.find(ROOT)))
    known = (*PROFILES[profile], PREFIXES["dg"], PREFIXES["dcterms"])
    others = {t.predicate.value for t in exported if not t.predicate.value.startswith(known)}
    assert others <= RDF_OWN


def test_a_statement_outside_a_vocabulary_is_found(vocabulary):
    def make(*curies):
        return ox.Triple(*(ox.NamedNode(expand(curie)) for curie in curies))

    talks = make("event:talks", "rdf:type", "schema:Event")
    place = make("city:aport", "rdf:type", "schema:City")
    bases = PROFILES["schema.org"]
    assert (
        list(
            list_faults(
                {talks, place, make("event:talks", "schema:location", "city:aport")},
                vocabulary,
                bases,
            )
        )
        == []
    )
    for statement, fault in (
        (make("event:talks", "schema:attendee", "city:aport"), "not among rangeIncludes"),
        (make("city:aport", "schema:superEvent", "event:talks"), "not among domainIncludes"),
        (make("event:talks", "schema:venue", "city:aport"), "no such property"),
        (make("event:talks", "rdf:type", "schema:Talks"), "no such class"),
    ):
        found = [name for name, *_ in list_faults({talks, place, statement}, vocabulary, bases)]
        assert found == [fault]
