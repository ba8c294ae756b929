"""Requests of the soak test, with the statuses and the results that they must get."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from diplograph.store.store import Store
from rig.client import Ask
from rig.comparison import read_rows
from rig.hostile_queries import list_attacks
from rig.malformed import list_statuses
from rig.queries import LARGE_ROWS, LARGE_WHOLE, PROLOGUE, list_large, list_lookups, read_things
from rig.raw_http import exchange
from rig.servers import JSON, Server

# How many of a hundred requests that are not hostile are of each kind.
KINDS = {"look-up": 70, "unchanged": 8, "page": 8, "large": 3, "refused": 8, "posted": 3}
LOOKUPS, SHORT = 2000, 30_000
PAGES = ("/", "/health", "/sparql", "/questions/who-took-part", "/no-such-page")


@dataclass(frozen=True)
class Task:
    """One request, the statuses it may get, and whether a body that came with 200 is right."""

    kind: str
    name: str
    ask: Ask
    statuses: frozenset[int] = frozenset({200})
    check: Callable[[bytes], bool] | None = None


def list_tasks(folder: Path, server: Server) -> dict[str, list[Task]]:
    """Return the tasks by kind; expected results are computed beforehand in this process."""
    store = Store.open(folder).inner
    texts = [
        f"{query}{1000 + n}" for n, query in enumerate(list_lookups(read_things(folder), LOOKUPS))
    ]
    lookups, zipped = [], ("Accept-Encoding", "gzip")
    for number, text in enumerate(texts):
        check = _same_rows(read_rows(_answer(store, text)))
        fields = [zipped] if number % 5 == 0 else []
        kind = "posted" if number % 10 == 0 else "look-up"
        ask = Ask.query(text, *fields, post=kind == "posted")
        lookups.append(Task(kind, name_query(text), ask, check=check))
    whole = read_rows(_answer(store, PROLOGUE + LARGE_WHOLE))

    def is_part(body: bytes) -> bool:
        rows = read_rows(body)
        return rows.total() == LARGE_ROWS and not rows - whole

    tasks = [*lookups, *_unchanged(texts[:200], server), *_pages(server), *_refused(), *_hostile()]
    tasks += [
        Task("large", name_query(text), Ask.query(text), check=is_part) for text in list_large(50)
    ]
    return {kind: [task for task in tasks if task.kind == kind] for kind in (*KINDS, "hostile")}


def name_query(text: str) -> str:
    """Return a query on one line, without its prologue."""
    return " ".join(text.removeprefix(PROLOGUE).split())[:160]


def _unchanged(texts: list[str], server: Server) -> list[Task]:
    """Return requests with the tag that the server gives, where it gives one."""
    tasks = []
    for text in texts:
        first = exchange(server.port, Ask.query(text, ("Connection", "close")).write(), 30)
        if tag := first.headers.get("etag"):
            ask = Ask.query(text, ("If-None-Match", tag))
            tasks.append(Task("unchanged", name_query(text), ask, frozenset({304})))
    return tasks


def _pages(server: Server) -> list[Task]:
    """Return requests for pages; they must have the same status as before the soak."""
    tasks = []
    for path in PAGES:
        accept = ("Accept", "text/html")
        first = exchange(server.port, Ask(path, (accept, ("Connection", "close"))).write(), 30)
        tasks.append(Task("page", path, Ask(path, (accept,)), frozenset({first.status})))
    return tasks


def _refused() -> list[Task]:
    """Return requests that must be refused, with the status of their kind."""
    ask_all = "SELECT * { ?a ?b ?c } LIMIT 1"
    cases = [
        ("no query", Ask.query("SELECT * {"), 400),
        ("a prefix unknown", Ask.query("ASK { x:y ?b ?c }"), 400),
        ("no such format", Ask.query(ask_all, ("Accept", "image/png")), 406),
        ("no such graph", Ask.query("ASK FROM <x:none> { ?a ?b ?c }"), 404),
        (
            "an update",
            Ask("/sparql", (("Content-Type", "application/sparql-update"),), b"CLEAR ALL"),
            403,
        ),
        ("a service", Ask.query("SELECT * { SERVICE <http://127.0.0.1:1/> { ?a ?b ?c } }"), 403),
        ("no such kind of body", Ask("/sparql", (("Content-Type", "text/plain"),), b"x"), 415),
    ]
    return [Task("refused", name, ask, frozenset({status})) for name, ask, status in cases]


def _hostile() -> list[Task]:
    """Return the hostile queries that are not too long to be sent all the time."""
    statuses = list_statuses()
    return [
        Task("hostile", text[:70], Ask.query(text, ("Accept", f"{JSON}, */*"), post=True), statuses)
        for texts in list_attacks().values()
        for text in texts
        if len(text) < SHORT
    ]


def _answer(store: ox.Store, text: str) -> bytes:
    return store.query(text).serialize(format=ox.QueryResultsFormat.JSON)


def _same_rows(right: object) -> Callable[[bytes], bool]:
    def check(body: bytes) -> bool:
        try:
            return read_rows(body) == right
        except (json.JSONDecodeError, KeyError):
            return False

    return check
