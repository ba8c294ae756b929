"""Blank nodes are numbered by what is stated of them, in any graph and in no time."""

from __future__ import annotations

import random
from itertools import pairwise, permutations
from time import process_time

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diplograph.core.blank_nodes import number_blank_nodes, relabel
from diplograph.core.serialization import canonicalize
from fixtures.canonical_graph import canonical
from fixtures.property_cases import property_cases

P, Q, THING = (ox.NamedNode(f"urn:x:{name}") for name in "pqa")
NODES = [ox.BlankNode(f"b{number}") for number in range(4_000)]


def numbered(statements):
    """Return the statements with their blank nodes called by number."""
    numbers = number_blank_nodes(statements)
    assert sorted(numbers.values()) == list(range(len(numbers)))
    labels = {node: ox.BlankNode(f"n{number}") for node, number in numbers.items()}
    return set(relabel(statements, labels))


def renamed(statements, seed):
    """Return the statements in another order, with other labels."""
    choice = random.Random(seed)
    nodes = number_blank_nodes(statements)
    labels = {node: ox.BlankNode(f"c{choice.getrandbits(60)}") for node in nodes}
    return choice.sample(list(relabel(statements, labels)), len(statements))


LARGE = {
    "a chain": [ox.Triple(one, P, two) for one, two in pairwise(NODES)],
    "a ring": [ox.Triple(NODES[n - 1], P, node) for n, node in enumerate(NODES)],
    "a star": [ox.Triple(NODES[0], P, node) for node in NODES[1:]],
    "nodes of which the same is said": [ox.Triple(node, P, THING) for node in NODES],
    "a list of one thing": [
        triple
        for n, node in enumerate(NODES[:3_000])
        for triple in (ox.Triple(node, Q, THING), ox.Triple(node, P, (*NODES[1:3_000], THING)[n]))
    ],
    "a clique": [ox.Triple(one, P, two) for one, two in permutations(NODES[:100], 2)],
}


@pytest.mark.parametrize("name", LARGE)
def test_a_large_graph_has_the_same_numbers_whatever_its_order(name):
    begin = process_time()
    first = numbered(LARGE[name])
    assert process_time() - begin < 2  # some 0.1 seconds; RDFC-1.0 does not end
    assert numbered(renamed(LARGE[name], 1)) == first


_TERMS = st.one_of(st.sampled_from(NODES[:5]), st.just(THING))
_GRAPHS = st.lists(st.tuples(_TERMS, st.sampled_from([P, Q]), _TERMS), min_size=1, max_size=8)


@given(graph=_GRAPHS, seed=st.integers(0, 9))
@property_cases
def test_equal_graphs_have_equal_numbers_and_no_statement_is_lost(graph, seed):
    statements = list(dict.fromkeys(ox.Triple(*terms) for terms in graph))
    first = numbered(statements)
    assert numbered(renamed(statements, seed)) == first
    quads = [ox.Quad(*triple) for triple in statements]
    assert canonical(ox.Quad(*triple) for triple in first) == canonical(quads)


def test_blank_nodes_in_triple_terms_and_names_of_graphs_are_labelled_alike():
    one, two = NODES[:2]
    inner = ox.Triple(one, P, THING)
    quads = {ox.Quad(THING, P, inner, two), ox.Quad(one, Q, two, two)}
    labelled = canonicalize(quads)
    [about] = [quad for quad in labelled if quad.predicate == P]
    [other] = [quad for quad in labelled if quad.predicate == Q]
    assert about.object.subject == other.subject
    assert about.graph_name == other.object == other.graph_name
    assert {other.subject.value, other.object.value} == {"c14n0", "c14n1"}
