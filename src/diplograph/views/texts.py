"""The texts of reports: read from files, verified by their hashes, and cut into passages."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from diplograph.core.errors import SourceMismatch
from diplograph.core.files import decode, read_bytes
from diplograph.core.things import Thing
from diplograph.views.query import QueryRunner, fill_query, thing
from diplograph.views.records import Passage, make_passage

# Bounds of a folder with the texts: the size of one, and how many there are.
LARGEST_BYTES, MOST_FILES = 4 * 1024 * 1024, 2000
# Texts, passages and folders that are held in memory; a file that changes is read again.
_CACHED_TEXTS, _CACHED_PASSAGES, _CACHED_FOLDERS = 256, 16_384, 16
# Characters of one passage that are shown; those of a tip, which ends at a word.
LONGEST_WORDS, LONGEST_TIP = 10_000, 200

_ALTERED = (
    "These characters of the text do not have the hash recorded for this passage. They are not"
    " shown."
)

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


@dataclass(frozen=True, eq=False)
class TextFolder:
    """The files of a folder by SHA-256 and by the stem of their names; `state` names what it holds.

    Two folders with the same files, unchanged, have the same state. `changed` is when the folder or
    a file in it last changed, in seconds since 1970.
    """

    by_hash: Mapping[str, ListedFile] = field(default_factory=dict)
    by_stem: Mapping[str, ListedFile] = field(default_factory=dict)
    state: str = ""
    changed: float = 0.0


@dataclass(frozen=True)
class Original:
    """A report's text: the `source`, or the `problem` with it in one sentence, or neither."""

    source: Source | None = None
    problem: str = ""


@dataclass(frozen=True)
class RecordedText:
    """What the graph records of a report's text: its SHA-256, and where on the web it stands."""

    sha256: str = ""
    address: str = ""


@dataclass(frozen=True)
class Quotation:
    """The words of a passage where its report's text is at hand and verified, else "".

    `problem` says in one sentence why a text that is at hand is not shown.
    """

    words: str = ""
    problem: str = ""

    def __bool__(self) -> bool:
        return bool(self.words)

    def marked(self, hedges: Iterable[str]) -> tuple[MarkedText, ...]:
        """Return the words in parts, marked where a part is one of the hedges."""
        return mark_hedges(self.words, hedges)


# ---- the texts at hand --------------------------------------------------------------------


@dataclass(frozen=True)
class Texts:
    """The texts at hand for the reports of one build, in folders as they are at this moment.

    `read_recorded` returns report IRI to what the graph records of its text; it is called only
    where there is a text to compare, or an address to find.
    """

    read_recorded: Callable[[], Mapping[str, RecordedText]] = dict
    folders: tuple[TextFolder, ...] = ()

    @property
    def at_hand(self) -> bool:
        """Whether there is any text."""
        return any(folder.by_stem for folder in self.folders)

    def find_address(self, report: str) -> str:
        """Return where the text of a report stands on the web, empty where that is not known."""
        return self.read_recorded().get(report, RecordedText()).address

    def find(self, report: str) -> Original:
        """Return the text of the report of that IRI: of the first folder that has it."""
        recorded = self.read_recorded().get(report) if self.at_hand else None
        if recorded is None:
            return Original()
        sha256, slug = recorded.sha256, report.rpartition("/")[2]
        found = [find_original(folder, sha256, slug) for folder in self.folders]
        problems = (original for original in found if original.problem)
        return next((original for original in found if original.source), next(problems, Original()))

    def quote(self, passage: Passage) -> Quotation:
        """Return the words of a passage whose own hash and whose report's hash are right."""
        original = self.find(passage.report.iri)
        if original.source is None:
            return Quotation(problem=original.problem)
        words = _cut_words(original.source, passage.start, passage.end, passage.sha256)
        if words is None:
            return Quotation(problem=_ALTERED)
        return Quotation(words)


def read_recorded_texts(asking: QueryRunner) -> dict[str, RecordedText]:
    """Return report IRI to what is recorded of its text, of reports with passages; one query."""
    rows = asking.rows(fill_query("report-hashes"))
    return {
        row["report"]: RecordedText(row.get("sha256", ""), row.get("address", ""))
        for row in reversed(rows)
    }


def find_sources(texts: Texts) -> dict[str, Source]:
    """Return report IRI to its text, of the reports whose texts are at hand."""
    reports = texts.read_recorded() if texts.at_hand else ()
    found = {report: texts.find(report).source for report in reports}
    return {report: source for report, source in found.items() if source}


