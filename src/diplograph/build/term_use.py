"""Find what data may not name: what follows from links or rules, deprecated and unknown terms.

SHACL sees asserted, inferred and derived statements as one graph, and cannot tell them apart; and
it would look every term up once for each thing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

import pyoxigraph as ox

from diplograph.build.dataset import Asserted
from diplograph.build.derive import INSTANTS
from diplograph.build.faults import Fault
from diplograph.core.names import ONTOLOGY_GRAPH, PREFIXES, ROOT, SHAPES_GRAPH, TYPE, compact
from diplograph.core.rdf import Term

_DG, _OWL, _RDF, _RDFS = (PREFIXES[prefix] for prefix in ("dg", "owl", "rdf", "rdfs"))
_THINGS = f"{ROOT}id/"
_TRUE = ("true", "1")
# It also classifies a fact, without evidence of its own.
_CLASSIFYING = frozenset((f"{_DG}onTopic", f"{_DG}topicOf"))

# Subject to objects, by predicate.
Index = Mapping[str, Mapping[Term, list[Term]]]


def find_misused_terms(asserted: Asserted) -> Iterator[Fault]:
    """Yield a fault for each term of a statement of the data that data may not assert, sorted."""
    ontology = _index(asserted.graphs.get(ONTOLOGY_GRAPH, ()))
    plain = _describe_links(ontology)
    replaced = {
        term: compact(replacement.value)
        for term, replacement in _list_replacements(ontology)
        if term not in plain
    }
    made = _list_made(asserted) - plain.keys()
    known = {term.value for term in ontology[f"{_RDFS}isDefinedBy"]}
    data = sorted(_list_data(asserted), key=str)
    described = {triple.subject for triple in data}
    for triple in data:
        thing, path = triple.subject.value, triple.predicate.value
        if path in plain:
            yield Fault("Link-plain", thing, path, plain[path])
        for term in (path, getattr(triple.object, "value", "")):
            if term in replaced:
                yield Fault("Thing-deprecated", thing, path, replaced[term])
        if _is_undescribed(triple.object, described):
            yield Fault("Thing-described", thing, path, triple.object.value)
        term = triple.object.value if path == TYPE else path
        if term in made:
            yield Fault("Thing-derived", thing, path, compact(term))
        if term.startswith(_DG) and term not in known:
            yield Fault("Thing-terms", thing, path, compact(term))


def _is_undescribed(value: Term, described: Collection[Term]) -> bool:
    return (
        isinstance(value, ox.NamedNode)
        and value.value.startswith(_THINGS)
        and value not in described
    )


def _list_data(asserted: Asserted) -> Iterator[ox.Triple]:
    for name, triples in asserted.graphs.items():
        if name not in (ONTOLOGY_GRAPH, SHAPES_GRAPH):
            yield from triples


def _index(triples: Iterable[ox.Triple]) -> Index:
    index: Index = defaultdict(lambda: defaultdict(list))
    for triple in sorted(triples, key=str):
        index[triple.predicate.value][triple.subject].append(triple.object)
    return index


def _list_made(asserted: Asserted) -> set[str]:
    """Return the properties and classes of ours that the build works out, so that no data do."""
    made = {
        pattern[2 if pattern[1].value == TYPE else 1]
        for rule in asserted.rules
        for pattern in rule.makes
    }
    terms = {term.value for term in made if isinstance(term, ox.NamedNode)}
    return {term for term in terms if term.startswith(_DG)} | {term.value for term in INSTANTS}


def _list_replacements(ontology: Index) -> Iterator[tuple[str, Term]]:
    replacements = ontology[PREFIXES["dcterms"] + "isReplacedBy"]
    for term, values in ontology[f"{_OWL}deprecated"].items():
        if values[0].value in _TRUE and replacements.get(term):
            yield term.value, replacements[term][0]


def _describe_links(ontology: Index) -> dict[str, str]:
    """Return what to write in place of each property that follows by a chain of properties.

    A deprecated property below such a one, and the inverse of either, count as it does.
    """
    chains = ontology[f"{_OWL}propertyChainAxiom"]
    domains = ontology[f"{_RDFS}domain"]
    inverses = _read_inverses(ontology)

    def describe(links: list[Term]) -> str:
        first, *others = links
        if first in chains:
            return describe(_read_list(chains[first][0], ontology))
        to_fact = next(iter(inverses.get(first, ())), first)
        link = next((compact(kind.value) for kind in domains.get(to_fact, ())), "the fact")
        ends = " and ".join(compact(term.value) for term in (to_fact, *others))
        return f"a {link} with {ends}"

    found = {
        term: describe(_read_list(lists[0], ontology))
        for term, lists in chains.items()
        if term.value not in _CLASSIFYING
    }
    for term, wider in ontology[f"{_RDFS}subPropertyOf"].items():
        words = next((found[above] for above in wider if above in found), "")
        if words and term in ontology[f"{_OWL}deprecated"]:
            found[term] = words
    for term in list(found):
        found |= dict.fromkeys(inverses.get(term, ()), found[term])
    return {term.value: words for term, words in found.items()}


def _read_inverses(ontology: Index) -> dict[Term, list[Term]]:
    inverses: dict[Term, list[Term]] = defaultdict(list)
    for term, others in ontology[f"{_OWL}inverseOf"].items():
        for other in others:
            inverses[term].append(other)
            inverses[other].append(term)
    return inverses


def _read_list(head: Term, ontology: Index) -> list[Term]:
    """Return the members of a list, which is well-formed by the reading of files."""
    members = []
    while head in ontology[f"{_RDF}first"]:
        members += ontology[f"{_RDF}first"][head]
        head = ontology[f"{_RDF}rest"][head][0]
    return members
