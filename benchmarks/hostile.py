"""Attacks the server with the hostile set while a trivial query is measured.

Claims: no 5xx but 503, which names its bound and, where trying again helps, says when; each request
ends within the time bound and a second; a trivial query sent every 20 ms stays under 100 ms at the
95th percentile; workers are back within a second; memory returns to within 20 % of before; all
results are still correct. Starts a server unless a port is given. Exits 1 where a claim fails.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from rig.comparison import read_rows
from rig.disturbance import hold_slow, leave_early
from rig.hostile_queries import list_attacks
from rig.malformed import list_requests, list_statuses
from rig.monitoring import PROC, Probe, Prober, measure_memory
from rig.peers import cache_folder
from rig.queries import list_large, list_lookups, read_things
from rig.raw_http import Reply, exchange, find_broken_promise, get, post
from rig.servers import ServerLost, ask, start_ours
from synthetic import SEED, ensure_build

SECONDS, MEBIBYTES, STATEMENTS = 3.0, 256, 200_000
ATTACKERS = ("127.0.0.2", "127.0.0.3", "127.0.0.4")
LONG_TEXT, PATIENCE, GRACE = 4_000, 10.0, 1.0
PROBE_LAST, BACK_SECONDS, MEMORY_SHARE, SETTLE_SECONDS = 100.0, 1.0, 1.2, 20.0


@dataclass(frozen=True)
class Round:
    """The result of one group of attacks; `back` is the seconds until the workers are back."""

    name: str
    sent: int
    statuses: Counter[int]
    slowest: float
    back: float
    probe: Probe
    faults: list[str]


class Attacker:
    """A server under attack, its prober, and its correct results of some look-ups."""

    def __init__(self, port: int, seconds: float, prober: Prober, folder: Path):
        self.port, self.seconds, self.prober = port, seconds, prober
        self.url = f"http://127.0.0.1:{port}/sparql"
        self.lookups = [f"{query}1000" for query in list_lookups(read_things(folder), 40, seed=7)]
        self.right = [read_rows(ask(self.url, query)) for query in self.lookups]
        for query in list_large(5):
            ask(self.url, query)

    def run_queries(self, name: str, texts: list[str]) -> Round:
        """Send the hostile queries, three at a time; each has its time bound and a second."""
        requests = [get(text) if len(text) < LONG_TEXT else post(text) for text in texts]
        requests += [get(text) for text in texts if name == "10 MB texts"]
        requests += [post(text, form=True) for text in texts if name == "10 MB texts"]
        names = [f"{text[:60]} ({len(text):,})" for text in texts]
        names += [f"{name} otherwise sent"] * (len(requests) - len(texts))
        named = list(zip(names, requests, strict=True))
        return self._run(name, named, self._judge_query)

    def run_malformed(self, name: str, requests: dict[str, bytes]) -> Round:
        """Send the malformed requests, three at a time; each gets one response or none."""
        return self._run(name, list(requests.items()), self._judge_malformed)

    def run_disturbance(self, name: str, disturb: object) -> Round:
        """Let three clients disturb the server; `disturb` gets the port and a source."""
        start = time.monotonic()
        with ThreadPoolExecutor(len(ATTACKERS)) as pool:
            counts = list(pool.map(lambda source: disturb(self.port, source), ATTACKERS))
        end = time.monotonic()
        probe, back = self.prober.between(start, end), self.wait_until_back()
        return _round(f"{name} ({sum(counts)})", [], end - start, back, probe, [])

    def wait_until_back(self) -> float:
        """Return the seconds until three look-ups sent at once all have correct results."""
        start = time.monotonic()
        with ThreadPoolExecutor(3) as pool:
            while time.monotonic() < start + PATIENCE:
                if all(pool.map(self._is_right, range(3))):
                    return time.monotonic() - start
                time.sleep(0.01)
        return float("inf")

    def count_wrong(self) -> int:
        """Return how many of forty look-ups have other results than before all attacks."""
        return sum(not self._is_right(place) for place in range(len(self.lookups)))

    def _is_right(self, place: int) -> bool:
        try:
            return read_rows(ask(self.url, self.lookups[place], PATIENCE)) == self.right[place]
        except (OSError, ValueError, KeyError):
            return False

    def _run(self, name: str, requests: list[tuple[str, bytes]], judge: object) -> Round:
        start = time.monotonic()
        limit = self.seconds + GRACE + (1.0 if judge == self._judge_malformed else PATIENCE)

        def attack(numbered: tuple[int, tuple[str, bytes]]) -> Reply:
            source = ATTACKERS[numbered[0] % len(ATTACKERS)]
            return exchange(self.port, numbered[1][1], limit, source)

        with ThreadPoolExecutor(len(ATTACKERS)) as pool:
            replies = list(pool.map(attack, enumerate(requests)))
        probe, back = self.prober.between(start, time.monotonic()), self.wait_until_back()
        faults = [
            f"{text}: {fault}"
            for (text, request), reply in zip(requests, replies, strict=True)
            for fault in judge(reply, len(request))
        ]
        slowest = max(reply.seconds for reply in replies)
        return _round(name, replies, slowest, back, probe, faults)

    def _judge_query(self, reply: Reply, size: int) -> Iterable[str]:
        if reply.status == 0 and size < 1_000_000:  # past that, a reset may overtake the 413
            yield f"no answer after {reply.seconds:.1f} s"
        if not reply.ended or reply.seconds > self.seconds + GRACE:
            yield f"took {reply.seconds:.1f} s"
        yield from self._judge(reply)

    def _judge_malformed(self, reply: Reply, size: int) -> Iterable[str]:
        if reply.answers > 1:
            yield f"{reply.answers} answers to one request"
        # The server may wait for the rest of an incomplete request, so that is not timed.
        if reply.status and reply.seconds > self.seconds + GRACE:
            yield f"took {reply.seconds:.1f} s"
        yield from self._judge(reply)

    def _judge(self, reply: Reply) -> Iterable[str]:
        if reply.status and reply.status not in list_statuses():
            yield f"status {reply.status}"
        if broken := find_broken_promise(reply.status, reply.headers, reply.start):
            yield broken


def main(arguments: list[str] | None = None) -> int:
    """Run the attacks and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="the build (default: made in the cache)")
    parser.add_argument("--statements", type=int, default=STATEMENTS)
    parser.add_argument("--timeout", type=float, default=SECONDS, help="seconds a query may run")
    parser.add_argument("--memory", type=int, default=MEBIBYTES, help="mebibytes of one query")
    parser.add_argument("--port", type=int, help="of a server that runs already over the build")
    parser.add_argument("--process", type=int, help="its process, for its memory")
    parser.add_argument("--only", nargs="*", help="groups whose names begin so")
    parser.add_argument("--hold", type=float, default=10, help="seconds of the slow sockets")
    parser.add_argument("--slow", type=int, default=200, help="how many slow sockets")
    parser.add_argument("--faults", type=int, default=8, help="how many are shown of each group")
    given = parser.parse_args(arguments)
    given.folder = given.folder or cache_folder() / f"synthetic-{given.statements}-{SEED}"
    ensure_build(given.folder, given.statements)
    with ExitStack() as stack:
        try:
            if not given.port:
                bounds = {"seconds": given.timeout, "memory_mebibytes": given.memory}
                server = start_ours(given.folder, **bounds)
                stack.callback(server.stop)
                given.port, given.process = server.port, server.process.pid
            prober = Prober(given.port)
            stack.callback(prober.stop)
            return attack_all(given, Attacker(given.port, given.timeout, prober, given.folder))
        except (ServerLost, OSError) as error:
            print(f"the server is lost: {error}", file=sys.stderr)
            return 1


