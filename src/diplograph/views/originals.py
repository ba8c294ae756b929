"""The texts of reports where the operator has them: found by hash, verified, never guessed."""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from diplograph.core.errors import SourceMismatch
from diplograph.passages import Passage, Source, read_text

# A report is no longer than this, and a folder of reports holds no more files.
LARGEST_BYTES = 4 * 1024 * 1024
MOST_FILES = 2000
# Texts and hashes that are kept in memory; a file that changes is read again.
_KEPT = 256

# A stretch of a text, and whether it hedges.
Stretch = tuple[str, bool]


@dataclass(frozen=True)
class Listed:
    """A file of the folder as it was listed: its place, its size and when it was changed."""

    path: Path
    size: int
    changed: int


@dataclass(frozen=True)
class Original:
    """A report's text: the `source`, or the `problem` with it in one sentence, or neither."""

    source: Source | None = None
    problem: str = ""


def list_files(folder: Path) -> tuple[Listed, ...]:
    """Return the regular files at the top of `folder`, by name; none that a link leads out of it.

    A folder that cannot be read has none.
    """
    try:
        root = folder.resolve(strict=True)
        paths = sorted(root.iterdir())[:MOST_FILES]
    except (OSError, RuntimeError):  # links that lead in a circle
        return ()
    listed = (_list(path, root) for path in paths)
    return tuple(each for each in listed if each)


def digest_files(folder: Path | None) -> str:
    """Return what names the folder's files as they are now; nothing where there is no folder.

    A page that shows texts is another page when it changes.
    """
    if folder is None:
        return ""
    return hashlib.sha256(repr(list_files(folder)).encode()).hexdigest()


def find_original(folder: Path | None, sha256: str, slug: str) -> Original:
    """Return the text whose file has this SHA-256, whatever the file is called.

    A file that is named like the report, `slug` and any ending, and has another hash is a problem
    that is told. `sha256` empty: the graph records no hash, so that no text can be verified.
    """
    if folder is None:
        return Original()
    files = list_files(folder)
    if sha256:
        for each in files:
            if _read_hash(each) == sha256:
                return _open(each)
    named = [each for each in files if each.path.stem == slug]
    if not named:
        return Original()
    name = named[0].path.name
    if not sha256:
        return Original(problem=f"{name} is not shown: no SHA-256 is recorded for this report.")
    found = _read_hash(named[0])
    told = f"its SHA-256 is {found[:12]}…, not {sha256[:12]}…" if found else "it cannot be read"
    return Original(problem=f"{name} is not the text that was read: {told}. It is not shown.")


def read_words(passage: Passage, source: Source) -> str | None:
    """Return the passage's own words, None where they are not those that were read."""
    try:
        return read_text(passage, source)
    except SourceMismatch:
        return None


def mark_hedges(text: str, hedges: Iterable[str]) -> tuple[Stretch, ...]:
    """Return the text in stretches, those marked that are one of the hedges.

    >>> mark_hedges("It will likely be held.", ["likely"])
    (('It will ', False), ('likely', True), (' be held.', False))
    """
    wanted = sorted({each.strip() for each in hedges} - {""}, key=lambda each: (-len(each), each))
    if not wanted:
        return ((text, False),)
    spaced = (r"\s+".join(map(re.escape, each.split())) for each in wanted)
    parts = re.split(rf"(?i)(?<!\w)({'|'.join(spaced)})(?!\w)", text)
    return tuple((part, number % 2 == 1) for number, part in enumerate(parts) if part)


def _list(path: Path, root: Path) -> Listed | None:
    try:
        target = path.resolve(strict=True)
        known = target.stat()
    except (OSError, RuntimeError):  # links that lead in a circle
        return None
    if not target.is_relative_to(root) or not stat.S_ISREG(known.st_mode):
        return None
    small = known.st_size <= LARGEST_BYTES
    return Listed(path, known.st_size, known.st_mtime_ns) if small else None


@lru_cache(maxsize=MOST_FILES)
def _read_hash(listed: Listed) -> str:
    """Return the SHA-256 of a file's bytes, nothing where it cannot be read."""
    try:
        return hashlib.sha256(listed.path.read_bytes()).hexdigest()
    except OSError:
        return ""


@lru_cache(maxsize=_KEPT)
def _open(listed: Listed) -> Original:
    try:
        text = listed.path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return Original(problem=f"{listed.path.name} cannot be read as UTF-8 text.")
    return Original(Source(listed.path, text))
