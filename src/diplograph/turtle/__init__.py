"""The layout of Turtle files as a pure function of their graph, so that one graph has one text."""

from __future__ import annotations

from pathlib import Path

from diplograph.core.files import decode, read_bytes, replace_file
from diplograph.core.home import Home
from diplograph.turtle.layout import format_turtle
from diplograph.turtle.order import read_file_order
from diplograph.turtle.statements import read_turtle

__all__ = ["tidy", "tidy_file"]


def tidy(text: str, *, file: str | Path, home: Home | None = None) -> str:
    """Return the Turtle `text` laid out anew; isomorphic graphs give the same characters.

    Members of lists whose order means nothing (owl:members, owl:oneOf and the like) are sorted.
    Comments are generated anew: one on top from the header's title, and one over each section.
    Sections and the order of properties come from the ontology of `home`, by default that of
    `Home.find`. Raises MalformedFile, with `file`, line and value, where `text` is no Turtle of
    RDF 1.1, and what `read_file_order` raises.
    """
    statements = read_turtle(text, file=file)
    return format_turtle(statements, read_file_order((home or Home.find()).ontology))


def tidy_file(path: Path, *, check: bool = False, home: Home | None = None) -> bool:
    """Lay out the file at `path` and return whether that changed it (with `check`: would change).

    Raises UnreadableFile and MalformedFile; then, and with `check`, nothing is written.
    """
    before = read_bytes(path)
    after = tidy(decode(before, file=path), file=path, home=home).encode()
    if after != before and not check:
        replace_file(path, after)
    return after != before
