"""The closure of statements under the ontology's rules on classes, properties and chains."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from diplograph.core.names import ONTOLOGY, PREFIXES, compact

Statement = tuple[str, str, str]

TYPE = "rdf:type"
WORDS = """
SELECT ?rule ?one ?other ?third WHERE {
  { ?one rdfs:subClassOf+ ?other BIND ("class" AS ?rule) }
  UNION { ?one rdfs:subPropertyOf ?other BIND ("property" AS ?rule) }
  UNION { ?one owl:inverseOf ?other BIND ("inverse" AS ?rule) }
  UNION { ?one rdfs:domain ?other BIND ("domain" AS ?rule) }
  UNION { ?one rdfs:range ?other . ?one a owl:ObjectProperty BIND ("range" AS ?rule) }
  UNION { ?third owl:propertyChainAxiom [ rdf:first ?one ; rdf:rest/rdf:first ?other ]
    BIND ("chain" AS ?rule) }
} ORDER BY ?rule ?one ?other ?third
"""


@dataclass(frozen=True)
class Rules:
    """The ontology as tables from a term to what follows from it, all terms as CURIEs."""

    classes: dict[str, set[str]]
    properties: dict[str, set[str]]
    inverses: dict[str, set[str]]
    domains: dict[str, set[str]]
    ranges: dict[str, set[str]]
    chains: list[Statement]


def read_ontology(folder: Path) -> ox.Store:
    """Return the statements of the ontology's files in `folder`, alignments left out."""
    store = ox.Store()
    for path in sorted(folder.glob("*.ttl")):
        if path.stem != "alignments":
            store.load(path=path, format=ox.RdfFormat.TURTLE)
    return store


def read_rules(store: ox.Store) -> Rules:
    """Return the rules that the ontology in `store` has for terms of this project."""
    tables: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    chains = []
    for row in store.query(WORDS, prefixes=PREFIXES):
        one, other = row["one"], row["other"]
        ours = all(isinstance(term, ox.NamedNode) for term in (one, other))
        if not ours or not all(term.value.startswith(ONTOLOGY) for term in (one, other)):
            continue
        rule, names = row["rule"].value, (compact(one.value), compact(other.value))
        if rule == "chain":
            chains.append((*names, compact(row["third"].value)))
            continue
        tables[rule][names[0]].add(names[1])
        if rule == "inverse":
            tables[rule][names[1]].add(names[0])
    return Rules(
        *(tables[rule] for rule in ("class", "property", "inverse", "domain", "range")), chains
    )


def close(asserted: set[Statement], rules: Rules) -> set[Statement]:
    """Return what follows from `asserted` and is not in it."""
    known, new = set(asserted), set(asserted)
    forward: dict[tuple[str, str], set[str]] = defaultdict(set)
    backward: dict[tuple[str, str], set[str]] = defaultdict(set)
    while new:
        for subject, predicate, value in new:
            forward[predicate, subject].add(value)
            backward[predicate, value].add(subject)
        inferred = {result for statement in new for result in _apply_simple(statement, rules)}
        inferred |= {
            result
            for statement in new
            for result in _apply_chains(statement, rules, forward, backward)
        }
        new = inferred - known
        known |= new
    return known - asserted


def _apply_simple(statement: Statement, rules: Rules) -> list[Statement]:
    subject, predicate, value = statement
    if predicate == TYPE:
        return [(subject, TYPE, wider) for wider in rules.classes.get(value, ())]
    inferred = [(value, inverse, subject) for inverse in rules.inverses.get(predicate, ())]
    inferred += [(subject, wider, value) for wider in rules.properties.get(predicate, ())]
    inferred += [(subject, TYPE, domain) for domain in rules.domains.get(predicate, ())]
    if value[0] != '"':
        inferred += [(value, TYPE, range_) for range_ in rules.ranges.get(predicate, ())]
    return inferred


def _apply_chains(
    statement: Statement, rules: Rules, forward: dict, backward: dict
) -> list[Statement]:
    subject, predicate, value = statement
    inferred = []
    for first, second, third in rules.chains:
        if predicate == first:
            inferred += [(subject, third, end) for end in forward.get((second, value), ())]
        if predicate == second:
            inferred += [(start, third, value) for start in backward.get((first, subject), ())]
    return inferred