def list_quotations(asking: QueryRunner, texts: Texts) -> Iterator[tuple[Thing, str]]:
    """Yield each passage with its words, of the reports whose texts are at hand; one query."""
    reports = list(find_sources(texts))
    for row in asking.rows(fill_query("passages-of", report=reports)) if reports else ():
        passage = make_passage(row)
        if quotation := texts.quote(passage):
            yield passage.thing, quotation.words


@lru_cache(maxsize=_CACHED_PASSAGES)
def _cut_words(source: Source, start: int, end: int, sha256: str) -> str | None:
    text = source.text[start:end]
    if hashlib.sha256(text.encode("utf-8")).hexdigest() != sha256:
        return None
    return text if len(text) <= LONGEST_WORDS else f"{text[:LONGEST_WORDS]}…"


def shorten_words(words: str, most: int = LONGEST_TIP) -> str:
    """Return a text in one line of `most` characters at most, cut after a whole word.

    >>> shorten_words("The talks will be held in March.", 20)
    'The talks will be …'
    """
    line = " ".join(words.split())
    if len(line) <= most:
        return line
    cut = line[: most - 1]
    return f"{cut.rpartition(' ')[0] or cut} …" if " " in cut else f"{cut}…"


# ---- files named on the command line or in Python -----------------------------------------


def read_sources(asking: QueryRunner, files: Iterable[str | Path]) -> dict[str, Source]:
    """Return report IRI to text for the files, recognised by their SHA-256; one query.

    Raises UnreadableFile, and SourceMismatch for a file that is the text of no report here.
    """
    paths = [Path(file) for file in files]
    rows = asking.rows(fill_query("report-hashes")) if paths else []
    reports = {row["report"]: row for row in reversed(rows)}
    sources: dict[str, Source] = {}
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


def quote_passage(passage: Passage, sources: Mapping[str, Source]) -> Passage:
    """Return the passage with its words if `sources` have them; raises SourceMismatch."""
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


def read_folder(folder: Path | None) -> TextFolder:
    """Return the texts in a folder; its files are read again only where it has changed."""
    if folder is None:
        return TextFolder()
    try:
        with os.scandir(folder) as entries:
            state = sorted((entry.name, *_read_state(entry)) for entry in entries)
        own = ("", 0, os.stat(folder).st_mtime_ns)
    except OSError:
        return TextFolder()
    return _read_folder_once(folder, (own, *state))


def list_text_files(folder: Path) -> tuple[ListedFile, ...]:
    """Return the regular files at the top of `folder`, by name; no link leads out of it."""
    try:
        root = folder.resolve(strict=True)
        paths = sorted(root.iterdir())[:MOST_FILES]
    except (OSError, RuntimeError):  # links that lead in a circle
        return ()
    listed = []
    for path in paths:
        try:
            target = path.resolve(strict=True)
            status = target.stat()
        except (OSError, RuntimeError):  # links that lead in a circle
            continue
        regular = target.is_relative_to(root) and stat.S_ISREG(status.st_mode)
        if regular and status.st_size <= LARGEST_BYTES:
            listed.append(ListedFile(path, status.st_size, status.st_mtime_ns))
    return tuple(listed)


def find_original(folder: TextFolder, sha256: str, slug: str) -> Original:
    """Return the text whose file has this SHA-256, whatever its name.

    The problem is a file called `slug` with another hash, or no hash in the graph to compare with.
    """
    if sha256 and sha256 in folder.by_hash:
        return _read_original(folder.by_hash[sha256])
    if slug not in folder.by_stem:
        return Original()
    named = folder.by_stem[slug]
    name = named.path.name
    if not sha256:
        return Original(problem=f"{name} is not shown: no SHA-256 is recorded for this report.")
    digest = _read_hash(named)
    reason = f"its SHA-256 is {digest[:12]}…, not {sha256[:12]}…" if digest else "it cannot be read"
    return Original(problem=f"{name} is not the text we read: {reason}. It is not shown.")


@lru_cache(maxsize=_CACHED_FOLDERS)
def _read_folder_once(folder: Path, state: tuple) -> TextFolder:
    files = list_text_files(folder)
    by_hash = {_read_hash(file): file for file in reversed(files)}
    by_hash.pop("", None)  # what cannot be read
    by_stem = {file.path.stem: file for file in reversed(files)}
    named = hashlib.sha256(repr(state).encode("utf-8", "replace")).hexdigest()
    changed = max(nanoseconds for _, _, nanoseconds in state) / 1e9
    return TextFolder(by_hash, by_stem, named, changed)


def _read_state(entry: os.DirEntry) -> tuple[int, int]:
    """Return the size of a file and when it was changed; zeros where that cannot be read."""
    try:
        status = entry.stat()
    except OSError:  # a link that leads nowhere or in a circle
        return 0, 0
    return status.st_size, status.st_mtime_ns


# ---- hedges ---------------------------------------------------------------------------------


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
