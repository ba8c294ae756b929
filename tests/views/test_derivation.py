"""Every inferred statement has a derivation that is one: asserted leaves, true steps, no circle."""

from __future__ import annotations

from itertools import pairwise

import pyoxigraph as ox
import pytest

from diplograph.core.errors import UnknownThing
from diplograph.core.names import INFERRED_GRAPH, ROOT, expand
from diplograph.views.derivation import DERIVATION_RULES, Explainer


def node(curie: str) -> ox.NamedNode:
    return ox.NamedNode(expand(curie))


def triple(subject: str, predicate: str, value: str) -> ox.Triple:
    return ox.Triple(node(subject), node(predicate), node(value))


def parts(statement: ox.Triple) -> tuple:
    return statement.subject, statement.predicate, statement.object


TYPE, SUBCLASS, SUBPROPERTY = node("rdf:type"), node("rdfs:subClassOf"), node("rdfs:subPropertyOf")
DOMAIN, RANGE, INVERSE = node("rdfs:domain"), node("rdfs:range"), node("owl:inverseOf")
SYMMETRIC, TRANSITIVE = node("owl:SymmetricProperty"), node("owl:TransitiveProperty")

# Each rule written again, from section 4.3 of the recommendation and not from the module: what
# follows from an axiom (s, p, o) and the other premises.
FOLLOWS = {
    "cax-sco": lambda a, f: a[1] == SUBCLASS and f[1:] == (TYPE, a[0]) and (f[0], TYPE, a[2]),
    "prp-spo1": lambda a, f: a[1] == SUBPROPERTY and f[1] == a[0] and (f[0], a[2], f[2]),
    "prp-dom": lambda a, f: a[1] == DOMAIN and f[1] == a[0] and (f[0], TYPE, a[2]),
    "prp-rng": lambda a, f: a[1] == RANGE and f[1] == a[0] and (f[2], TYPE, a[2]),
    "prp-inv1": lambda a, f: a[1] == INVERSE and f[1] == a[0] and (f[2], a[2], f[0]),
    "prp-inv2": lambda a, f: a[1] == INVERSE and f[1] == a[2] and (f[2], a[0], f[0]),
    "prp-symp": lambda a, f: a[1:] == (TYPE, SYMMETRIC) and f[1] == a[0] and (f[2], a[0], f[0]),
    "scm-sco": lambda a, f: a[1] == f[1] == SUBCLASS and a[2] == f[0] and (a[0], SUBCLASS, f[2]),
    "scm-spo": lambda a, f: (
        a[1] == f[1] == SUBPROPERTY and a[2] == f[0] and (a[0], SUBPROPERTY, f[2])
    ),
    "scm-dom1": lambda a, f: (
        (a[1], f[1]) == (DOMAIN, SUBCLASS) and a[2] == f[0] and (a[0], DOMAIN, f[2])
    ),
    "scm-dom2": lambda a, f: (
        (a[1], f[1]) == (SUBPROPERTY, DOMAIN) and a[2] == f[0] and (a[0], DOMAIN, f[2])
    ),
    "scm-rng1": lambda a, f: (
        (a[1], f[1]) == (RANGE, SUBCLASS) and a[2] == f[0] and (a[0], RANGE, f[2])
    ),
    "scm-rng2": lambda a, f: (
        (a[1], f[1]) == (SUBPROPERTY, RANGE) and a[2] == f[0] and (a[0], RANGE, f[2])
    ),
}


def chain_of(store, cell) -> list:
    """Return the members of the list that begins at `cell`."""
    members = []
    while cell != node("rdf:nil"):
        members.append(next(store.match(cell, node("rdf:first"), None)).object)
        cell = next(store.match(cell, node("rdf:rest"), None)).object
    return members


def conclusion(store, derivation) -> object:
    """Return the statement that the rule gives from the premises, or something false."""
    axiom, *others = [parts(premise.statement) for premise in derivation.premises]
    if derivation.rule == "prp-trp":
        (x, p, y), (again, q, z) = others
        return axiom == (p, TYPE, TRANSITIVE) and p == q and y == again and (x, p, z)
    if derivation.rule == "prp-spo2":
        assert [step[1] for step in others] == chain_of(store, axiom[2])
        joined = all(before[2] == after[0] for before, after in pairwise(others))
        return joined and (others[0][0], axiom[0], others[-1][2])
    (fact,) = others
    return FOLLOWS[derivation.rule](axiom, fact)


def steps(derivation):
    """Yield every derivation inside `derivation`, itself first."""
    yield derivation
    for premise in derivation.premises:
        yield from steps(premise)


@pytest.fixture(scope="module")
def derivations(graph):
    explainer = Explainer(graph.store.match)
    found = graph.store.match(None, None, None, INFERRED_GRAPH)
    return [explainer.explain(quad.triple) for quad in sorted(found, key=str)]


def test_every_inferred_statement_follows_by_some_rule(derivations):
    assert len(derivations) > 1000
    assert [each.statement for each in derivations if each.rule == "asserted"] == []


def test_every_step_is_an_instance_of_its_rule(graph, derivations):
    for derivation in derivations:
        for step in steps(derivation):
            if step.premises:
                assert conclusion(graph.store, step) == parts(step.statement)


