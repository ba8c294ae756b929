"""Terms and statements, from Oxigraph's classes to RDFLib's and back, losing nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pyoxigraph as ox

from diplograph.names import PREFIXES

if TYPE_CHECKING:
    import rdflib
    from rdflib.term import Node

_STRING = PREFIXES["xsd"] + "string"


def to_rdflib(triples: Iterable[ox.Triple], graph: rdflib.Graph | None = None) -> rdflib.Graph:
    """Return an RDFLib graph of the statements, or `graph` with them added.

    Literals keep their characters as they are.
    """
    from rdflib import Graph

    graph = Graph(bind_namespaces="none") if graph is None else graph
    for triple in triples:
        graph.add(
            (
                to_rdflib_term(triple.subject),
                to_rdflib_term(triple.predicate),
                to_rdflib_term(triple.object),
            )
        )
    return graph


def to_rdflib_term(term: ox.NamedNode | ox.BlankNode | ox.Literal) -> Node:
    """Return the RDFLib term that equals `term`; a literal is not normalised."""
    from rdflib import BNode, Literal, URIRef

    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    if term.language:
        return Literal(term.value, lang=term.language)
    if term.datatype.value == _STRING:
        return Literal(term.value)
    return Literal(term.value, datatype=URIRef(term.datatype.value), normalize=False)


def to_oxigraph(node: Node) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    """Return the Oxigraph term that equals the RDFLib `node`; raises ValueError for a bad IRI."""
    from rdflib import BNode, Literal

    if isinstance(node, BNode):
        return ox.BlankNode(str(node))
    if not isinstance(node, Literal):
        return ox.NamedNode(str(node))
    if node.language:
        return ox.Literal(str(node), language=node.language)
    datatype = ox.NamedNode(str(node.datatype)) if node.datatype else None
    return ox.Literal(str(node), datatype=datatype)


def to_oxigraph_triple(triple: tuple[Node, Node, Node]) -> ox.Triple:
    """Return the Oxigraph statement that equals an RDFLib one (not one of generalised RDF)."""
    return ox.Triple(*map(to_oxigraph, triple))
