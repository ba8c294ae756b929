"""Compares the endpoint with Oxigraph's server and rdflib-endpoint on one synthetic graph.

Claims, for 4 and 8 connections with all bounds on: cold look-ups at 0.7 of Oxigraph's server or
better and 20 times rdflib-endpoint; large results at 0.9; repeated queries, and those answered 304,
faster than it; the 99th percentile within twice Oxigraph's. Results are compared before anything is
timed; rounds alternate between the servers. Prints medians and ratios; exits 1 where a claim fails,
2 where wrk or a peer is missing.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import urllib.parse
import urllib.request
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path

from rig.comparison import find_differences
from rig.load import Outcome, Workload, drive, find_wrk
from rig.peers import PeerMissing, cache_folder
from rig.queries import Things, list_large, list_lookups, read_things
from rig.servers import JSON, STARTERS, Server, ServerLost
from synthetic import SEED, STATEMENTS, ensure_build

OURS, PEER, SLOW = "diplograph", "oxigraph", "rdflib-endpoint"
CONNECTIONS = (4, 8)
# Our rate as a share of Oxigraph's server's, by workload, and its 99th percentile at most.
LEAST = {"lookups": 0.7, "large": 0.9, "repeated": 1.0, "unchanged": 1.0}
MOST_LAST, LEAST_SLOW = 2.0, 20.0
REPEATED = 50

Figures = dict[tuple[str, str, int], list[Outcome]]


def main(arguments: list[str] | None = None) -> int:
    """Run the comparison and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="the build (default: made in the cache)")
    parser.add_argument("--statements", type=int, default=STATEMENTS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3, help="of each run (default: 3)")
    parser.add_argument("--peers", nargs="*", default=list(STARTERS)[1:], choices=STARTERS)
    parser.add_argument("--quick", action="store_true", help="two rounds of a second each")
    given = parser.parse_args(arguments)
    if given.quick:
        given.rounds, given.seconds = 2, 1
    folder = given.folder or cache_folder() / f"synthetic-{given.statements}-{given.seed}"
    try:
        find_wrk()
        ensure_build(folder, given.statements, given.seed)
        return compare(folder, given.peers, given.rounds, given.seconds)
    except (PeerMissing, ServerLost) as error:
        print(f"cannot compare: {error}", file=sys.stderr)
        return 2


def compare(folder: Path, peers: list[str], rounds: int, seconds: float) -> int:
    """Start all servers, compare results, time them, print the figures; return the exit code."""
    things = read_things(folder)
    with ExitStack() as stack:
        servers = []
        for name in (OURS, *peers):
            servers.append(STARTERS[name](folder))
            stack.callback(servers[-1].stop)
        differences = [
            text for peer in servers[1:] for text in find_differences(servers[0], peer, things)
        ]
        if differences:
            print("\n".join(differences))
            return 1
        print("all servers give the same results", flush=True)
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        loads = make_loads(things, servers[0])
        figures = run_rounds(servers, loads, rounds, seconds, scratch)
    print_table(figures, [server.name for server in servers])
    failed = judge(figures)
    if not any(load.tags for load in loads):
        failed.append("unchanged: our server gave no ETag")
    print("\n".join(f"FAILED {text}" for text in failed) or "every claim holds")
    return 1 if failed else 0


def make_loads(things: Things, ours: Server) -> list[Workload]:
    """Return the workloads; `unchanged` repeats queries with the ETags that this server gave."""
    same = tuple(f"{query}1000" for query in list_lookups(things, REPEATED, seed=3))
    loads = [
        Workload("lookups", tuple(list_lookups(things, 8000)), numbered=True),
        Workload("large", tuple(list_large()), numbered=True),
        Workload("repeated", same),
    ]
    tags = tuple(read_tag(ours, query) for query in same)
    return [*loads, Workload("unchanged", same, tags=tags)] if all(tags) else loads


def read_tag(server: Server, query: str) -> str:
    """Return the ETag of the query's answer, or nothing."""
    address = f"{server.url}?query={urllib.parse.quote(query, safe='')}"
    request = urllib.request.Request(address, headers={"Accept": JSON})
    with urllib.request.urlopen(request, timeout=60) as response:
        return response.headers.get("ETag", "")


def run_rounds(
    servers: list[Server], loads: list[Workload], rounds: int, seconds: float, scratch: Path
) -> Figures:
    """Return every run's outcome by server, workload and connections, in interleaved rounds."""
    figures: Figures = defaultdict(list)
    for load in loads:  # one run of each to warm up, not counted
        for server in servers:
            if server.name != SLOW or load.name == "lookups":
                drive(server, load, 4, 1, 1000, scratch)
    first = 100_000
    for number in range(rounds):
        for load in loads:
            for connections in CONNECTIONS:
                first += 1_000_000  # no query text repeats one of an earlier round
                for server in servers:
                    if server.name == SLOW and (load.name != "lookups" or number > 1):
                        continue  # some thirty requests a second: two rounds are enough
                    outcome = drive(server, load, connections, seconds, first, scratch)
                    figures[server.name, load.name, connections].append(outcome)
        print(f"round {number + 1} of {rounds} is done", file=sys.stderr, flush=True)
    return figures


def print_table(figures: Figures, names: list[str]) -> None:
    """Print the medians of the servers, and this server's rate as a share of each."""
    head = f"{'workload':10} {'connections':>11} {'server':16} {'req/s':>9} {'p50 ms':>8}"
    print(f"{head} {'p99 ms':>8} {'bytes':>8} {'wrong':>6} {'ours/its':>9}")
    for load in LEAST:
        for connections in CONNECTIONS:
            for name in names:
                runs = figures.get((name, load, connections))
                if not runs:
                    continue
                ours = figures[OURS, load, connections]
                wrong = sum(run.refused + run.lost for run in runs)
                print(
                    f"{load:10} {connections:11d} {name:16} {middle(runs, 'rate'):9.0f}"
                    f" {middle(runs, 'half'):8.2f} {middle(runs, 'last'):8.2f}"
                    f" {middle(runs, 'bytes_each'):8.0f} {wrong:6d}"
                    f" {middle(ours, 'rate') / max(middle(runs, 'rate'), 1e-9):9.2f}"
                )


def judge(figures: Figures) -> list[str]:
    """Return a sentence for each claim that the figures do not support."""
    failed = []
    for (name, load, connections), runs in figures.items():
        where = f"{load}, {connections} connections"
        wrong = sum(run.refused + run.lost for run in runs)
        if wrong and name == OURS:
            failed.append(f"{where}: {wrong} requests were refused or lost")
        ours = figures[OURS, load, connections]
        share = middle(ours, "rate") / max(middle(runs, "rate"), 1e-9)
        late = middle(ours, "last") / max(middle(runs, "last"), 1e-9)
        if name == PEER and share < LEAST[load]:
            failed.append(f"{where}: {share:.2f} of {PEER}, {LEAST[load]} or more was claimed")
        if name == PEER and late > MOST_LAST:
            failed.append(f"{where}: p99 is {late:.1f} times {PEER}'s, {MOST_LAST} was claimed")
        if name == SLOW and share < LEAST_SLOW:
            failed.append(f"{where}: {share:.0f} times {SLOW}, {LEAST_SLOW:.0f} was claimed")
    return failed


def middle(runs: list[Outcome], figure: str) -> float:
    """Return the median of one figure over some runs."""
    return statistics.median(getattr(run, figure) for run in runs)


if __name__ == "__main__":
    sys.exit(main())
