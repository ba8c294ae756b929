"""Installs the programs to compare with at pinned releases, each into a cache folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PINS = {
    "datasette": "datasette==0.65.5",
    "oxigraph": "oxigraph==0.5.13",
    "rdflib-endpoint": "rdflib-endpoint[cli]==0.6.3",
}
INSTALL_SECONDS = 300


class PeerMissing(Exception):
    """A program to compare with, or the load generator, cannot be installed or found."""


def cache_folder() -> Path:
    """Return the folder for what the benchmarks install and load."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "diplograph-benchmarks"


def find_peer(name: str) -> Path:
    """Return the program called `name`, installed from PyPI where it is not yet.

    Raises PeerMissing with pip's last line.
    """
    folder = cache_folder() / PINS[name].replace("[cli]", "")
    program = folder / "bin" / name
    if not program.exists():
        print(f"installing {PINS[name]} into {folder}", file=sys.stderr)
        _run([sys.executable, "-m", "venv", str(folder)], name)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        _run([*pip, "--disable-pip-version-check", PINS[name]], name)
    if not program.exists():
        raise PeerMissing(f"{PINS[name]} was installed but brings no program called {name}")
    return program


def load_oxigraph(folder: Path) -> Path:
    """Return a folder in the cache with the build's union.nq loaded by Oxigraph's own loader."""
    import json

    program = find_peer("oxigraph")
    digest = json.loads((folder / "build.json").read_bytes())["content"]
    location = cache_folder() / f"oxigraph-{digest[:16]}"
    if not (location / "loaded").exists():
        load = [str(program), "load", "--location", str(location)]
        _run([*load, "--file", str(folder / "union.nq")], "oxigraph load")
        (location / "loaded").touch()
    return location


def _run(command: list[str], name: str) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PeerMissing(f"{name}: {error}") from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise PeerMissing(f"{name} cannot be had: {last}")
