"""Soak test: 32 clients, some hostile, for ten minutes, while worker processes are killed.

Claims: no wrong result; no status but the one that a request must get, or a 503 with Retry-After
that a killed worker explains; memory and open descriptors flat from the first third
to the last. Prints a line a minute and the verdict; exits 1 where a claim fails.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import statistics
import sys
import time
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from rig.client import Client, Lost
from rig.monitoring import count_descriptors, find_workers, measure_memory
from rig.peers import cache_folder
from rig.raw_http import find_broken_promise, read_bound
from rig.servers import ServerLost, start_ours
from rig.tasks import KINDS, Task, list_tasks
from synthetic import SEED, ensure_build

MINUTES, CLIENTS, STATEMENTS = 10.0, 32, 200_000
TIMEOUT, MEBIBYTES, PATIENCE = 3.0, 256, 20.0
SAMPLE_SECONDS, KILL_SECONDS = 3.0, 5.0
ILLS = "wrong answer|unexpected status|broken promise|lost connection|no answer".split("|")
MEMORY_GROWTH, DESCRIPTOR_GROWTH = 1.1, 16


@dataclass
class Record:
    """Counts and measurements so far."""

    counts: Counter[str] = field(default_factory=Counter)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    bounds: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    samples: list[tuple[float, float, int]] = field(default_factory=list)
    ills: list[str] = field(default_factory=list)

    def blame(self, kind: str, text: str) -> None:
        """Count a fault, and record the first twenty."""
        self.counts[kind] += 1
        if len(self.ills) < 20:
            self.ills.append(f"{kind}: {text}")


def main(arguments: list[str] | None = None) -> int:
    """Run the soak and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--folder", type=Path, help="the build (default: made in the cache)")
    parser.add_argument("--statements", type=int, default=STATEMENTS)
    parser.add_argument("--timeout", type=float, default=TIMEOUT, help="seconds a query may run")
    parser.add_argument("--hostile", type=float, default=0.03, help="share of hostile requests")
    parser.add_argument("--kill-every", type=float, default=KILL_SECONDS, help="seconds; 0: never")
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args(arguments)
    given.folder = given.folder or cache_folder() / f"synthetic-{given.statements}-{SEED}"
    ensure_build(given.folder, given.statements)
    with ExitStack() as stack:
        try:
            bounds = {"seconds": given.timeout, "memory_mebibytes": MEBIBYTES}
            server = start_ours(given.folder, **bounds)
        except ServerLost as error:
            print(f"the server is lost: {error}", file=sys.stderr)
            return 1
        stack.callback(server.stop)
        tasks = list_tasks(given.folder, server)
        record = Record()
        asyncio.run(soak(given, server.port, server.process.pid, tasks, record))
    return judge(record)


async def soak(
    given: argparse.Namespace, port: int, process: int, tasks: dict[str, list[Task]], record: Record
) -> None:
    """Run the clients until the time is over, while workers are killed at random."""
    end = time.monotonic() + given.minutes * 60
    others = [
        asyncio.create_task(sample(process, record)),
        asyncio.create_task(report(record, time.monotonic())),
    ]
    if given.kill_every:
        killer = kill_workers(process, given.kill_every, random.Random(given.seed), record)
        others.append(asyncio.create_task(killer))
    chances = [random.Random(f"{given.seed} {number}") for number in range(given.clients)]
    clients = [
        work(port, name_sources(number), chance, tasks, given, end, record)
        for number, chance in enumerate(chances)
    ]
    await asyncio.gather(*clients)
    for other in others:
        other.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def work(
    port: int,
    sources: tuple[str, str],
    chance: random.Random,
    tasks: dict[str, list[Task]],
    given: argparse.Namespace,
    end: float,
    record: Record,
) -> None:
    """Send one request after another until `end`; hostile ones have a connection of their own."""
    client, hostile = Client(port, sources[0]), Client(port, sources[1])
    kinds = [kind for kind in KINDS if tasks.get(kind)]
    weights = [KINDS[kind] for kind in kinds]
    while time.monotonic() < end:
        if chance.random() < given.hostile:
            await once(hostile, chance.choice(tasks["hostile"]), given.timeout, record)
        else:
            kind = chance.choices(kinds, weights)[0]
            await once(client, chance.choice(tasks[kind]), given.timeout, record)
    client.close()
    hostile.close()


def name_sources(number: int) -> tuple[str, str]:
    """Return a client's addresses, ordinary and hostile: only Linux has all of 127.0.0.0/8."""
    if sys.platform != "linux":
        return "", ""
    return f"127.0.1.{number % 200 + 1}", f"127.0.2.{number % 3 + 1}"


