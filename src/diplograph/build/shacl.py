"""Run pySHACL over a graph; an error of a shape or its query names the shape and its place."""

from __future__ import annotations

import logging
import re
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, redirect_stdout
from functools import lru_cache
from io import StringIO
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from diplograph.build.shapes import FOLDER, ShapesGraph
from diplograph.core.errors import DiplographError, MalformedFile
from diplograph.core.names import PREFIXES, TYPE
from diplograph.core.rdf import to_rdflib

if TYPE_CHECKING:
    import rdflib
    from rdflib.plugins.sparql.sparql import Query

_SH = PREFIXES["sh"]
_LOGGERS = ("pyshacl-validate", "rdflib.term")  # they write to standard error
# What pySHACL and RDFLib let through for shapes of an odd form.
_SLIPS = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, NotImplementedError),
    *(RecursionError, StopIteration, TypeError, ValueError, re.error),
)
_PATH = re.compile(r"(?<=[\s{}()])[$?]PATH")


class _QueryFailed(Exception):
    """RDFLib cannot run a query of a shape; `text` is the query."""

    def __init__(self, text: str):
        self.text = text
        super().__init__(text)


def run_shacl(
    statements: Iterable[ox.Triple], prepared: rdflib.Graph, shapes: ShapesGraph, depth: int
) -> rdflib.Graph:
    """Return pySHACL's report on the statements; `prepared` are the shapes in pySHACL's form.

    `depth` is how deep shapes refer to shapes. Raises MalformedFile where a shape cannot be run.
    """
    from pyshacl import validate
    from pyshacl.errors import ReportableRuntimeError

    options: dict[str, Any] = {"advanced": True, "inference": "none", "inplace": True}
    try:
        with suppress_messages(), _capture_output(shapes):
            data = to_rdflib(statements, _make_graph())
            report = validate(
                data, shacl_graph=prepared, max_validation_depth=depth + 2, **options
            )[1]
        if isinstance(report, ReportableRuntimeError):
            raise report
    except (ReportableRuntimeError, _QueryFailed, *_SLIPS) as error:
        _forget_functions(prepared)
        raise _explain(error, prepared, shapes) from error
    return report


def _make_graph() -> rdflib.Graph:
    """Return an empty graph that parses equal queries once: nine tenths of pySHACL's time."""
    from rdflib import Graph

    class CachedGraph(Graph):
        def query(self, query_object: Any, *arguments: Any, **named: Any) -> Any:
            text = str(query_object)
            try:
                if isinstance(query_object, str):  # its text must declare its own prefixes
                    query_object = _parse(query_object)
                result = super().query(query_object, *arguments, **named)
                if result.type == "SELECT" and result.bindings:  # evaluated only now
                    result.bindings = list(map(_escape_row, result.bindings))
            except (DiplographError, MemoryError):
                raise
            except Exception as error:  # what RDFLib raises for what it cannot translate or run
                raise _QueryFailed(text) from error
            return result

    return CachedGraph(bind_namespaces="none")


@lru_cache(maxsize=512)
def _parse(text: str) -> Query:
    from rdflib.plugins.sparql import prepareQuery

    return prepareQuery(text)


def _escape_row(row: Any) -> Any:
    """Return the row with literals that hold a backslash in the form that pySHACL can show.

    It puts str(value) into a message as the replacement of a regular expression.
    """
    from rdflib import Literal

    if not any("\\" in term for term in row.values() if isinstance(term, Literal)):
        return row
    return {
        name: _escaped_literal()(term) if isinstance(term, Literal) else term
        for name, term in row.items()
    }


@lru_cache(maxsize=1)
def _escaped_literal() -> Callable[[rdflib.Literal], rdflib.Literal]:
    from rdflib import Literal

    class EscapedLiteral(Literal):
        def __str__(self) -> str:
            return "".join(self).replace("\\", "\\\\")

    def escape(term: rdflib.Literal) -> rdflib.Literal:
        return EscapedLiteral("".join(term), term.language, term.datatype, normalize=False)

    return escape


@contextmanager
def suppress_messages() -> Iterator[None]:
    """Keep what pySHACL and RDFLib would write about a shape out of the terminal."""
    loggers = list(map(logging.getLogger, _LOGGERS))
    for logger in loggers:
        logger.addFilter(_drop)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger in loggers:
            logger.removeFilter(_drop)


def _capture_output(shapes: ShapesGraph) -> AbstractContextManager[Any]:
    """Keep standard output from pySHACL where it would print the error of a sh:expression."""
    return redirect_stdout(StringIO()) if shapes.having("expression") else nullcontext()


def _drop(record: logging.LogRecord) -> bool:
    return False


def _forget_functions(prepared: rdflib.Graph) -> None:
    """Take the functions that the shapes define out of RDFLib: pySHACL stopped before it did."""
    from rdflib import URIRef
    from rdflib.plugins.sparql.operators import unregister_custom_function

    with suppress_messages():
        for kind in ("SPARQLFunction", "SHACLFunction"):
            for function in prepared.subjects(URIRef(TYPE), URIRef(_SH + kind)):
                unregister_custom_function(function)


# ---- errors -------------------------------------------------------------------------------------


def _explain(error: Exception, prepared: rdflib.Graph, shapes: ShapesGraph) -> MalformedFile:
    """Return the error with the shape that pySHACL was at, or the query."""
    if isinstance(error, _QueryFailed):
        node = _find_query(error.text, prepared)
        message = f"the query cannot be run: {_first_line(error.__cause__ or error)}"
    else:
        node, message = _find_shape(error), f"the shape cannot be run: {_first_line(error)}"
    if node is None:
        return MalformedFile(message, file=FOLDER)
    return shapes.error(node, message)


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _find_query(text: str, prepared: rdflib.Graph) -> ox.NamedNode | ox.BlankNode | None:
    """Return the node whose query, its $PATH replaced, is the end of `text`."""
    from rdflib import URIRef

    for local in ("select", "ask", "construct"):
        for node, query in sorted(prepared.subject_objects(URIRef(_SH + local))):
            pattern = ".*".join(map(re.escape, _PATH.split(str(query))))
            if re.search(pattern + r"\Z", text, re.DOTALL):
                return _to_node(node)
    return None


def _find_shape(error: BaseException) -> ox.NamedNode | ox.BlankNode | None:
    """Return the innermost shape that pySHACL was at when it raised `error`."""
    from pyshacl.shape import Shape

    shape = None
    for frame, _ in traceback.walk_tb(error.__traceback__):
        holder = frame.f_locals.get("self")
        holder = getattr(holder, "shape", holder)
        shape = holder if isinstance(holder, Shape) else shape
    return _to_node(shape.node) if shape else None


def _to_node(node: Any) -> ox.NamedNode | ox.BlankNode:
    from rdflib import BNode

    return ox.BlankNode(str(node)) if isinstance(node, BNode) else ox.NamedNode(str(node))
