"""Write statements in an RDF format, and rows as CSV: the same content gives the same bytes.

What a format cannot carry is refused, never changed: see `serialize`.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from xml.parsers import expat

import pyoxigraph as ox

from diplograph.core.blank_nodes import has_blank_node, number_blank_nodes, relabel
from diplograph.core.errors import NotExpressible
from diplograph.core.formats import STATEMENTS, Format, choose_format
from diplograph.core.names import PREFIXES, TYPE, compact, prefix_iri, split

# Datatypes of plain and of language-tagged literals, which no format writes.
IMPLICIT_DATATYPES = {PREFIXES["xsd"] + "string", PREFIXES["rdf"] + "langString"}
_FIRST_PREDICATES = {PREFIXES["rdf"] + "type": 0, PREFIXES["rdfs"] + "label": 1}

# A character that XML 1.0 cannot hold, not even as a reference (section 2.2, Char).
XML_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# How a carriage return is written, else it is read back as a line feed (section 2.11).
CARRIAGE_RETURN = b"&#13;"
# The characters of XML_ILLEGAL in UTF-8, where no surrogates are.
_XML_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\r"))
_XML_ILLEGAL_BYTES = re.compile(rb"[%b]|\xef\xbf[\xbe\xbf]" % re.escape(_XML_CONTROLS))
# Names of RDF's namespace that mean something else as a property (RDF 1.1 XML Syntax, 5.1 and 7.4).
_SYNTAX_TERMS = frozenset(
    PREFIXES["rdf"] + term
    for term in (
        "li RDF Description ID about parseType resource nodeID datatype bagID aboutEach"
        " aboutEachPrefix"
    ).split()
)


def write_statements(statements: Iterable[ox.Triple | ox.Quad], name: str = "turtle") -> bytes:
    """Return the statements in one of formats.STATEMENTS, sorted and without duplicates.

    Blank nodes get canonical labels; a format without named graphs merges them. Raises UsageError,
    and NotExpressible as `serialize` does.
    """
    form = choose_format(STATEMENTS, name)
    quads = {
        statement
        if form.graphs and isinstance(statement, ox.Quad)
        else ox.Quad(statement.subject, statement.predicate, statement.object)
        for statement in statements
    }
    ordered = sorted(canonicalize(quads), key=_reading_order)
    prefixes = _used_prefixes(ordered) if form.prefixes else None
    written = ordered if form.graphs else [quad.triple for quad in ordered]
    data = serialize(written, name, prefixes)
    if form.name == "jsonld":
        return json.dumps(json.loads(data), ensure_ascii=False, indent=1).encode() + b"\n"
    return data


def serialize(
    statements: Sequence[ox.Triple | ox.Quad],
    name: str,
    prefixes: Mapping[str, str] | None = None,
) -> bytes:
    """Return the statements, in their order, in the format of that name in formats.STATEMENTS.

    Raises NotExpressible, naming the thing and the formats that can, for what the format cannot
    carry: RDF/XML a character that XML cannot hold and a predicate without an XML name, RDF/XML
    and JSON-LD what is new in RDF 1.2, which readers of RDF 1.1 would silently drop.
    """
    form = STATEMENTS[name]
    require_rdf11(statements, form)
    if form.name == "rdfxml":
        return _serialize_rdfxml(statements, form, prefixes)
    return ox.serialize(statements, format=form.serializer, prefixes=prefixes)


def require_rdf11(statements: Iterable[ox.Triple | ox.Quad], form: Format) -> None:
    """Raise NotExpressible where `form` loses what is new in RDF 1.2 and a statement has it."""
    if form.rdf12:
        return
    for statement in statements:
        is_term = isinstance(statement.object, ox.Triple)
        if is_term or getattr(statement.object, "direction", None):
            what = "triple term" if is_term else "direction of the text"
            able = (other for other in STATEMENTS.values() if other.rdf12)
            raise refuse(form, f"the {what} in {_say_place(statement)}", able)


def refuse(form: Format, what: str, able: Iterable[Format]) -> NotExpressible:
    """Return the error that `form` cannot carry `what`, which the formats `able` can."""
    *others, last = [other.title for other in able if other != form]
    listed = f"{', '.join(others)} and {last}" if others else last
    return NotExpressible(f"{form.title} cannot carry {what}; {listed} can", form=form.name)


def say_illegal(text: str) -> str:
    """Return the words for the first character of `text` that XML cannot hold."""
    return f"the character U+{ord(XML_ILLEGAL.search(text)[0]):04X}"


def canonicalize(quads: set[ox.Quad]) -> set[ox.Quad]:
    """Return `quads` with the blank nodes labelled c14n0, c14n1 ... by what is stated of them."""
    blank = sorted(filter(has_blank_node, quads), key=str)
    if not blank:
        return quads
    numbers = number_blank_nodes(blank)
    labels = {node: ox.BlankNode(f"c14n{number}") for node, number in numbers.items()}
    return quads.difference(blank) | set(relabel(blank, labels))


# ---- XML ----------------------------------------------------------------------------------------


def find_xml_illegal(body: bytes) -> int | None:
    """Return where the first character that XML cannot hold is in `body`, UTF-8; None for none."""
    # As fast as reading once: a search by the expression takes longer than writing the document.
    if len(body.translate(None, _XML_CONTROLS)) == len(body) and not (
        b"\xef" in body and b"\xef\xbf" in body
    ):
        return None
    illegal = _XML_ILLEGAL_BYTES.search(body)
    return illegal and illegal.start()


def _serialize_rdfxml(
    statements: Sequence[ox.Triple], form: Format, prefixes: Mapping[str, str] | None
) -> bytes:
    for predicate in dict.fromkeys(statement.predicate.value for statement in statements):
        if not _has_xml_name(predicate):
            syntax = predicate in _SYNTAX_TERMS
            why = "which is syntax there" if syntax else "which ends in no XML name"
            raise refuse(form, f"the predicate {compact(predicate)}, {why}", STATEMENTS.values())
    body = ox.serialize(_open_nodes(statements), format=form.serializer, prefixes=prefixes)
    body = body.replace(_write_opening_statement(), b"")
    if find_xml_illegal(body) is None:
        return body.replace(b"\r", CARRIAGE_RETURN)
    statement = next(s for s in statements if XML_ILLEGAL.search(s.object.value))
    what = f"{say_illegal(statement.object.value)}, which is in {_say_place(statement)}"
    raise refuse(form, what, STATEMENTS.values())


@lru_cache(maxsize=4096)
def _has_xml_name(iri: str) -> bool:
    """Return whether RDF/XML has a property element for `iri` that every XML parser reads.

    Expat decides, which most are built on: it knows fewer letters than Oxigraph's writer.
    """
    if iri in _SYNTAX_TERMS:
        return False
    names: list[str] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda name, attributes: names.append(name)
    node = ox.NamedNode(iri)
    try:
        parser.Parse(ox.serialize([ox.Triple(node, node, node)], format=ox.RdfFormat.RDF_XML), True)
    except expat.ExpatError:
        return False
    return names[-1].replace(" ", "") == iri


def _open_nodes(statements: Sequence[ox.Triple]) -> Iterator[ox.Triple]:
    """Yield the statements, with one more before a subject that begins with a class of no XML name.

    Oxigraph's writer would make the class the name of the subject's element. The statement, which
    no data can have, is taken out of what was written.
    """
    types = [triple for triple in statements if triple.predicate.value == TYPE]
    classes = {triple.object for triple in types if isinstance(triple.object, ox.NamedNode)}
    unnamed = {node for node in classes if not _has_xml_name(node.value)}
    subject = None
    for triple in statements:
        opens = triple.subject != subject
        if opens and triple.object in unnamed and triple.predicate.value == TYPE:
            yield ox.Triple(triple.subject, _OPENING, _OPENING)
        subject = triple.subject
        yield triple


_OPENING = ox.NamedNode(PREFIXES["rdf"] + "bagID")


@lru_cache(maxsize=1)
def _write_opening_statement() -> bytes:
    """Return the line that Oxigraph writes for the statement that `_open_nodes` adds."""
    body = ox.serialize([ox.Triple(_OPENING, _OPENING, _OPENING)], format=ox.RdfFormat.RDF_XML)
    return next(line for line in body.splitlines(keepends=True) if b"<rdf:bagID" in line)


# ---- rows ---------------------------------------------------------------------------------------


def write_csv_rows(rows: Sequence[Sequence[str]]) -> bytes:
    """Return the rows as RFC 4180 has them; a single empty value is an empty line, not quotes."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines)
    if any(len(row) == 1 for row in rows):
        rows = [[] if list(row) == [""] else row for row in rows]
    writer.writerows(rows)
    return lines.getvalue().encode()


