"""Which files of a home are read: one rule for ontology, shapes, rules, data and questions.

A file whose name looks like one of RDF and that is not read gets a warning; other files (texts,
images, Protégé's catalogs) and those that editors leave behind get none.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from diplograph.core.errors import UnreadableFile
from diplograph.core.files import read_regular
from diplograph.core.home import ALIGNMENTS, Home
from diplograph.core.syntax import ADVICE, READ_SUFFIXES, TURTLE, UNREAD_SUFFIXES, is_rdfxml
from diplograph.core.terminal import escape_controls

QUESTION_SUFFIX = ".rq"
_PACKED = {".gz", ".bz2", ".xz", ".zst", ".zip", ".7z", ".tar", ".tgz", ".br"}
_RDF_SUFFIXES = (READ_SUFFIXES.keys() | UNREAD_SUFFIXES.keys()) - {".xml"}
_QUERY_SUFFIXES = {QUESTION_SUFFIX, ".sparql"}
# Copies and locks of editors, of office programs and of unfinished downloads.
_LEFT_BEHIND = re.compile(
    r"\..*|~\$.*|.*~|#.*#|.*\.(?:bak|orig|rej|tmp|temp|part|crdownload|sw[a-p])", re.S | re.I
)
_JSON_LD = re.compile(rb'"@(?:context|graph|id)"\s*:')
_NAME = "the file's name has characters that cannot be shown: rename it"


class QuestionHome(Protocol):
    """A home as far as its questions go; a `core.home.Home` is one."""

    root: Path
    queries: Path


@dataclass
class FoundFiles:
    """Files to read, by their names relative to the home, and a sentence for each passed over."""

    paths: dict[str, Path] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def find_rdf_files(home: Home) -> FoundFiles:
    """Return the files of ontology, shapes and data, sorted by name, the alignments left out.

    Data is read with its subfolders; of the ontology's only `shapes`. Raises UnreadableFile when a
    folder is missing or cannot be listed, the ontology has no file, or a file's name has
    characters that cannot be shown.
    """
    found = FoundFiles()
    for folder in (home.ontology, home.data):
        if not folder.is_dir():
            raise UnreadableFile("there is no such folder", file=_relative(folder, home.root))
    for path in _walk(home.ontology, home.root, found):
        if path.parent in (home.ontology, home.shapes):
            _choose(path, home.root, found)
        elif path.suffix.lower() in _RDF_SUFFIXES:
            advice = "move it to ontology/ itself, or to ontology/shapes/"
            _warn(found, path, home.root, f"of the ontology's folders only shapes is: {advice}")
    for path in [home.ontology / name for name in _alignments(home.ontology)]:
        found.paths.pop(_relative(path, home.root), None)
    if not any(path.parent == home.ontology for path in found.paths.values()):
        message = "the folder has no .ttl file: the ontology is missing"
        raise UnreadableFile(message, file=_relative(home.ontology, home.root))
    for path in _walk(home.data, home.root, found):
        _choose(path, home.root, found)
    return FoundFiles(dict(sorted(found.paths.items())), sorted(found.warnings))


def find_question_files(home: QuestionHome) -> FoundFiles:
    """Return the files of the questions of `home`, sorted by name; raises UnreadableFile."""
    return _find_queries(home.queries, home.root)


def find_rule_files(home: Home) -> FoundFiles:
    """Return the files of the rules of `home`, in the order they run; raises UnreadableFile."""
    return _find_queries(home.rules, home.root)


def _find_queries(folder: Path, root: Path) -> FoundFiles:
    """Return the queries in `folder`, sorted by name; none where there is no such folder."""
    found = FoundFiles()
    if not folder.is_dir():
        return found
    for path in _walk(folder, root, found):
        suffixes = {suffix.lower() for suffix in path.suffixes}
        if path.parent != folder and suffixes & _QUERY_SUFFIXES:
            place = _relative(folder, root)
            _warn(found, path, root, f"subfolders are not: move it to {place}/ itself")
        elif path.suffix.lower() == QUESTION_SUFFIX:
            found.paths[_name(path, root)] = path
        elif suffixes & _QUERY_SUFFIXES:
            _warn(found, path, root, "let its name end in .rq")
    return FoundFiles(dict(sorted(found.paths.items())), sorted(found.warnings))


def list_ontology_files(folder: Path) -> list[Path]:
    """Return the files in the ontology's folder that are read, alignments too, sorted by name."""
    found = FoundFiles()
    for path in _walk(folder, folder.parent, found):
        if path.parent == folder:
            _choose(path, folder.parent, found)
    return sorted(found.paths.values())


