"""The vocabulary, shapes, rules and questions of a home, brought to the edition of the program."""

from __future__ import annotations

import hashlib
import os
import tempfile
import tomllib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from diplograph.core.files import decode, read_regular
from diplograph.core.home import CATALOG, CATALOG_FOLDERS, LISTED, Home
from diplograph.turtle.order import read_file_order

FOLDERS = ("ontology", "queries")
# The file with the links, which the first edition does not have.
MARK = "links.ttl"
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

    Nothing if its ontology has links, as the second edition has, or has no file of the first. A
    file that is as it came with the first edition is replaced or removed, one that is not stays;
    catalogs of the data list the new files. Raises UnreadableFile and MalformedFile for files that
    cannot be read.
    """
    if home.root == shipped.root or "link" in read_file_order(home.ontology).kinds:
        return VocabularyUpgrade(home)
    first = read_first_edition()
    new = {name: path for folder in FOLDERS for name, path in _list_files(shipped, folder)}
    digests = {
        name: _digest(home.root / name)
        for name in sorted(first.keys() | new.keys())
        if (home.root / name).exists()
    }
    as_shipped = {name for name, digest in digests.items() if digest in first.get(name, ())}
    if not as_shipped:
        return VocabularyUpgrade(home)  # an ontology that never came from here
    same = {
        name for name, digest in digests.items() if name in new and digest == _digest(new[name])
    }
    written = {
        home.root / name: read_regular(path, file=path)
        for name, path in new.items()
        if name not in digests or name in as_shipped - same
    }
    added = {path for path in written if not path.exists()}
    for folder in CATALOG_FOLDERS:
        written |= _complete_catalog(home, shipped, folder, added)
    removed = [home.root / name for name in sorted(as_shipped - new.keys())]
    left = [home.root / name for name in digests.keys() - as_shipped - same]
    return VocabularyUpgrade(home, written, tuple(removed), tuple(sorted(left)))


def read_first_edition() -> dict[str, list[str]]:
    """Return the SHA-256 of each version of each file of the first edition, by its name."""
    return tomllib.loads(FIRST_EDITION.read_text(encoding="utf-8"))


def _complete_catalog(
    home: Home, shipped: Home, folder: str, added: Collection[Path]
) -> dict[Path, bytes]:
    """Return the catalog for Protégé in a folder of data, with lines for files that are `added`."""
    path, source = home.root / folder / CATALOG, shipped.root / folder / CATALOG
    if not (path.is_file() and source.is_file()):
        return {}
    text = decode(read_regular(path, file=path), file=path)
    listed = {match[1] for match in LISTED.finditer(text)}
    lines = [
        line
        for line in decode(read_regular(source, file=source), file=source).splitlines()
        if (match := LISTED.search(line))
        and match[1] not in listed
        and Path(os.path.normpath(path.parent / match[1])) in added
    ]
    before, end, after = text.rpartition("    </group>")
    if not (lines and end):
        return {}
    return {path: "".join([before, *(f"{line}\n" for line in lines), end, after]).encode()}


def _list_files(home: Home, folder: str) -> list[tuple[str, Path]]:
    found = (home.root / folder).rglob("[!.]*")
    paths = sorted(path for path in found if path.is_file())
    return [(path.relative_to(home.root).as_posix(), path) for path in paths]


def _digest(path: Path) -> str:
    return hashlib.sha256(_unify(read_regular(path, file=path))).hexdigest()


def _unify(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n")