# ---- order and names ----------------------------------------------------------------------------


def _reading_order(quad: ox.Quad) -> tuple:
    """Order by graph and subject; of a subject its types first, then its labels, then the rest."""
    predicate = quad.predicate.value
    first = _FIRST_PREDICATES.get(predicate, len(_FIRST_PREDICATES))
    return str(quad.graph_name), str(quad.subject), first, predicate, str(quad.object)


def _used_prefixes(quads: Iterable[ox.Quad]) -> dict[str, str]:
    """Return prefix to IRI for the prefixes that some term of `quads` can be written with.

    Not where an IRI ends in a dot: RDFLib drops statements with a local name that ends in `\\.`.
    """
    iris = {term.value for quad in quads for term in quad if isinstance(term, ox.NamedNode)}
    literals = (quad.object for quad in quads if isinstance(quad.object, ox.Literal))
    iris |= {literal.datatype.value for literal in literals} - IMPLICIT_DATATYPES
    dotted = [iri for iri in iris if iri.endswith(".")]
    used = sorted({parts[0] for parts in map(split, iris) if parts})
    known = {prefix: prefix_iri(prefix) for prefix in used}
    return {
        prefix: namespace
        for prefix, namespace in known.items()
        if not any(iri.startswith(namespace) for iri in dotted)
    }


def _say_place(statement: ox.Triple | ox.Quad) -> str:
    """Return the words for where a value is, `rdfs:label of state:IND`."""
    subject = statement.subject
    name = compact(subject.value) if isinstance(subject, ox.NamedNode) else str(subject)
    return f"{compact(statement.predicate.value)} of {name}"