def list_turtle_files(folder: Path) -> list[Path]:
    """Return what has the name of a Turtle file in `folder` and in folders inside it, sorted.

    Raises UnreadableFile for a folder that cannot be read.
    """
    paths = _walk(folder, folder.parent, FoundFiles())
    return sorted(path for path in paths if READ_SUFFIXES.get(path.suffix.lower()) == TURTLE)


def is_alignments(path: Path) -> bool:
    """Return whether the ontology's file at `path` holds alignments, which are for export only."""
    return path.stem == Path(ALIGNMENTS).stem and path.suffix.lower() in READ_SUFFIXES


def _alignments(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if is_alignments(path)]


def _walk(folder: Path, root: Path, found: FoundFiles) -> Iterator[Path]:
    """Yield the files below `folder`, and what only has the name of a file that is read."""
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        try:
            entries = sorted(os.scandir(current), key=lambda entry: entry.name)
        except OSError as error:
            message = f"the folder cannot be read: {error.strerror or error}"
            raise UnreadableFile(message, file=_name(current, root)) from error
        for entry in entries:
            path = Path(entry.path)
            named = path.suffix.lower() in _RDF_SUFFIXES | {QUESTION_SUFFIX}
            if _LEFT_BEHIND.fullmatch(path.name):
                continue
            if named or not _is_folder(entry):
                yield path
            elif entry.is_symlink():
                _warn(found, path, root, "it is a link to a folder: link to its files instead")
            else:
                waiting.append(path)


def _is_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a loop
        return False


def _choose(path: Path, root: Path, found: FoundFiles) -> None:
    """Add `path` to the files that are read, or a warning where it looks like one."""
    suffix, inner = path.suffix.lower(), {suffix.lower() for suffix in path.suffixes[:-1]}
    if suffix == ".xml":
        if is_rdfxml(_read_head(path).decode(errors="replace")):
            found.paths[_name(path, root)] = path
    elif suffix in READ_SUFFIXES:
        found.paths[_name(path, root)] = path
    elif suffix in UNREAD_SUFFIXES:
        syntax = UNREAD_SUFFIXES[suffix]
        reason = f"it is {syntax}: " if not ADVICE[syntax].startswith("let") else ""
        _warn(found, path, root, f"{reason}{ADVICE[syntax]}")
    elif suffix in _PACKED and inner & _RDF_SUFFIXES:
        _warn(found, path, root, "it is packed: unpack it")
    elif inner & _RDF_SUFFIXES or suffix.strip() in READ_SUFFIXES:
        _warn(found, path, root, "its name ends in no suffix of RDF, such as .ttl: rename it")
    elif suffix == ".json" and _JSON_LD.search(_read_head(path)):
        _warn(found, path, root, f"it looks like JSON-LD: {ADVICE['JSON-LD']}")


def _read_head(path: Path) -> bytes:
    """Return the first bytes of a file; none of what is no file, or cannot be read."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return b""
        return read_regular(path, file=path, most=64 * 1024)
    except (OSError, UnreadableFile):
        return b""


def _warn(found: FoundFiles, path: Path, root: Path, reason: str) -> None:
    found.warnings.append(f"{escape_controls(_relative(path, root))} is not read: {reason}")


def _name(path: Path, root: Path) -> str:
    """Return the name of a file that is read; raises UnreadableFile for one not to be shown."""
    name = _relative(path, root)
    if not name.isprintable():
        raise UnreadableFile(_NAME, file=name)
    return name


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()