def test_every_leaf_is_asserted_where_it_says(graph, derivations):
    asserted = {
        (quad.triple, quad.graph_name.value)
        for quad in graph.store.match()
        if quad.graph_name.value != INFERRED_GRAPH
    }
    leaves = [leaf for each in derivations for leaf in each.leaves()]
    assert [leaf for leaf in leaves if (leaf.statement, leaf.graph) not in asserted] == []


def test_no_statement_rests_on_itself(derivations):
    def circular(derivation, above=()) -> bool:
        inside = (*above, derivation.statement)
        return derivation.statement in above or any(
            circular(premise, inside) for premise in derivation.premises
        )

    assert [each.statement for each in derivations if circular(each)] == []


def test_the_world_needs_the_rules_that_the_ontology_is_written_for(derivations):
    used = {step.rule for each in derivations for step in steps(each)}
    rules = ("asserted", "cax-sco", "prp-dom", "prp-rng", "prp-spo1", "prp-spo2", "scm-sco")
    assert used.issuperset(rules)
    assert used & {"prp-inv1", "prp-inv2"}


def test_asking_one_by_one_gives_what_asking_for_all_gives(graph, derivations):
    for derivation in derivations[::97]:
        assert Explainer(graph.store.match).explain(derivation.statement) == derivation


def test_an_asserted_statement_explains_itself(graph):
    found = Explainer(graph.store.match).explain(triple("person:ada-varn", "rdf:type", "dg:Person"))
    assert (found.rule, found.premises, found.size) == ("asserted", (), 1)
    assert found.graph == f"{ROOT}graph/reference"


def test_a_statement_that_is_not_there_is_unknown(graph):
    with pytest.raises(UnknownThing, match=r"person:ada-varn rdf:type dg:State"):
        Explainer(graph.store.match).explain(triple("person:ada-varn", "rdf:type", "dg:State"))


class Sketch:
    """A store of a few statements, for rules that the world does not need."""

    def __init__(self, asserted: list[str], inferred: list[str]):
        self._graph = ox.Store()
        for lines, graph in ((asserted, f"{ROOT}graph/reference"), (inferred, INFERRED_GRAPH)):
            for line in lines:
                self._graph.add(ox.Quad(*parts(triple(*line.split())), ox.NamedNode(graph)))

    def match(self, subject=None, predicate=None, value=None):
        return self._graph.quads_for_pattern(subject, predicate, value)


@pytest.mark.parametrize(
    ("rule", "asserted", "inferred"),
    [
        (
            "prp-symp",
            ["dg:meets rdf:type owl:SymmetricProperty", "person:a dg:meets person:b"],
            "person:b dg:meets person:a",
        ),
        (
            "prp-trp",
            [
                "dg:in rdf:type owl:TransitiveProperty",
                *("event:a dg:in event:b", "event:b dg:in event:c"),
            ],
            "event:a dg:in event:c",
        ),
        (
            "scm-spo",
            ["dg:p rdfs:subPropertyOf dg:q", "dg:q rdfs:subPropertyOf dg:r"],
            "dg:p rdfs:subPropertyOf dg:r",
        ),
        (
            "scm-dom2",
            ["dg:p rdfs:subPropertyOf dg:q", "dg:q rdfs:domain dg:C"],
            "dg:p rdfs:domain dg:C",
        ),
        (
            "scm-rng2",
            ["dg:p rdfs:subPropertyOf dg:q", "dg:q rdfs:range dg:C"],
            "dg:p rdfs:range dg:C",
        ),
        (
            "prp-inv1",
            ["dg:p owl:inverseOf dg:q", "person:a dg:p person:b"],
            "person:b dg:q person:a",
        ),
    ],
)
def test_a_rule_that_the_world_does_not_need_holds_too(rule, asserted, inferred):
    store = Sketch(asserted, [inferred])
    found = Explainer(store.match).explain(triple(*inferred.split()))
    assert found.rule == rule
    assert conclusion(store, found) == parts(found.statement)


def test_two_statements_that_only_give_each_other_are_not_explained():
    store = Sketch(
        ["dg:p owl:inverseOf dg:q"], ["person:a dg:p person:b", "person:b dg:q person:a"]
    )
    with pytest.raises(UnknownThing, match="cannot explain"):
        Explainer(store.match).explain(triple("person:a", "dg:p", "person:b"))


def test_the_shorter_of_two_derivations_is_given():
    asserted = [
        *("dg:A rdfs:subClassOf dg:B", "dg:B rdfs:subClassOf dg:C", "person:a rdf:type dg:A"),
        *("dg:p rdfs:domain dg:C", "person:a dg:p person:b"),
    ]
    inferred = ["person:a rdf:type dg:B", "dg:A rdfs:subClassOf dg:C", "person:a rdf:type dg:C"]
    found = Explainer(Sketch(asserted, inferred).match).explain(
        triple("person:a", "rdf:type", "dg:C")
    )
    assert (found.rule, found.size) == ("prp-dom", 3)


def test_every_rule_has_a_name_of_its_own():
    assert len({rule.name for rule in DERIVATION_RULES}) == len(DERIVATION_RULES)
