"""Monitors a server under load: latency of a trivial query every 20 ms, memory, descriptors."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import tempfile
import time
import urllib.parse
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PERIOD, PATIENCE = 0.02, 10.0
MOMENT = 0.5  # the least time over which latency is measured
TRIVIAL = "ASK { ?thing a <https://w3id.org/diplograph/ontology#State> } #"
PROC = Path("/proc")


@dataclass(frozen=True)
class Probe:
    """Latency of a trivial query over some seconds: 95th percentile in ms, sent, and failed."""

    last: float
    sent: int
    wrong: int


class Prober:
    """Sends a trivial query every 20 ms from a process and a connection of its own."""

    def __init__(self, port: int):
        with tempfile.NamedTemporaryFile(prefix="probe-", suffix=".txt", delete=False) as log:
            self._path = Path(log.name)
            command = [sys.executable, str(Path(__file__)), str(port)]
            self._process = subprocess.Popen(command, stdout=log)

    def between(self, start: float, end: float) -> Probe:
        """Return the latency from `start` to `end` (monotonic clock), at least over MOMENT.

        A slow query counts also for those that could not be sent meanwhile.
        """
        end = max(end, start + MOMENT)
        time.sleep(max(0.0, end - time.monotonic()))
        times, wrong = [], 0
        for line in self._path.read_text(encoding="ascii").splitlines():
            begun, took, right = (float(word) for word in line.split())
            if begun < start or begun > end:
                continue
            wrong += not right
            while took > 0:
                times.append(took)
                took -= PERIOD
        times.sort()
        last = times[int(len(times) * 0.95)] * 1e3 if times else float("inf")
        return Probe(last, len(times), wrong)

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait()
        self._path.unlink()


def list_tree(root: int) -> list[int]:
    """Return the process `root` and all that descend from it; only itself without /proc."""
    children: dict[int, list[int]] = {}
    for entry in PROC.glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            fields = entry.read_text(encoding="latin-1").rpartition(")")[2].split()
            if fields[0] != "Z":
                children.setdefault(int(fields[1]), []).append(int(entry.parent.name))
    tree = [root]
    for process in tree:
        tree += children.get(process, [])
    return tree


def measure_memory(root: int) -> float:
    """Return the mebibytes that the tree holds; pages shared by several are counted once."""
    total = 0
    for process in list_tree(root):
        with suppress(OSError):
            text = (PROC / str(process) / "smaps_rollup").read_text(encoding="ascii")
            total += int(text.partition("\nPss:")[2].split()[0])
    return total / 1024


def count_descriptors(root: int) -> int:
    """Return how many descriptors the processes of the tree have open."""
    total = 0
    for process in list_tree(root):
        with suppress(OSError):
            total += len(os.listdir(PROC / str(process) / "fd"))
    return total


def find_workers(root: int) -> list[int]:
    """Return the query workers: processes without children, but not the resource tracker."""
    workers = []
    for process in list_tree(root)[1:]:
        with suppress(OSError):
            command = (PROC / str(process) / "cmdline").read_bytes()
            if len(list_tree(process)) == 1 and b"resource_tracker" not in command:
                workers.append(process)
    return workers


def main(port: int) -> None:
    """Print start, seconds and 1 if correct of every query, until a signal ends it."""
    number, line = 0, None
    while True:
        number += 1
        begun = time.monotonic()
        right = False
        try:
            line = line or http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            query = urllib.parse.urlencode({"query": f"{TRIVIAL} {number}"})
            line.request("GET", f"/sparql?{query}", headers={"Accept": "application/json"})
            answer = line.getresponse()
            body = answer.read()
            right = answer.status == 200 and b"true" in body
        except (OSError, http.client.HTTPException):
            if line:
                line.close()
            line = None
        took = time.monotonic() - begun
        print(f"{begun:.6f} {took:.6f} {int(right)}", flush=True)
        time.sleep(max(0.001, PERIOD - took))


if __name__ == "__main__":
    main(int(sys.argv[1]))
