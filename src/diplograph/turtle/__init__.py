"""Lays Turtle out as a pure function of its graph, so that one graph has one text."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from diplograph.errors import UnreadableFile
from diplograph.turtle.layout import lay_out
from diplograph.turtle.statements import read_statements

__all__ = ["read_text", "tidy", "tidy_file"]


def tidy(text: str, *, file: str | Path) -> str:
    """Return the Turtle `text` laid out anew; isomorphic graphs give the same characters.

    Members of lists whose order means nothing (owl:members, owl:oneOf, owl:unionOf and their
    kin) are sorted; every other list keeps its order. Comments are dropped and generated anew:
    one on top from the header's title, and one over each section.
    Raises MalformedFile, with `file`, line and value, where `text` is no Turtle of RDF 1.1.
    """
    return lay_out(read_statements(text, file=file))


def tidy_file(path: Path, *, check: bool = False) -> bool:
    """Lay out the file at `path` and return whether that changed it (with `check`: would change).

    Raises UnreadableFile and MalformedFile; then, and with `check`, nothing is written.
    """
    before = _read_bytes(path)
    after = tidy(_decode(before, path), file=path).encode()
    if after != before and not check:
        _replace(path, after)
    return after != before


def read_text(path: Path) -> str:
    """Return the text of the file at `path`, a byte order mark dropped.

    Raises UnreadableFile where it is missing, may not be opened or is not UTF-8.
    """
    return _decode(_read_bytes(path), path)


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or "it cannot be opened"
        raise UnreadableFile(f"the file cannot be read: {reason}", file=path) from error


def _decode(content: bytes, path: Path) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        value = content[error.start : error.end].hex(" ")
        raise UnreadableFile(
            "the file is not UTF-8; save it as UTF-8", file=path, line=line, value=value
        ) from error


def _replace(path: Path, content: bytes) -> None:
    """Write beside `path`, then rename, so that no reader ever sees half a file."""
    mode = path.stat().st_mode
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
        os.chmod(beside, mode & 0o777)
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
