"""The vocabulary, shapes, rules and questions of a home, brought to the edition of the program."""

from __future__ import annotations

import hashlib
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from diplograph.core.files import read_regular
from diplograph.core.home import Home
from diplograph.turtle.order import read_file_order

FOLDERS = ("ontology", "queries")
# The file with the links, which the first edition does not have.
MARK = "links.ttl"
# The SHA-256 of each version of each file of the first edition.
FIRST_EDITION = Path(__file__).with_name("first_edition.toml")


@dataclass(frozen=True)
class VocabularyUpgrade:
    """What a home needs: files to write, by their paths, and to remove; `left` are its owner's."""

    home: Home
    written: Mapping[Path, bytes] = field(default_factory=dict)
    removed: tuple[Path, ...] = ()
    left: tuple[Path, ...] = ()

    @property
    def mark(self) -> Path:
        """The file whose presence says that the ontology is of the second edition."""
        return self.home.ontology / MARK

    @contextmanager
    def upgraded_home(self) -> Iterator[Home]:
        """Have a home whose ontology is as it will be; it is for the layout of files alone."""
        if not self.written:
            yield self.home
            return
        ontology = self.home.ontology
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / ontology.name
            folder.mkdir()
            files = {path: read_regular(path, file=path) for path in ontology.glob("*.*")}
            for path, content in {**files, **self.written}.items():
                if path.parent == ontology and path not in self.removed:
                    (folder / path.name).write_bytes(content)
            yield Home(Path(name), Path(name))


def find_vocabulary_upgrade(home: Home, shipped: Home) -> VocabularyUpgrade:
    """Return what `home` needs to have the ontology and the questions of `shipped`.

    Nothing if its ontology has links, as the second edition has. A file that is as it came with the
    first edition is replaced or removed, one that is not stays. Raises UnreadableFile and
    MalformedFile for files that cannot be read.
    """
    if home.root == shipped.root or "link" in read_file_order(home.ontology).kinds:
        return VocabularyUpgrade(home)
    first = tomllib.loads(FIRST_EDITION.read_text(encoding="utf-8"))
    written, left = {}, []
    new = {name: path for folder in FOLDERS for name, path in _list_files(shipped, folder)}
    for name, source in new.items():
        path, content = home.root / name, read_regular(source, file=source)
        digest = _digest(path) if path.exists() else ""
        if digest in ("", *first.get(name, ())):
            written[path] = content
        elif digest != hashlib.sha256(_unify(content)).hexdigest():
            left.append(path)
    gone = [name for name in first.keys() - new.keys() if (home.root / name).exists()]
    removed = {home.root / name for name in gone if _digest(home.root / name) in first[name]}
    left += [home.root / name for name in gone if home.root / name not in removed]
    return VocabularyUpgrade(home, written, tuple(sorted(removed)), tuple(sorted(left)))


def _list_files(home: Home, folder: str) -> list[tuple[str, Path]]:
    paths = sorted(path for path in (home.root / folder).rglob("*") if path.is_file())
    return [(path.relative_to(home.root).as_posix(), path) for path in paths]


def _digest(path: Path) -> str:
    return hashlib.sha256(_unify(read_regular(path, file=path))).hexdigest()


def _unify(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n")
