"""Load on a server by wrk: lists of queries, numbered where every text must be distinct."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

from rig.peers import PeerMissing
from rig.servers import JSON, Server

SCRIPT = """\
local lines, tags = {}, {}
for line in io.lines(%(queries)s) do
  local query, tag = line:match("^(%%S+)%%s*(.*)$")
  lines[#lines + 1] = query
  tags[#tags + 1] = tag
end
local count = %(first)d
function request()
  count = count + 1
  local place = count %% #lines + 1
  local path = %(path)s .. "?query=" .. lines[place] .. %(number)s
  local headers = { Accept = %(accept)s }
  if tags[place] ~= "" then headers["If-None-Match"] = tags[place] end
  return wrk.format("GET", path, headers)
end
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("figures %%d %%d %%d %%d %%d %%f %%f\\n", summary.requests,
    summary.duration, summary.bytes, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
"""


@dataclass(frozen=True)
class Workload:
    """Queries to send in turn: texts, their ETags if any, and whether to number them."""

    name: str
    queries: tuple[str, ...]
    numbered: bool = False
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """One run of wrk: requests a second, 50th and 99th percentile in milliseconds, failures."""

    rate: float
    half: float
    last: float
    bytes_each: float
    refused: int
    lost: int


def find_wrk() -> str:
    """Return the path of wrk; raises PeerMissing where there is none."""
    program = shutil.which("wrk")
    if program is None:
        raise PeerMissing("wrk is not installed; Debian has it as the package wrk")
    return program


def drive(
    server: Server, load: Workload, connections: int, seconds: float, first: int, scratch: Path
) -> Outcome:
    """Return the outcome of `load` on `server`; `first` is where the numbers begin."""
    script = _write_script(server, load, first, scratch)
    command = [find_wrk(), "--threads", "1", "--connections", str(connections)]
    command += ["--duration", f"{max(1, round(seconds))}s", "--timeout", "20s"]
    command += ["--script", str(script), f"http://127.0.0.1:{server.port}/"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=seconds + 60, check=False
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("figures ")]
    if not lines:
        raise PeerMissing(f"wrk gave no figures: {(done.stderr or done.stdout).strip()[-200:]}")
    requests, took, size, refused, lost, half, last = map(float, lines[0].split()[1:])
    mean_size = size / requests if requests else 0.0
    return Outcome(requests / took * 1e6, half, last, mean_size, int(refused), int(lost))


def _write_script(server: Server, load: Workload, first: int, scratch: Path) -> Path:
    queries, script = scratch / f"{load.name}.txt", scratch / "load.lua"
    if not queries.exists():
        tags = load.tags or [""] * len(load.queries)
        lines = (
            f"{urllib.parse.quote(query, safe='')} {tag}"
            for query, tag in zip(load.queries, tags, strict=True)
        )
        queries.write_text("\n".join(lines) + "\n", encoding="utf-8")
    fields = {
        "queries": json.dumps(str(queries)),
        "path": json.dumps(server.path),
        "accept": json.dumps(JSON),
        "first": first,
        "number": "count" if load.numbered else '""',
    }
    script.write_text(SCRIPT % fields, encoding="utf-8")
    return script
