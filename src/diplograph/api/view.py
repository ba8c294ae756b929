"""Read-only rdflib Dataset over a Store: the same statements without a copy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NoReturn

import pyoxigraph as ox
from oxrdflib.store import OxigraphStore
from rdflib import Dataset, Graph, URIRef, Variable
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID
from rdflib.plugins.sparql.algebra import traverse
from rdflib.plugins.sparql.evaluate import evalQuery
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.plugins.sparql.processor import SPARQLResult, prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.query import Result
from rdflib.term import IdentifiedNode, Literal, Node

from diplograph.core.errors import QuerySyntaxError, Refused, UnknownGraph, UsageError
from diplograph.core.files import BYTE_ORDER_MARK
from diplograph.core.names import PREFIXES, ROOT
from diplograph.core.rdf import to_oxigraph, to_rdflib, to_rdflib_term
from diplograph.sparql.check import check_query, list_tokens
from diplograph.store.store import Store

if TYPE_CHECKING:
    TriplePattern = tuple[Node | None, Node | None, Node | None]

# Words of a query in which a variable that is bound from outside may have several scopes, or which
# Oxigraph may decide without its value: RDFLib's engine answers, whose semantics initBindings are.
_SCOPES = frozenset(
    "GROUP HAVING COUNT SUM MIN MAX AVG SAMPLE GROUP_CONCAT EXISTS MINUS VALUES".split()
) | {"BOUND", "COALESCE", "IF"}
_FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")


class ReadOnlyStore(OxigraphStore):
    """An OxigraphStore that refuses every change, and every query that could leave this process."""

    def __init__(self, store: Store):
        """Read from `store`, with literals as its files have them."""
        super().__init__(store=store.inner)
        self._statements = store

    def _refuse(self, *arguments: object, **options: object) -> NoReturn:
        raise Refused("this graph is for reading: change a copy of it")

    add = addN = remove = update = remove_graph = destroy = _refuse

    def add_graph(self, graph: object) -> None:
        """Do nothing: rdflib calls it whenever a graph is named."""

    def triples(
        self, triple_pattern: TriplePattern, context: Graph | None = None
    ) -> Iterator[tuple[tuple[Node, Node, Node], Iterator[Graph]]]:
        """Yield the statements that fit, each with its graph, as written; None fits all."""
        name = None if context is None else _find_name(context.identifier)
        try:
            pattern = [None if term is None else to_oxigraph(term) for term in triple_pattern]
            quads = self._inner.quads_for_pattern(*pattern, name)
        except (TypeError, ValueError):  # a literal as subject, or no IRI: no statement has it
            return
        value = triple_pattern[2]
        for quad in quads:
            in_default = isinstance(quad.graph_name, ox.DefaultGraph)
            identifier = DATASET_DEFAULT_GRAPH_ID if in_default else URIRef(quad.graph_name.value)
            graphs = None if in_default else (quad.graph_name.value,)
            for triple in self._statements.literals.restore(quad.triple, graphs):
                written = tuple(map(to_rdflib_term, triple))
                if value is None or written[2] == value:
                    yield written, iter((Graph(identifier=identifier, store=self),))

    def __len__(self, context: Graph | None = None) -> int:
        """Return the number of statements of a graph, or of all graphs together."""
        graphs = self._statements.graphs
        if context is not None:
            in_default = context.identifier == DATASET_DEFAULT_GRAPH_ID
            graphs = None if in_default else (str(context.identifier),)
        return super().__len__(context) + self._statements.literals.count_more(graphs)

    def query(
        self,
        query: str | Query,
        initNs: Mapping[str, Any],
        initBindings: Mapping[str, Node],
        queryGraph: str,
        **options: object,
    ) -> Result:
        """Return what Oxigraph answers to `query`; its FROM clauses name graphs here.

        Variables of `initBindings` have these values wherever they stand, selected or not; a query
        in which one may have several scopes is answered by RDFLib's engine over this store.
        Raises Refused for SERVICE, updates, and options that rdflib alone would know;
        QuerySyntaxError, UnknownGraph, and UsageError for a value that is no rdflib term.
        """
        if options:
            raise Refused("give the query without options: rdflib could reach outside")
        text, prefixes, base = _read_query(query, {**self._namespace_for_prefix, **initNs})
        checked = check_query(text, prefixes)
        known = {graph.value for graph in self._inner.named_graphs()}
        for name in checked.graphs:
            if name not in known:
                raise UnknownGraph(f"there is no graph <{name}>; there are {sorted(known)}")
        values = _read_bindings(initBindings)
        if values and _has_scopes(text, values):
            return self._evaluate(text, prefixes, base, values, queryGraph)
        bindings = {name: value for name, value in values.items() if _mentions(text, name)}
        # The graph that rdflib passes would silently replace those of FROM.
        dataset = {} if checked.graphs else _choose_dataset(queryGraph)
        try:
            results = self._statements.run(
                _project(text, bindings),
                base_iri=base or ROOT,
                prefixes=prefixes,
                substitutions={ox.Variable(n): to_oxigraph(term) for n, term in bindings.items()},
                **dataset,
            )
        except RuntimeError as error:
            if not bindings:  # a function that is defined nowhere
                raise QuerySyntaxError(str(error)) from error
            return self._evaluate(text, prefixes, base, values, queryGraph)
        return self._convert(results, text, bindings, checked.graphs)

    def _evaluate(
        self,
        text: str,
        prefixes: Mapping[str, str],
        base: str | None,
        bindings: Mapping[str, Node],
        graph_name: str,
    ) -> Result:
        """Return what RDFLib's engine answers; raises Refused for a query that names graphs."""
        prepared = prepareQuery(text, prefixes, base or ROOT)
        if prepared.algebra.datasetClause:
            raise Refused("with initBindings name no graph by FROM: write GRAPH <...> { } instead")
        traverse(prepared.algebra, visitPre=_refuse_service)
        names_dataset = graph_name in {DATASET_DEFAULT_GRAPH_ID, "__UNION__"}
        graph = View(store=self) if names_dataset else Graph(store=self, identifier=graph_name)
        return SPARQLResult(evalQuery(graph, prepared, bindings))

    def _convert(
        self,
        results: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples,
        text: str,
        bindings: Mapping[str, Node],
        graphs: tuple[str, ...],
    ) -> Result:
        """Return Oxigraph's results as RDFLib has them, without the variables that were added."""
        if isinstance(results, ox.QueryBoolean):
            result = Result("ASK")
            result.askAnswer = bool(results)
        elif isinstance(results, ox.QuerySolutions):
            result = Result("SELECT")
            names = [variable.value for variable in results.variables]
            names = names[len(_find_unselected(text, bindings)) :]
            result.vars = [Variable(name) for name in names]
            result.bindings = (
                {
                    Variable(name): bindings[name]
                    if name in bindings
                    else to_rdflib_term(solution[name])
                    for name in names
                    if solution[name] is not None
                }
                for solution in results
            )
        else:
            result = Result("CONSTRUCT")
            statements = self._statements.restore(results, text, graphs)
            result.graph = to_rdflib(statements, Graph())
        return result


