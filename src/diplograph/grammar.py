"""Reads a Turtle text of RDF 1.1 into statements; what is none is refused with file and line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pyoxigraph as ox

from diplograph.errors import MalformedFile

_UNDECLARED = re.compile(r"The prefix (\S*:) has not been declared")
_PLACE = re.compile(r"^Parser error (?:at|between) line [^:]*: ")
# What may hold any character comes first, so that the group is met only where it is syntax.
_NEWER = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""'
    r"|'''(?:[^'\\]|\\.|'(?!''))*'''"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'(?:[^'\\\n]|\\.)*'"
    r'|<[^<>"{}|^`\s]*>'
    r"|#[^\n]*"
    r"|\\."
    r"|(<<|\{\||~|@[A-Za-z]+(?:-[A-Za-z0-9]+)*--)",
    re.DOTALL,
)


def parse_turtle(text: str, *, file: str | Path) -> tuple[list[ox.Quad], Mapping[str, str]]:
    """Return the statements of the Turtle `text`, in its order, and the prefixes it declares.

    Raises MalformedFile, with `file`, line and the refused part, where `text` is no Turtle of
    RDF 1.1 (OWL tools read neither triple terms nor literals with a direction).
    """
    parser = ox.parse(text, format=ox.RdfFormat.TURTLE)
    try:
        quads = list(parser)
    except SyntaxError as error:
        raise _malformed(error, text, file) from error
    if any(_is_newer(quad.object) for quad in quads):
        raise _newer(text, file)
    return quads, parser.prefixes


def _malformed(error: SyntaxError, text: str, file: str | Path) -> MalformedFile:
    line, written = error.lineno or 1, text.split("\n")
    refused = written[min(line, len(written)) - 1]
    end = error.end_offset if error.end_lineno == line else None
    value = refused[(error.offset or 1) - 1 : end and end - 1].strip() or refused.strip()
    undeclared = _UNDECLARED.search(error.msg)
    message = _PLACE.sub("", error.msg)
    if undeclared:
        message = f"the prefix {undeclared[1]} is not declared; add an @prefix line for it"
    return MalformedFile(message, file=file, line=line, value=value[:80])


def _is_newer(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> bool:
    return isinstance(term, ox.Triple) or getattr(term, "direction", None) is not None


def _newer(text: str, file: str | Path) -> MalformedFile:
    message = "a triple term or a text's direction is RDF 1.2, which OWL tools do not read"
    found = next((match for match in _NEWER.finditer(text) if match[1]), None)
    if found is None:
        return MalformedFile(message, file=file)
    line = text.count("\n", 0, found.start()) + 1
    value = text.split("\n")[line - 1].strip()
    return MalformedFile(message, file=file, line=line, value=value[:80])
