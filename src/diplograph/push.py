"""Build → an engine elsewhere: its graphs written one by one, counted, and recorded at the end."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pyoxigraph as ox

from diplograph.build.build import GRAPH, RECORD
from diplograph.core.errors import AccessRefused, BoundExceeded, EngineFault, UnreadableFile
from diplograph.core.names import SHAPES_GRAPH
from diplograph.store.asking import Asking
from diplograph.store.connection import Connection, read_address, read_url
from diplograph.store.credentials import Credentials
from diplograph.store.graphstore import PIECE_BYTES, GraphStore, guess_places
from diplograph.store.record import (
    RECORD_GRAPH,
    UNION_GRAPH,
    Part,
    Record,
    read_graphs,
    read_record,
)

# For our own questions: how many statements a graph has, what is recorded; and for the record,
# which is a few lines, and the first thing that a wrong address is sent.
_SECONDS, _MEBIBYTES, _RECORD_SECONDS = 60.0, 16, 15.0

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Pushed:
    """What a push did, or with `dry` would do; each name is a graph's IRI.

    `loaded` were written, `kept` were there already; both with their number of statements, as the
    engine counts them. `old` are graphs of ours that are not in the build, `removed` those of them
    that a prune took away.
    """

    digest: str
    loaded: Mapping[str, int]
    kept: Mapping[str, int]
    old: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    dry: bool = False


@dataclass(frozen=True)
class _Load:
    """A build as it is sent: its digest, and each graph's N-Triples lines and what is recorded."""

    digest: str
    lines: Mapping[str, list[bytes]]
    parts: Mapping[str, Part]


def push(
    folder: Path,
    address: str,
    *,
    graph_store: str | None = None,
    prune: bool = False,
    dry: bool = False,
    piece_bytes: int = PIECE_BYTES,
    credentials: Credentials | None = None,
    progress: Progress | None = None,
) -> Pushed:
    """Load the build in `folder` into the engine at `address`, and return what was done.

    `address` is `sparql+http://host/query`; the graph store is looked for beside it, unless
    `graph_store` names it. A graph that is there with the right count and the recorded hash is
    kept, so what broke off is taken up again. `progress` is told a graph's IRI, how many of its
    statements are there, and how many it has. Raises UsageError for an address that is none,
    UnreadableFile, and EngineFault where the engine is not reached, does not take a graph, or
    counts other than it was given.
    """
    url, places = check_addresses(address, graph_store)
    load = _read_build(folder)
    connection = Connection(credentials)
    try:
        asking = Asking(connection, url, _SECONDS, _MEBIBYTES)
        stores = tuple(GraphStore(connection, place, piece_bytes) for place in places)
        return _Push(asking, stores, load, progress or (lambda *_: None)).run(prune, dry)
    finally:
        connection.close()


def check_addresses(address: str, graph_store: str | None = None) -> tuple[str, tuple[str, ...]]:
    """Return the query endpoint's URL, and those where its graph store may be.

    Raises UsageError as `push` does; nothing is asked or sent.
    """
    url = read_address(address)
    return url, (read_url(graph_store),) if graph_store else guess_places(url)


