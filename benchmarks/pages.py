"""Times the pages on the real graph and on one of about 1,000 engagements, beside Datasette.

Claims: half of the answers come within 20 ms on the graph of this checkout, and within 100 ms on
the synthetic one, for every kind of page, about its most linked thing. Each address is new, so that
no page is answered from the cache; answers to its queries may be, as on a server that is in use.
Datasette shows the same engagements as a table of 50 rows with labels; the ratio is that of its
median to that of the list of engagements. Prints a line a page; exits 1 where a claim fails, 2
where a peer is missing.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import statistics
import sys
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from rig.peers import PeerMissing, cache_folder
from rig.servers import Server, ServerLost, ask, start_datasette, start_ours
from synthetic import SEED, STATEMENTS, ensure_build

from diplograph.build.build import ensure_build as ensure_real
from diplograph.core.home import Home
from diplograph.core.names import PREFIXES
from diplograph.web.addresses import find_path

REAL, MADE = "real", "made up"
CLAIMS = {REAL: 20.0, MADE: 100.0}  # milliseconds
ROUNDS = 25
ROWS = 50

_PROLOGUE = f"PREFIX dg: <{PREFIXES['dg']}>\nPREFIX rdfs: <{PREFIXES['rdfs']}>\n"
# The most linked thing of each kind: the object of most statements.
_BUSIEST = """SELECT ?x (COUNT(*) AS ?n) WHERE { ?x a dg:%s . ?s ?p ?x }
GROUP BY ?x ORDER BY DESC(?n) ?x LIMIT %d"""
_TOPIC = """SELECT ?x (COUNT(*) AS ?n) WHERE { ?s dg:onTopic ?x }
GROUP BY ?x ORDER BY DESC(?n) ?x LIMIT 1"""
_KINDS = (
    "Meeting Visit State Person Office Forum City NewsReport Partnership StatusRecord DateEstimate"
    " Passage Attestation".split()
)
_FACTS = ("status-record/", "date-estimate/")  # kinds with a page of evidence, as IRIs name them
_FIXED = (
    "/ /about /changes /engagements /timeline /network /map /open /search?q=trade /suggest?q=lav"
    " /questions /questions/planned-not-held /ontology /pair/ /brief/week /download/".split()
)
_LIST = """SELECT ?event ?label ?state ?stateLabel WHERE {
  { ?event a dg:Meeting } UNION { ?event a dg:Visit }
  ?event rdfs:label ?label ; dg:engages ?state . ?state rdfs:label ?stateLabel
} ORDER BY ?event ?state"""


def main(arguments: list[str] | None = None) -> int:
    """Run the comparison and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of each page (default: 25)")
    parser.add_argument("--statements", type=int, default=STATEMENTS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--no-peer", action="store_true", help="time our pages alone")
    given = parser.parse_args(arguments)
    made = cache_folder() / f"synthetic-{given.statements}-{given.seed}"
    try:
        ensure_build(made, given.statements, given.seed)
        folders = {REAL: ensure_real(Home.find()), MADE: made}
        with ExitStack() as stack:
            within = [run(name, folders[name], given, stack) for name in folders]
    except (PeerMissing, ServerLost) as error:
        print(f"cannot compare: {error}", file=sys.stderr)
        return 2
    return 0 if all(within) else 1


def run(name: str, folder: Path, given: argparse.Namespace, stack: ExitStack) -> bool:
    """Time the pages over one build; return whether all satisfy the claim."""
    ours = start_ours(folder)
    stack.callback(ours.stop)
    slow = []
    for path in choose_pages(ours):
        middle = time_page(ours, path, given.rounds)
        print(f"{name:8} {middle:8.1f} ms  {path}")
        if middle > CLAIMS[name]:
            slow.append(path)
    if not given.no_peer:
        peer = start_datasette(write_table(ours, folder))
        stack.callback(peer.stop)
        there = time_page(peer, f"/table/engagements?_size={ROWS}", given.rounds)
        here = time_page(ours, "/engagements", given.rounds)
        print(f"{name:8} {there:8.1f} ms  Datasette's table: {there / here:.1f} times our list's")
    claim = f"within {CLAIMS[name]:g} ms"
    print(f"{name}: " + (f"not {claim}: {', '.join(slow)}" if slow else f"every page {claim}"))
    return not slow


def choose_pages(server: Server) -> list[str]:
    """Return the addresses of every kind of page, about the most linked thing of its kind."""
    paths = list(_FIXED)
    busiest = {kind: _select(server, _BUSIEST % (kind, 2)) for kind in _KINDS}
    busiest["Topic"] = _select(server, _TOPIC)
    paths += [find_path(rows[0]["x"]) for rows in busiest.values() if rows]
    first = [rows[0]["x"] for rows in busiest.values() if rows]
    paths += [_fact(iri) for iri in first if any(kind in iri for kind in _FACTS)]
    states = sorted(row["x"].rpartition("/")[2] for row in busiest["State"])
    if len(states) == 2:
        pair = f"pair/{states[0]}/{states[1]}"
        paths += [f"/{pair}", f"/brief/{pair}", f"/brief/state/{states[0]}"]
        paths += [f"/{view}?actor=state:{states[0]}" for view in ("engagements", "timeline")]
    if person := busiest["Person"]:
        paths.append("/brief/person/" + person[0]["x"].rpartition("/")[2])
    return paths


def time_page(server: Server, path: str, rounds: int) -> float:
    """Return the median milliseconds of `rounds` answers after one to warm up."""
    taken = []
    for number in range(rounds + 1):
        mark = "&" if "?" in path else "?"
        address = f"http://127.0.0.1:{server.port}{path}{mark}round={number}"
        request = urllib.request.Request(address, headers={"Accept": "text/html"})
        start = time.perf_counter()
        with urllib.request.urlopen(request, timeout=60) as answer:
            answer.read()
        taken.append(1e3 * (time.perf_counter() - start))
    return statistics.median(taken[1:])


def write_table(server: Server, folder: Path) -> Path:
    """Return an SQLite file in the cache folder with the engagements as rows."""
    path = cache_folder() / f"table-{folder.name[:24]}" / "table.db"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    rows = _select(server, _LIST)
    with sqlite3.connect(path) as table:
        table.execute("CREATE TABLE states (id TEXT PRIMARY KEY, name TEXT)")
        table.execute(
            "CREATE TABLE engagements (event TEXT, label TEXT, state TEXT REFERENCES states (id))"
        )
        states = {row["state"]: row["stateLabel"] for row in rows}
        table.executemany("INSERT INTO states VALUES (?, ?)", states.items())
        engagements = [(row["event"], row["label"], row["state"]) for row in rows]
        table.executemany("INSERT INTO engagements VALUES (?, ?, ?)", engagements)
    return path


def _select(server: Server, text: str) -> list[dict[str, str]]:
    bindings = json.loads(ask(server.url, _PROLOGUE + text))["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in bindings]


def _fact(iri: str) -> str:
    return "/fact/" + iri.partition("/id/")[2]


if __name__ == "__main__":
    sys.exit(main())
