"""The files of a build on disk: written to survive a crash, verified and locked while in use.

A build is a folder named by the SHA-256 of its graph.nq:

    graph.nq        every statement in its named graph, one a line, sorted
    findings.json   what the shapes found
    build.json      the record: hashes of both files, number of statements, digest of the inputs
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from diplograph.core.errors import UnreadableFile

GRAPH, FINDINGS, RECORD = "graph.nq", "findings.json", "build.json"


def make_record(graph: bytes, findings: bytes) -> dict[str, Any]:
    """Return what a build's record says of its files: `content`, `statements` and `findings`."""
    return {
        "content": hashlib.sha256(graph).hexdigest(),
        "statements": graph.count(b"\n"),
        "findings": hashlib.sha256(findings).hexdigest(),
    }


def read_record(folder: Path) -> dict[str, Any]:
    """Return the record of the build in `folder`; raises UnreadableFile, naming build.json."""
    try:
        record = json.loads((folder / RECORD).read_bytes())
    except (OSError, ValueError) as error:
        raise _torn(folder, RECORD, "it cannot be read") from error
    if not isinstance(record, dict) or not isinstance(record.get("content"), str):
        raise _torn(folder, RECORD, "it does not name the build's content")
    return record


def verify_build(folder: Path) -> dict[str, Any]:
    """Return the record of the build in `folder` after comparing graph.nq with it.

    Raises UnreadableFile, naming the file, where one is missing or where the SHA-256 of graph.nq
    or its number of statements is not the recorded one.
    """
    record, digest, statements = read_record(folder), hashlib.sha256(), 0
    try:
        with (folder / GRAPH).open("rb") as file:
            while chunk := file.read(1024 * 1024):
                digest.update(chunk)
                statements += chunk.count(b"\n")
    except OSError as error:
        raise _torn(folder, GRAPH, "it cannot be read") from error
    if digest.hexdigest() != record["content"]:
        raise _torn(folder, GRAPH, "its SHA-256 is not the one in build.json")
    if statements != record.get("statements"):
        raise _torn(folder, RECORD, f"it counts other statements than the {statements} there are")
    return record


def measure_graph(folder: Path) -> int | None:
    """Return the bytes of graph.nq in `folder`, None where it or the record cannot be read."""
    try:
        with (folder / RECORD).open("rb"), (folder / GRAPH).open("rb") as file:
            return os.fstat(file.fileno()).st_size
    except OSError:
        return None


def read_quads(
    folder: Path, graph: str | None = None, size: int | None = None
) -> Iterator[ox.Quad]:
    """Yield the statements of the build in `folder`, or of one graph, in the order of graph.nq.

    Raises UnreadableFile where graph.nq is missing or torn, or has not `size` bytes.
    """
    path, form = folder / GRAPH, ox.RdfFormat.N_QUADS
    try:
        if size is not None and path.stat().st_size != size:
            raise _torn(folder, GRAPH, "it was cut or replaced")
        if graph is None:
            yield from ox.parse(path=path, format=form)
        else:
            end = f" <{graph}> .\n".encode()  # a build has one statement a line
            with path.open("rb") as lines:
                statements = b"".join(line for line in lines if line.endswith(end))
            yield from ox.parse(statements, format=form)
    except (OSError, SyntaxError, ValueError) as error:
        raise UnreadableFile("the build cannot be read; build again", file=folder.name) from error


def read_findings(folder: Path) -> list[dict]:
    """Return the findings in `folder`; UnreadableFile where they are not the recorded ones."""
    recorded = read_record(folder).get("findings")
    try:
        content = (folder / FINDINGS).read_bytes()
    except OSError as error:
        raise _torn(folder, FINDINGS, "it cannot be read") from error
    if hashlib.sha256(content).hexdigest() != recorded:
        raise _torn(folder, FINDINGS, "its SHA-256 is not the one in build.json")
    return json.loads(content)


def write_folder(contents: Mapping[str, bytes], folder: Path) -> None:
    """Write the files of a build beside `folder` and rename them to it, each synced to disk.

    A folder of that name holds the same graph: its files are replaced one by one, the record last.
    Raises OSError; then `folder` is as it was, or verification says that it is torn.
    """
    beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".new-"))
    try:
        for name, content in contents.items():
            with (beside / name).open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        beside.chmod(0o755)
        sync_folder(beside)
        if folder.exists():
            for name in (GRAPH, FINDINGS, RECORD):
                os.replace(beside / name, folder / name)
            sync_folder(folder)
            beside.rmdir()
        else:
            os.replace(beside, folder)
        sync_folder(folder.parent)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def sync_folder(folder: Path) -> None:
    """Have the entries of `folder` (new files, renames) written to disk; raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def lock_build(folder: Path) -> Callable[[], None]:
    """Keep later builds from removing `folder`, until the returned function is called.

    The lock ends with this process, too. Raises OSError where the folder cannot be opened.
    """
    handle = _lock(folder, fcntl.LOCK_SH)
    return lambda: os.close(handle)


def is_locked(folder: Path) -> bool:
    """Return whether any process has locked the build in `folder`."""
    try:
        os.close(_lock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB))
    except BlockingIOError:
        return True
    return False


def _lock(folder: Path, kind: int) -> int:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, kind)
    except OSError:
        os.close(handle)
        raise
    return handle


def _torn(folder: Path, name: str, reason: str) -> UnreadableFile:
    return UnreadableFile(f"the build is torn: {reason}; build again", file=f"{folder.name}/{name}")