class View(Dataset):
    """A Dataset without deprecation warnings for what rdflib's own serializers still use."""

    @property
    def default_context(self) -> Graph:
        """The default graph, under the deprecated name that rdflib itself uses."""
        return self.default_graph

    @property
    def identifier(self) -> Any:
        """The name of the dataset, which rdflib's own text of it still shows."""
        return super(Dataset, self).identifier

    def contexts(self, triple: Any = None) -> Iterator[Graph]:
        """Yield the graphs, under the deprecated name that rdflib's serializers use."""
        return self.graphs(triple)

    def query(self, *arguments: Any, use_store_provided: bool = True, **options: Any) -> Result:
        """Return the store's result; raises Refused where rdflib itself is to run the query."""
        if not use_store_provided:
            raise Refused("only the store answers here: rdflib could reach outside")
        return super().query(*arguments, **options)


def view(store: Store) -> Dataset:
    """Return an rdflib Dataset of the statements of `store`, with the project's prefixes bound."""
    dataset = View(store=ReadOnlyStore(store), default_union=False)
    for prefix, iri in PREFIXES.items():
        dataset.bind(prefix, iri)
    return dataset


# ---- reading of queries and bindings ----------------------------------------------------------


def _read_query(
    query: str | Query, prefixes: Mapping[str, Any]
) -> tuple[str, dict[str, str], str | None]:
    """Return the text of a query, also of a prepared one, its prefixes, and its base or None."""
    base = None
    if isinstance(query, Query):
        arguments = getattr(query, "_original_args", None)  # as prepareQuery leaves them
        if arguments is None:
            raise Refused("give the query as text: rdflib could reach outside")
        query, own, base = arguments
        prefixes = {**prefixes, **(own or {})}
    if not isinstance(query, str):
        raise Refused("give the query as text: rdflib could reach outside")
    query = query.removeprefix(BYTE_ORDER_MARK)
    return query, {prefix: str(iri) for prefix, iri in prefixes.items()}, base