def attack_all(given: argparse.Namespace, attacker: Attacker) -> int:
    """Run all groups, print a line of each, and judge memory and answers at the end."""
    time.sleep(2)
    measured = given.process is not None and PROC.exists()
    before = measure_memory(given.process) if measured else 0.0
    head = f"{'group':36} {'sent':>5} {'slowest s':>9} {'back s':>7}"
    print(f"{head} {'probe p95 ms':>12} {'ill':>4}  statuses")
    failed = []
    for start in list_groups(given, attacker):
        done = start()
        failed += report(done, given.faults)
    wrong = attacker.count_wrong()
    print(f"look-ups answered other than before: {wrong} of {len(attacker.lookups)}")
    if wrong:
        failed.append("wrong answers at the end")
    if measured:
        after = wait_for_memory(given.process, before)
        print(f"memory of all processes: {before:.0f} MiB before, {after:.0f} MiB after")
        if after > before * MEMORY_SHARE:
            failed.append(f"memory is {after / before:.2f} of before")
    print("\n".join(f"FAILED {text}" for text in failed) or "every claim holds")
    return 1 if failed else 0


def list_groups(given: argparse.Namespace, attacker: Attacker) -> list:
    """Return a function for each group that is to run."""
    groups = {
        name: lambda name=name, texts=texts: attacker.run_queries(name, texts)
        for name, texts in list_attacks().items()
    }
    groups["malformed"] = lambda: attacker.run_malformed("malformed", list_requests())
    groups["early disconnects"] = lambda: attacker.run_disturbance("early disconnects", leave_early)
    per_attacker = -(-given.slow // len(ATTACKERS))
    groups["slow sockets"] = lambda: attacker.run_disturbance(
        "slow sockets, dropped",
        lambda port, source: hold_slow(port, source, per_attacker, given.hold),
    )
    chosen = tuple(given.only or [""])
    return [start for name, start in groups.items() if name.startswith(chosen)]


def report(done: Round, shown: int) -> list[str]:
    """Print a group's line and its first faults; return a sentence for each claim it fails."""
    counted = sorted(done.statuses.items())
    statuses = ", ".join(f"{count} x {status or 'no answer'}" for status, count in counted)
    print(
        f"{done.name:36} {done.sent:5d} {done.slowest:9.2f} {done.back:7.2f}"
        f" {done.probe.last:12.1f} {done.probe.wrong:4d}  {statuses}",
        flush=True,
    )
    for fault in done.faults[:shown]:
        print(f"  {fault}")
    failed = [f"{done.name}: {len(done.faults)} faults"] if done.faults else []
    if done.back > BACK_SECONDS:
        failed.append(f"{done.name}: workers were back after {done.back:.1f} s")
    if done.probe.last > PROBE_LAST:
        failed.append(f"{done.name}: the trivial query took {done.probe.last:.0f} ms at p95")
    if done.probe.wrong:
        failed.append(f"{done.name}: the trivial query failed {done.probe.wrong} times")
    return failed


def wait_for_memory(process: int, before: float) -> float:
    """Return the mebibytes of the process tree once near `before`, or after twenty seconds."""
    until = time.monotonic() + SETTLE_SECONDS
    while (now := measure_memory(process)) > before * MEMORY_SHARE and time.monotonic() < until:
        time.sleep(0.5)
    return now


def _round(
    name: str, replies: list[Reply], slowest: float, back: float, probe: Probe, faults: list[str]
) -> Round:
    statuses = Counter(reply.status for reply in replies)
    return Round(name, len(replies), statuses, slowest, back, probe, faults)


if __name__ == "__main__":
    sys.exit(main())
