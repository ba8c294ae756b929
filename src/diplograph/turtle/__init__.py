"""The layout of Turtle files as a pure function of their graph, so that one graph has one text."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from pyoxigraph import Quad

from diplograph.core.errors import DiplographError, MalformedFile, UnreadableFile
from diplograph.core.files import decode, read_regular, replace_file
from diplograph.core.home import Home
from diplograph.core.inputs import list_turtle_files
from diplograph.core.rdf import parse_turtle
from diplograph.core.syntax import TURTLE, guess_syntax
from diplograph.turtle.comments import refuse_loss
from diplograph.turtle.layout import find_titles, format_turtle
from diplograph.turtle.order import read_file_order
from diplograph.turtle.statements import TurtleGraph, arrange, read_turtle

__all__ = [
    "SUFFIXES",
    "find_turtle_files",
    "read_quads",
    "read_turtle_file",
    "rewrite",
    "tidy",
    "tidy_bytes",
    "tidy_file",
]

# Names of files that stay what their name says when they are rewritten: N-Triples would not.
SUFFIXES = (".ttl", ".turtle", ".n3")


def tidy(text: str, *, file: str | Path, home: Home | None = None) -> str:
    """Return the Turtle `text` laid out anew; the same graph and prefixes give the same characters.

    Members of lists whose order means nothing (owl:members, owl:oneOf and the like) are sorted. A
    symmetric axiom of two named terms (owl:inverseOf, owl:disjointWith and the like) is written
    once, on the side where OWL tools such as Protégé leave it, unless an owl:Axiom annotates it.
    Declared prefixes that are used are kept, unless the project's table has the IRI, or has the
    name for an IRI of this text. Comments are generated anew: one on top from the header's title,
    and one over each section; others are dropped. Lines end with \\r\\n if all of `text` do, else
    with \\n. Sections and the order of properties come from the ontology of `home`, by default that
    of `Home.find`. Raises MalformedFile, with `file`, line and value, where `text` is no Turtle of
    RDF 1.1, and what `read_file_order` raises.
    """
    return _lay_out(read_turtle(text, file=file), text, home or Home.find())


def tidy_bytes(
    content: bytes, *, file: str | Path, drop_comments: bool = False, home: Home | None = None
) -> bytes:
    """Return the content of a Turtle file laid out anew, its byte order mark and line ends kept.

    Raises, beside what `tidy` does, UnreadableFile for what is not UTF-8, and CommentsLost where a
    comment would be lost, unless `drop_comments`. A MalformedFile names the other syntax that
    `content` looks like.
    """
    home = home or Home.find()
    quads, prefixes = read_quads(content, file=file)
    return rewrite(
        content, arrange(quads, prefixes), file=file, drop_comments=drop_comments, home=home
    )


def read_quads(content: bytes, *, file: str | Path) -> tuple[list[Quad], Mapping[str, str]]:
    """Return the statements of a Turtle file, and the prefixes that it declares.

    Raises UnreadableFile and MalformedFile as `tidy_bytes` does.
    """
    text = decode(content, file=file)
    try:
        return parse_turtle(text, file=file)
    except MalformedFile as error:
        guess = guess_syntax(text)
        if guess in (None, TURTLE):
            raise
        raise MalformedFile(_describe(guess), file=file, line=error.line) from error


def rewrite(
    content: bytes, statements: TurtleGraph, *, file: str | Path, drop_comments: bool, home: Home
) -> bytes:
    """Return what to write in place of `content`, that of a Turtle file, to hold `statements`.

    Byte order mark and line ends stay. Raises CommentsLost as `tidy_bytes` does.
    """
    text = decode(content, file=file)
    if not drop_comments:
        titles = {*read_file_order(home.ontology).titles(), *find_titles(statements)}
        subjects = {getattr(subject, "value", "") for subject in statements.by_subject}
        refuse_loss(text, titles | subjects, file=file)
    mark = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
    return mark + _lay_out(statements, text, home).encode()


def tidy_file(
    path: Path, *, check: bool = False, drop_comments: bool = False, home: Home | None = None
) -> bool:
    """Lay out the file at `path` and return whether that changed it (with `check`: would change).

    Raises what `tidy_bytes` does, and UnreadableFile, also for a name that ends in none of
    SUFFIXES; then, and with `check`, nothing is written.
    """
    before = read_turtle_file(path)
    after = tidy_bytes(before, file=path, drop_comments=drop_comments, home=home)
    if after == before or check:
        return after != before
    if not os.access(path, os.W_OK):
        raise UnreadableFile("the file cannot be written: Permission denied", file=path)
    replace_file(path, after)
    return True


def find_turtle_files(
    paths: Iterable[Path], *, may_be_empty: bool
) -> tuple[list[Path], list[DiplographError]]:
    """Return each file of `paths` and of folders among them once, and the errors of folders."""
    files: set[Path] = set()
    errors: list[DiplographError] = []
    for path in paths:
        if not os.path.isdir(path) or path.suffix.lower() in SUFFIXES:
            files.add(path)
            continue
        try:
            listed = list_turtle_files(path)
            if not (listed or may_be_empty):
                message = "there is no Turtle file (*.ttl) in this folder"
                raise UnreadableFile(message, file=path)
            files.update(listed)
        except UnreadableFile as error:
            errors.append(error)
    return sorted(files), errors


def read_turtle_file(path: Path) -> bytes:
    """Return the bytes of a regular file whose name is that of a Turtle file.

    Raises UnreadableFile.
    """
    content = read_regular(path, file=path)
    if path.suffix.lower() in SUFFIXES:
        return content
    guess = guess_syntax(content.decode("utf-8-sig", errors="replace"))
    if guess not in (None, TURTLE):
        raise UnreadableFile(_describe(guess), file=path)
    decode(content, file=path)  # says what else it might be
    message = f"tidy writes Turtle, in files whose names end in {', '.join(SUFFIXES)}"
    raise UnreadableFile(message, file=path)


def _lay_out(statements: TurtleGraph, text: str, home: Home) -> str:
    line_end = "\r\n" if 0 < text.count("\n") == text.count("\r\n") else "\n"
    return format_turtle(statements, read_file_order(home.ontology), line_end)


def _describe(guess: str) -> str:
    return f"this looks like {guess}; tidy reads and writes Turtle, nothing else"