def _read_bindings(bindings: Mapping[str, Node]) -> dict[str, Node]:
    """Return the value of each variable by its name; raises UsageError for what is no term."""
    values = {str(name).lstrip("?$"): value for name, value in bindings.items()}
    for name, value in values.items():
        if not isinstance(value, IdentifiedNode | Literal):
            raise UsageError(
                f"initBindings: give ?{name} an rdflib URIRef or Literal, not {value!r}"
            )
    return values


def _mentions(text: str, name: str) -> bool:
    return bool(re.search(rf"[?$]{re.escape(name)}(?!\w)", text))


def _has_scopes(text: str, bindings: Mapping[str, Node]) -> bool:
    """Return whether a bound variable may stand for several things, or be bound in no pattern."""
    tokens = list_tokens(text)
    signs = [token.group().upper() for token in tokens]
    words = [token.group().upper() for token in tokens if token.lastgroup in {"word", "name"}]
    assigned = {
        following.group()[1:]
        for token, following in pairwise(tokens)
        if token.group().upper() == "AS"
    }
    form = next((word for word in words if word in _FORMS), "")
    return (
        words.count("SELECT") > (form == "SELECT")
        or not _SCOPES.isdisjoint(words)
        or not assigned.isdisjoint(bindings)
        or ("CONSTRUCT", "{") in pairwise(signs)
    )


def _find_selection(text: str) -> tuple[int, set[str]] | None:
    """Return the end of SELECT [DISTINCT] and the variables after it; None for * or no SELECT."""
    tokens = list_tokens(text)
    words = [token.group().upper() for token in tokens]
    if "SELECT" not in words:
        return None
    begin = words.index("SELECT")
    begin += words[begin + 1] in {"DISTINCT", "REDUCED"}
    names = set()
    for token in tokens[begin + 1 :]:
        if token.group() == "*":
            return None
        if token.group() == "{" or token.group().upper() in {"WHERE", "FROM"}:
            break
        if token.lastgroup == "variable":
            names.add(token.group()[1:])
    return tokens[begin].end(), names


def _find_unselected(text: str, bindings: Mapping[str, Node]) -> list[str]:
    """Return the bound variables that a SELECT does not have as columns."""
    selection = _find_selection(text) if bindings else None
    return [name for name in bindings if name not in selection[1]] if selection else []


def _project(text: str, bindings: Mapping[str, Node]) -> str:
    """Return the query with all bound variables as columns: Oxigraph binds no others."""
    unselected = _find_unselected(text, bindings)
    if not unselected:
        return text
    end, _ = _find_selection(text)
    return f"{text[:end]} {' '.join(f'?{name}' for name in unselected)} {text[end:]}"


def _choose_dataset(graph: str) -> dict[str, Any]:
    """Return Oxigraph's options for the graph that rdflib names, or "__UNION__" for all."""
    if graph == "__UNION__":
        return {"use_default_graph_as_union": True}
    return {"default_graph": _find_name(graph)}


def _find_name(identifier: Node) -> ox.NamedNode | ox.BlankNode | ox.DefaultGraph:
    is_default = identifier == DATASET_DEFAULT_GRAPH_ID
    return ox.DefaultGraph() if is_default else to_oxigraph(identifier)


def _refuse_service(node: Any) -> None:
    if isinstance(node, CompValue) and node.name == "ServiceGraphPattern":
        raise Refused("SERVICE is not allowed: query what is in the graph itself")
