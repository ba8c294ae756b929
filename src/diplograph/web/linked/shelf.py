"""The dumps of the build that is served: made when first asked for, kept while they are few."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache

import pyoxigraph as ox

from diplograph.build.export import Dump, make_dumps, pack
from diplograph.core.errors import NotHere
from diplograph.core.formats import write_statements
from diplograph.store.engine import SELECTIONS
from diplograph.store.interface import MEBIBYTE, QueryRequest
from diplograph.web.description import Facts, read_facts
from diplograph.web.edition import Edition

# A selection of more statements takes too long to write in every format while somebody waits.
MOST_STATEMENTS = 50_000
# What is kept of the files themselves; others are written again each time.
KEPT_BYTES = 32 * MEBIBYTE


@dataclass(frozen=True)
class Holding:
    """What a build offers: its graphs and their sizes, and its files, none where it is too large.

    `left_out` names the selections that are too large; an engine elsewhere has no files at all.
    """

    digest: str
    facts: Facts
    dumps: tuple[Dump, ...]
    left_out: tuple[str, ...]


class Shelf:
    """Holds the dumps of one edition's build; safe to use from many threads at once."""

    def __init__(self, edition: Edition):
        self._edition, self._lock = edition, threading.Lock()
        self._holding: Holding | None = None
        self._bodies: dict[str, bytes] = {}

    def list(self) -> Holding:
        """Return what there is to download; raises what the engine raises.

        The first to ask for a build's list has every file written; others wait for it.
        """
        with self._lock:
            if self._holding is None or self._holding.digest != self._edition.digest:
                self._bodies = {}
                self._holding = self._make()
            return self._holding

    def open(self, name: str) -> tuple[Dump, bytes]:
        """Return the file of that name; raises NotHere."""
        dump = next((each for each in self.list().dumps if each.name == name), None)
        if dump is None:
            raise NotHere(f"there is no file {name[:200]!r}; /download/ lists what there is")
        body = self._bodies.get(name)
        if body is None:
            body = self._write(dump.what, dump.form.name)
            body = pack(body) if dump.packed else body
        return dump, body

    def _make(self) -> Holding:
        digest, facts = self._edition.digest, read_facts(self._edition.engine)
        sizes = {
            what: sum(count for graph, count in facts.graphs if chosen(graph))
            for what, chosen in SELECTIONS.items()
        }
        offered = [what for what, size in sizes.items() if 0 < size <= MOST_STATEMENTS]
        left_out = tuple(what for what, size in sizes.items() if size > MOST_STATEMENTS)
        if self._edition.settings.remote:
            return Holding(digest, facts, (), ())
        dumps, kept = [], 0
        # One query a selection: the files of one follow each other.
        read = lru_cache(maxsize=1)(self._read)
        for dump, body in make_dumps(
            lambda what, form: write_statements(read(what), form), offered
        ):
            dumps.append(dump)
            if kept + dump.size <= KEPT_BYTES:
                self._bodies[dump.name], kept = body, kept + dump.size
        return Holding(digest, facts, tuple(dumps), left_out)

    def _read(self, what: str) -> list[ox.Quad]:
        body = self._write(what, "nquads")
        return list(ox.parse(body, format=ox.RdfFormat.N_QUADS))

    def _write(self, what: str, form: str) -> bytes:
        return self._edition.engine.answer(QueryRequest("", None, form, graph=what)).body
