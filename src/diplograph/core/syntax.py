"""The syntaxes of RDF and OWL: which a file's name promises, and which a text looks like."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox

from diplograph.core.tokens import DIRECTIVES, NESTING, find_nesting, scan

TURTLE, N_TRIPLES, RDF_XML, JSON_LD = "Turtle", "N-Triples", "RDF/XML", "JSON-LD"

# Suffix of a file that is read, in lower case, to the syntax that it promises.
READ_SUFFIXES = {
    ".ttl": TURTLE,
    ".nt": N_TRIPLES,
    ".rdf": RDF_XML,
    ".owl": RDF_XML,
    ".xml": RDF_XML,
    ".jsonld": JSON_LD,
}
_SAVE = "save it as Turtle (.ttl) or RDF/XML (.rdf)"
_SPLIT = "a file is one graph here: write the statements of each graph to a .ttl file of its own"
# Syntax that is not what the file's name promises, or is not read at all, to what to do about it.
ADVICE = {
    TURTLE: "let its name end in .ttl",
    N_TRIPLES: "let its name end in .nt",
    RDF_XML: "let its name end in .rdf",
    JSON_LD: "let its name end in .jsonld",
    "OWL/XML": _SAVE,
    "OWL functional syntax": _SAVE,
    "Manchester syntax": _SAVE,
    "OBO": _SAVE,
    "N3": _SAVE,
    "HDT": _SAVE,
    "TriX": _SPLIT,
    "TriG": _SPLIT,
    "N-Quads": _SPLIT,
    "SPARQL": "let its name end in .rq",
    "a table (CSV)": "state what its rows say as Turtle",
    "HTML": "save the data itself, not a page about it",
    "XML": _SAVE,
    "gzip": "unpack it",
}
UNREAD_SUFFIXES = {
    ".trig": "TriG",
    ".nq": "N-Quads",
    ".nquads": "N-Quads",
    ".trix": "TriX",
    ".n3": "N3",
    ".hdt": "HDT",
    ".turtle": TURTLE,
    ".ntriples": N_TRIPLES,
    ".owx": "OWL/XML",
    ".ofn": "OWL functional syntax",
    ".omn": "Manchester syntax",
    ".obo": "OBO",
}

_NAME = r"[A-Za-z_][\w.-]*"
_XML_HEAD = re.compile(
    r"(?:\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)*+", re.DOTALL | re.IGNORECASE
)
# A root without attributes has an end tag, or it is an IRI of Turtle.
_XML_ROOT = re.compile(
    rf"<(?:{_NAME}:)?(?P<root>{_NAME})"
    rf"(?:\s+[\w:.-]+\s*=|(?<=html)\s*>|\s*>(?=.*</(?:{_NAME}:)?(?P=root)\s*>))",
    re.DOTALL | re.IGNORECASE,
)
_TERM = r"(?:<[^>\s]*>|_:\S+)"
_FIELD = r'(?:"[^"\n]*"|[\w.-](?:[\w .-]*[\w.-])?)'
_COMMENTS = re.compile(r"(?:\s|#[^\n]*)*+")
_BEGINNINGS = (
    (JSON_LD, re.compile(r'\{\s*["}]|\[\s*[{\["]')),
    ("OWL functional syntax", re.compile(r"(?:Prefix|Ontology)\s*\(")),
    ("Manchester syntax", re.compile(r"(?:Prefix:\s*\S*:\s*<|Ontology:\s)")),
    ("OBO", re.compile(r"format-version:")),
    (
        "SPARQL",
        re.compile(
            r"(?:(?:base|prefix)\s[^<>]*<[^<>]*>\s*)*+"
            r"(?:select|ask|construct|describe|insert|delete)\b[^.]*\{",
            re.IGNORECASE,
        ),
    ),
    (
        "a table (CSV)",
        re.compile(
            rf"{_FIELD}(?P<separator>[,;\t]){_FIELD}(?:(?P=separator){_FIELD})*\r?(?:\n|\Z)"
        ),
    ),
    (
        "N-Quads",
        re.compile(
            rf'{_TERM}[ \t]+<[^>\s]*>[ \t]+(?:{_TERM}|"(?:[^"\\\n]|\\.)*+"\S*)[ \t]+{_TERM}[ \t]*\.'
        ),
    ),
)
_TURTLE = re.compile(rf"@prefix\s|@base\s|(?:prefix\s+\S*:|base)\s*<|{_TERM}\s+<[^>\s]*>", re.I)


def syntax_of(file: str | Path) -> str:
    """Return the syntax that the name of a file promises, Turtle where it promises none."""
    return READ_SUFFIXES.get(Path(file).suffix.lower(), TURTLE)


def guess_syntax(text: str) -> str | None:
    """Return the syntax that `text` looks like, one of those in ADVICE, or None."""
    body = text.lstrip("\ufeff \t\r\n")
    if body.startswith("<"):
        root = _XML_ROOT.match(body, _XML_HEAD.match(body).end())
        if root:
            return _name_xml(root["root"], body)
        if re.match(r"<\?xml|<!", body):
            return "HTML" if re.match(r"<!doctype\s+html", body, re.I) else "XML"
    start = _COMMENTS.match(body).end()
    for syntax, beginning in _BEGINNINGS:
        if beginning.match(body, start):
            return syntax
    if _is_trig(body):
        return "TriG"
    return TURTLE if _TURTLE.match(body, start) else None


def describe_mismatch(text: str, syntax: str) -> str:
    """Return what a text that should be of `syntax` looks like, and what to do; empty if like it.

    It is a guess: ask where `text` cannot be parsed, or where a parser would take it wrongly.
    """
    guess = guess_syntax(text)
    if guess in (None, syntax) or (guess, syntax) == ("XML", RDF_XML):
        return ""
    if (guess, syntax) == (TURTLE, N_TRIPLES) and not _has_directive(text):
        return ""
    return f"the text is no {syntax} but looks like {guess}: {ADVICE[guess]}"


def is_rdfxml(text: str) -> bool:
    """Return whether `text` is XML whose root is rdf:RDF."""
    return guess_syntax(text) == RDF_XML


def holds_nothing(text: str, syntax: str) -> bool:
    """Return whether `text` is empty, or holds only comments and declarations."""
    if syntax == RDF_XML:
        end = _XML_HEAD.match(text).end()
        root = re.compile(r"<(?:[\w.-]+:)?RDF\b[^>]*(?:/>|>(?:\s|<!--.*?-->)*</[^>]*>)", re.S)
        match = root.match(text, end)
        return not text[end:].strip() or bool(match and not text[match.end() :].strip())
    if syntax == JSON_LD:
        return re.sub(r"\s", "", text) in {"", "{}", "[]"}
    return next(_find_statements(text), None) is None


def _find_statements(text: str) -> Iterator[str]:
    """Yield the tokens of the Turtle `text` that belong to no directive."""
    of_directive = 0
    for _, token, _ in scan(text):
        if of_directive:
            of_directive -= 1
        elif token.lower() in DIRECTIVES:
            of_directive = DIRECTIVES[token.lower()]
        elif token != ".":
            yield token


def _has_directive(text: str) -> bool:
    return any(token.lower() in DIRECTIVES for _, token, _ in scan(text))


def _is_trig(text: str) -> bool:
    """Return whether `text` can be parsed as TriG and has a graph's braces."""
    if not any(token == "{" for _, token, _ in scan(text)) or find_nesting(text, NESTING):
        return False
    try:
        return any(True for _ in ox.parse(text, format=ox.RdfFormat.TRIG))
    except SyntaxError:
        return False


def _name_xml(root: str, text: str) -> str:
    if root == "RDF":
        return RDF_XML
    if root.lower() == "html":
        return "HTML"
    if root == "Ontology" and "http://www.w3.org/2002/07/owl#" in text:
        return "OWL/XML"
    return "TriX" if root == "TriX" else "XML"
