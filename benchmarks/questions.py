"""Times the 30 questions on the embedded engine against RDFLib's engine, over the same graph.

Claim: on analyst questions the embedded engine is at least ten times as fast as RDFLib's.
Each question runs on both engines in turn, in one process, and both must give equally many rows.
Prints a line per question and the medians and ratio over all; exits 1 where the claim fails.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable

import rdflib

import diplograph

CLAIM = 10.0


def main() -> int:
    """Run the comparison and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="runs of each question (default: 5)")
    rounds = parser.parse_args().rounds
    graph = diplograph.load()
    peer = in_memory(graph.rdf)
    print(f"{'question':36} {'rows':>5} {'embedded ms':>12} {'rdflib ms':>10} {'ratio':>7}")
    ratios = []
    for name, question in graph.questions.items():
        here, rows = timed(lambda text=question.text: len(list(graph.ask(text))), rounds)
        there, peer_rows = timed(lambda text=question.text: len(list(peer.query(text))), rounds)
        if rows != peer_rows:
            print(f"{name}: {rows} rows here, {peer_rows} there", file=sys.stderr)
            return 1
        ratios.append(there / here)
        print(f"{name:36} {rows:5d} {here * 1e3:12.2f} {there * 1e3:10.2f} {there / here:7.1f}")
    ratio = statistics.median(ratios)
    print(f"median ratio over {len(ratios)} questions: {ratio:.1f} (claim: {CLAIM:.0f} or more)")
    return 0 if ratio >= CLAIM else 1


def in_memory(dataset: rdflib.Dataset) -> rdflib.Graph:
    """Return the default graph of `dataset` in RDFLib's own memory store."""
    graph = rdflib.Graph()
    for triple in dataset.default_graph:
        graph.add(triple)
    return graph


def timed(run: Callable[[], int], rounds: int) -> tuple[float, int]:
    """Return the median seconds of `rounds` runs after one to warm up, and what a run returns."""
    result = run()
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), result


if __name__ == "__main__":
    sys.exit(main())
