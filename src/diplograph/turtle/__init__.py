"""Lays Turtle out as a pure function of its graph, so that one graph has one text."""

from __future__ import annotations

from pathlib import Path

from diplograph.core.files import decode, read_bytes, replace_file
from diplograph.turtle.layout import format_turtle
from diplograph.turtle.statements import read_turtle

__all__ = ["tidy", "tidy_file"]


def tidy(text: str, *, file: str | Path) -> str:
    """Return the Turtle `text` laid out anew; isomorphic graphs give the same characters.

    Members of lists whose order means nothing (owl:members, owl:oneOf, owl:unionOf and their
    kin) are sorted; every other list keeps its order. Comments are dropped and generated anew:
    one on top from the header's title, and one over each section.
    Raises MalformedFile, with `file`, line and value, where `text` is no Turtle of RDF 1.1.
    """
    return format_turtle(read_turtle(text, file=file))


def tidy_file(path: Path, *, check: bool = False) -> bool:
    """Lay out the file at `path` and return whether that changed it (with `check`: would change).

    Raises UnreadableFile and MalformedFile; then, and with `check`, nothing is written.
    """
    before = read_bytes(path)
    after = tidy(decode(before, file=path), file=path).encode()
    if after != before and not check:
        replace_file(path, after)
    return after != before