class _Push:
    """One push under way: what is asked, where is written, and what is recorded by now."""

    def __init__(self, asking: Asking, stores: tuple[GraphStore, ...], load: _Load, tell: Progress):
        self._asking, self._stores, self._load, self._tell = asking, stores, load, tell

    def run(self, prune: bool, dry: bool) -> Pushed:
        """Write what is missing, then the record; see `push`."""
        load, found = self._load, read_record(self._asking.select)
        there = read_graphs(self._asking.select)
        kept = {name: part for name, part in load.parts.items() if self._is_there(name, found)}
        missing = [name for name in load.parts if name not in kept]
        old = tuple(name for name in there if name not in load.parts)
        done = Pushed(load.digest, _count(load, missing), _count(load, kept), old, dry=dry)
        same = found.digest == load.digest and found.parts == load.parts
        if dry or (not missing and same and not (prune and old)):
            return done
        store = self._begin(Record(parts=kept, present=True))
        for name in missing:
            kept[name] = self._write(store, name)
            self._set_record(store, Record(parts=kept, present=True))
        removed = old if prune else ()
        for name in removed:
            store.delete(name)
        self._verify(removed)
        self._set_record(store, Record(load.digest, load.parts, present=True))
        return replace(done, removed=removed)

    def _is_there(self, name: str, found: Record) -> bool:
        part = self._load.parts[name]
        return found.parts.get(name) == part and self._asking.count(name) == part.statements

    def _begin(self, record: Record) -> GraphStore:
        """Return the graph store that takes the record and shows it where questions are asked.

        A place that wants another user is one: where no other like it lets us in, none is sought.
        """
        faults: list[EngineFault | BoundExceeded] = []
        for store in self._stores:
            try:
                self._set_record(store, record)
                return store
            except (EngineFault, BoundExceeded) as error:
                faults.append(error)
            refused = [each for each in faults if isinstance(each, AccessRefused)]
            if refused and refused[-1] is not faults[-1]:
                break
        if refused or len(faults) == 1:
            raise (refused or faults)[0]
        tried = "\n".join(f"  {fault}" for fault in faults)
        raise EngineFault(f"no graph store takes a graph; name it with --graph-store:\n{tried}")

    def _write(self, store: GraphStore, name: str) -> Part:
        lines, part = self._load.lines[name], self._load.parts[name]
        self._tell(name, 0, len(lines))
        for done in store.put(name, lines):
            self._tell(name, done, len(lines))
        self._check_count(name, part.statements)
        return part

    def _verify(self, removed: tuple[str, ...]) -> None:
        for name, part in self._load.parts.items():
            self._check_count(name, part.statements)
        for name in removed:
            self._check_count(name, 0)

    def _check_count(self, name: str, wanted: int) -> None:
        counted = self._asking.count(name)
        if counted != wanted:
            raise EngineFault(
                f"<{name}> has {wanted} statements here and {counted} in the engine;"
                " push again, and ask its log what it left out"
            )

    def _set_record(self, store: GraphStore, record: Record) -> None:
        lines = record.write().splitlines(keepends=True)
        for _ in store.put(RECORD_GRAPH, lines, _RECORD_SECONDS):
            found = read_record(self._asking.select)
        if found != record:
            raise EngineFault(f"{store.url} took the record of the build and does not show it")


def _read_build(folder: Path) -> _Load:
    """Return the build's graphs, each sorted and each statement once, and their union if need be.

    Raises UnreadableFile.
    """
    graphs: dict[str, set[str]] = {}
    try:
        digest = json.loads((folder / RECORD).read_bytes())["content"]
        for quad in ox.parse(path=folder / GRAPH, format=ox.RdfFormat.N_QUADS):
            graphs.setdefault(quad.graph_name.value, set()).add(f"{quad.triple} .\n")
    except (OSError, SyntaxError, ValueError, KeyError) as error:
        raise UnreadableFile("the build cannot be read; build again", file=folder.name) from error
    united = set().union(*(each for name, each in graphs.items() if name != SHAPES_GRAPH))
    if len(united) < sum(len(each) for name, each in graphs.items() if name != SHAPES_GRAPH):
        graphs[UNION_GRAPH] = united
    lines = {name: [line.encode() for line in sorted(graphs[name])] for name in sorted(graphs)}
    parts = {name: Part(len(each), _hash(each)) for name, each in lines.items()}
    return _Load(digest, lines, parts)


def _hash(lines: list[bytes]) -> str:
    return hashlib.sha256(b"".join(lines)).hexdigest()


def _count(load: _Load, names: list[str] | Mapping[str, Part]) -> dict[str, int]:
    return {name: load.parts[name].statements for name in names}
