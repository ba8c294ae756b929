"""Texts of reports: files found by their SHA-256, passages quoted once their hash is verified."""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from diplograph.core.errors import SourceMismatch
from diplograph.core.files import decode, read_bytes
from diplograph.views.query import QueryRunner, fill_query, thing
from diplograph.views.records import Attestation, Passage

# Bounds of the folder with the texts: the size of one, and how many there are.
LARGEST_BYTES = 4 * 1024 * 1024
MOST_FILES = 2000
# Texts that are held in memory; a file that changes is read again.
_CACHED_TEXTS = 256

# A part of a text, and whether it is a hedge.
MarkedText = tuple[str, bool]


@dataclass(frozen=True)
class Source:
    """The text of one report as received, read from `file`, its hash verified."""

    file: Path
    text: str


@dataclass(frozen=True)
class ListedFile:
    """A file of the folder as it was listed: its path, its size and when it was changed."""

    path: Path
    size: int
    changed: int


@dataclass(frozen=True)
class Original:
    """A report's text: the `source`, or the `problem` with it in one sentence, or neither."""

    source: Source | None = None
    problem: str = ""


# ---- files named on the command line or in Python -----------------------------------------


def read_sources(asking: QueryRunner, files: Iterable[str | Path]) -> dict[str, Source]:
    """Return report IRI to text for the files, which are recognised by the SHA-256 of their bytes.

    One query. Raises UnreadableFile, and SourceMismatch for a file that is the text of no report in
    the graph.
    """
    paths = [Path(file) for file in files]
    rows = asking.rows(fill_query("report-hashes")) if paths else []
    reports = {row["report"]: row for row in reversed(rows)}
    sources = {}
    for path in paths:
        content = read_bytes(path)
        decode(content, file=path)  # raises UnreadableFile with the line
        digest = hashlib.sha256(content).hexdigest()
        matching = [iri for iri, row in reports.items() if row.get("sha256") == digest]
        if not matching:
            known = "; ".join(
                f"{thing(reports[iri], 'report')} has {reports[iri].get('sha256', '')}"
                for iri in sorted(reports)
            )
            raise SourceMismatch(
                f"this is the text of no report here: its SHA-256 is {digest}; {known}", file=path
            )
        sources |= {report: Source(path, content.decode()) for report in matching}
    return sources


def quote_attestation(attestation: Attestation, sources: Mapping[str, Source]) -> Attestation:
    """Return the attestation with its passage as `quote_passage` returns it."""
    return replace(attestation, passage=quote_passage(attestation.passage, sources))


def quote_passage(passage: Passage, sources: Mapping[str, Source]) -> Passage:
    """Return the passage with its own words where `sources` have the text of its report.

    Raises SourceMismatch where the SHA-256 of these words is not the passage's.
    """
    source = sources.get(passage.report.iri)
    return replace(passage, text=extract_text(passage, source)) if source else passage


def extract_text(passage: Passage, source: Source) -> str:
    """Return the passage's own words; raises SourceMismatch where their hash is another."""
    text = source.text[passage.start : passage.end]
    if hashlib.sha256(text.encode("utf-8")).hexdigest() != passage.sha256:
        raise SourceMismatch(
            f"characters {passage.start} to {passage.end} do not have the SHA-256 recorded for"
            f" {passage.thing.curie}; correct its offsets or its hash",
            file=source.file,
        )
    return text


# ---- the folder of a server ---------------------------------------------------------------


def list_text_files(folder: Path) -> tuple[ListedFile, ...]:
    """Return the regular files at the top of `folder`, by name; none that a link leads out of it.

    A folder that cannot be read has none.
    """
    try:
        root = folder.resolve(strict=True)
        paths = sorted(root.iterdir())[:MOST_FILES]
    except (OSError, RuntimeError):  # links that lead in a circle
        return ()
    listed = (_list_file(path, root) for path in paths)
    return tuple(file for file in listed if file)


def find_original(folder: Path | None, sha256: str, slug: str) -> Original:
    """Return the text whose file has this SHA-256, whatever its name.

    A file that is named like the report, `slug` and any ending, and has another hash is reported as
    the problem. `sha256` empty: the graph records no hash, so no text can be verified.
    """
    if folder is None:
        return Original()
    files = list_text_files(folder)
    if sha256:
        for file in files:
            if _read_hash(file) == sha256:
                return _read_original(file)
    named = [file for file in files if file.path.stem == slug]
    if not named:
        return Original()
    name = named[0].path.name
    if not sha256:
        return Original(problem=f"{name} is not shown: no SHA-256 is recorded for this report.")
    digest = _read_hash(named[0])
    reason = f"its SHA-256 is {digest[:12]}…, not {sha256[:12]}…" if digest else "it cannot be read"
    return Original(problem=f"{name} is not the text that was read: {reason}. It is not shown.")


def extract_verified_text(passage: Passage, source: Source) -> str | None:
    """Return the passage's own words, None where their hash is not the passage's."""
    try:
        return extract_text(passage, source)
    except SourceMismatch:
        return None


def mark_hedges(text: str, hedges: Iterable[str]) -> tuple[MarkedText, ...]:
    """Return the text in parts, marked where a part is one of the hedges.

    >>> mark_hedges("It will likely be held.", ["likely"])
    (('It will ', False), ('likely', True), (' be held.', False))
    """
    phrases = {hedge.strip() for hedge in hedges} - {""}
    if not phrases:
        return ((text, False),)
    longest_first = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    patterns = (r"\s+".join(map(re.escape, phrase.split())) for phrase in longest_first)
    parts = re.split(rf"(?i)(?<!\w)({'|'.join(patterns)})(?!\w)", text)
    return tuple((part, number % 2 == 1) for number, part in enumerate(parts) if part)


def _list_file(path: Path, root: Path) -> ListedFile | None:
    try:
        target = path.resolve(strict=True)
        status = target.stat()
    except (OSError, RuntimeError):  # links that lead in a circle
        return None
    if not target.is_relative_to(root) or not stat.S_ISREG(status.st_mode):
        return None
    if status.st_size > LARGEST_BYTES:
        return None
    return ListedFile(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=MOST_FILES)
def _read_hash(file: ListedFile) -> str:
    """Return the SHA-256 of a file's bytes, nothing where it cannot be read."""
    try:
        return hashlib.sha256(file.path.read_bytes()).hexdigest()
    except OSError:
        return ""


@lru_cache(maxsize=_CACHED_TEXTS)
def _read_original(file: ListedFile) -> Original:
    try:
        text = file.path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return Original(problem=f"{file.path.name} cannot be read as UTF-8 text.")
    return Original(Source(file.path, text))