async def once(client: Client, task: Task, timeout: float, record: Record) -> None:
    """Send one request and judge the response."""
    start = time.monotonic()
    try:
        answer = await client.send(task.ask, timeout + PATIENCE)
    except Lost as error:
        record.blame("lost connection", f"{task.kind}: {error}; {task.name}")
        return
    except TimeoutError:
        record.blame("no answer", f"{task.kind}: none in {timeout + PATIENCE:g} s; {task.name}")
        return
    record.counts["requests"] += 1
    record.statuses[task.kind, answer.status] += 1
    if task.kind == "look-up" and answer.status == 200:
        record.times.append(time.monotonic() - start)
    if broken := find_broken_promise(answer.status, answer.headers, answer.body):
        record.blame("broken promise", f"{broken}: {task.name}")
    if answer.status == 503 and task.kind != "hostile":
        record.counts["turned away"] += 1
        record.bounds[read_bound(answer.body) or "unnamed"] += 1
    elif answer.status not in task.statuses:
        record.blame("unexpected status", f"{answer.status} for {task.kind}: {task.name}")
    elif answer.status == 200 and task.check and not task.check(answer.body):
        record.blame("wrong answer", f"{task.kind}: {task.name}")


async def kill_workers(process: int, every: float, chance: random.Random, record: Record) -> None:
    """Kill a random worker process at random intervals around `every` seconds."""
    while True:
        await asyncio.sleep(every * chance.uniform(0.5, 1.5))
        workers = await asyncio.to_thread(find_workers, process)
        if workers:
            with suppress(ProcessLookupError):
                os.kill(chance.choice(workers), signal.SIGKILL)
                record.counts["kills"] += 1


async def sample(process: int, record: Record) -> None:
    """Measure the server's memory and descriptors every SAMPLE_SECONDS."""
    while True:
        await asyncio.sleep(SAMPLE_SECONDS)
        memory = await asyncio.to_thread(measure_memory, process)
        files = await asyncio.to_thread(count_descriptors, process)
        record.samples.append((time.monotonic(), memory, files))


async def report(record: Record, start: float) -> None:
    """Print a line every minute."""
    before = 0
    while True:
        await asyncio.sleep(60)
        requests, times = record.counts["requests"], sorted(record.times) or [0.0]
        last, middle = times[int(len(times) * 0.99)], times[len(times) // 2]
        ills = sum(record.counts[kind] for kind in ILLS)
        memory, files = record.samples[-1][1:] if record.samples else (0, 0)
        print(
            f"minute {(time.monotonic() - start) / 60:.0f}:"
            f" {(requests - before) / 60:.0f} requests/s,"
            f" look-ups {middle * 1e3:.1f} ms at p50, {last * 1e3:.0f} at p99;"
            f" {record.counts['kills']} kills, {record.counts['turned away']} turned away,"
            f" {ills} ills; {memory:.0f} MiB, {files} descriptors",
            flush=True,
        )
        before = requests
        record.times.clear()


def judge(record: Record) -> int:
    """Print the results and return the exit code."""
    for (kind, status), count in sorted(record.statuses.items()):
        print(f"  {kind:14} {status} {count:9,}")
    failed = [f"{kind}: {record.counts[kind]}" for kind in ILLS if record.counts[kind]]
    kills, turned = record.counts["kills"], record.counts["turned away"]
    if record.bounds["worker"] > kills:
        failed.append(f"{record.bounds['worker']} queries lost with a worker, {kills} were killed")
    if others := {name: count for name, count in record.bounds.items() if name != "worker"}:
        failed.append(f"ordinary requests met bounds: {others}")
    if len(record.samples) >= 6:
        failed += judge_growth(record.samples)
    print("\n".join(f"  {ill}" for ill in record.ills))
    print(f"{record.counts['requests']:,} requests, {kills} kills, {turned} turned away")
    print("\n".join(f"FAILED {text}" for text in failed) or "every claim holds")
    return 1 if failed else 0


def judge_growth(samples: list[tuple[float, float, int]]) -> list[str]:
    """Print the growth of memory and descriptors; return a sentence for each that grew too much."""
    third = len(samples) // 3
    first, last = samples[:third], samples[-third:]
    memory = [statistics.median(taken[1] for taken in part) for part in (first, last)]
    files = [statistics.median(taken[2] for taken in part) for part in (first, last)]
    times, sizes = ([taken[place] for taken in samples] for place in (0, 1))
    slope = statistics.linear_regression(times, sizes).slope * 60
    print(f"memory: {memory[0]:.0f} MiB in the first third, {memory[1]:.0f} in the last,", end=" ")
    print(f"{slope:+.2f} MiB a minute; descriptors: {files[0]:.0f}, {files[1]:.0f}")
    failed = []
    if memory[1] > memory[0] * MEMORY_GROWTH:
        failed.append(f"memory grew to {memory[1] / memory[0]:.2f} of the first third's")
    if files[1] > files[0] + DESCRIPTOR_GROWTH:
        failed.append(f"descriptors grew from {files[0]:.0f} to {files[1]:.0f}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
