"""From the files of a home to a store that answers queries, in memory or on disk; read this first.

files → Asserted → Reasoned → Derived → Validated → Store
read_files   reason     derive    validate    Store, or a build on disk that Store.open reads
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

from diplograph.build.dataset import digest_inputs, read_files
from diplograph.build.derive import derive
from diplograph.build.questions import read_questions
from diplograph.build.reason import reason
from diplograph.build.validate import Finding, Validated, validate
from diplograph.core.errors import MalformedFile, QuerySyntaxError, Refused, UnreadableFile
from diplograph.core.home import Home
from diplograph.sparql.check import check_query
from diplograph.store import build_files
from diplograph.store.store import Store

CURRENT = "current"
UNFINISHED_SECONDS = 3600  # far longer than the writing of a build takes

StageProgress = Callable[[str], None]


def build(home: Home, as_of: str | None = None, progress: StageProgress | None = None) -> Store:
    """Return a store of the graph at `home`; nothing is written.

    `as_of` stands for today, see `validate`; `progress` is called with the name of each stage.
    Raises what read_files, reason, derive and validate raise, and ValidationFailed for a Violation.
    """
    judged = judge(home, as_of, progress)
    judged.raise_for_violations()
    return Store(judged.quads, judged.digest)


def judge(home: Home, as_of: str | None = None, progress: StageProgress | None = None) -> Validated:
    """Return the graph at `home`, whatever the shapes find; its questions are checked as well."""
    report = progress or (lambda stage: None)
    report("checking the questions")
    check_questions(home)
    report("reading the files")
    asserted = read_files(home)
    report("reasoning")
    reasoned = reason(asserted)
    report("working out the rules")
    derived = derive(reasoned)
    report("checking the shapes")
    return validate(derived, as_of)


def check_questions(home: Home) -> None:
    """Raise MalformedFile, with file and line, for a question of `home` that cannot be run.

    A question declares its own prefixes, so that any SPARQL endpoint over the graph answers it.
    """
    for question in read_questions(home).values():
        try:
            check_query(question.text)
        except QuerySyntaxError as error:
            raise MalformedFile(error.message, file=question.file, line=error.line) from error
        except Refused as error:
            raise MalformedFile(str(error), file=question.file) from error


def build_to_disk(
    home: Home, as_of: str | None = None, progress: StageProgress | None = None
) -> Path:
    """Return the folder of a new build of `home`, now the current one; equal inputs, equal bytes.

    Raises what `build` raises, and UnreadableFile where builds cannot be written; then the current
    build stays as it was.
    """
    judged = judge(home, as_of, progress)
    judged.raise_for_violations()
    if progress:
        progress("writing the build")
    graph = "".join(f"{quad} .\n" for quad in sorted(judged.quads(), key=str)).encode()
    findings = _json(list_findings(judged.findings))
    record = {
        **build_files.make_record(graph, findings),
        "inputs": judged.digest,
        "as_of": as_of,
        "software": metadata.version("diplograph"),
    }
    files = {build_files.GRAPH: graph, build_files.FINDINGS: findings}
    folder = home.builds / record["content"]
    try:
        home.builds.mkdir(parents=True, exist_ok=True)
        build_files.write_folder({**files, build_files.RECORD: _json(record)}, folder)
        _switch(home.builds, folder.name)
    except OSError as error:
        message = f"the build cannot be written: {error.strerror or error}"
        raise UnreadableFile(message, file=home.builds) from error
    return folder


def ensure_build(
    home: Home, as_of: str | None = None, progress: StageProgress | None = None
) -> Path:
    """Return the folder of a whole build of the files as they are: current or, if need be, new."""
    return find_fitting(home, as_of) or build_to_disk(home, as_of, progress)


def find_fitting(home: Home, as_of: str | None = None) -> Path | None:
    """Return the folder of the current build if it is a whole one of the files as they are."""
    folder = find_current(home)
    return folder if folder and _fits(folder, digest_inputs(home), as_of) else None


def find_current(home: Home) -> Path | None:
    """Return the folder of the current build, or None when there is none."""
    try:
        folder = (home.builds / CURRENT).resolve(strict=True)
    except OSError:
        return None
    return folder if folder.is_dir() else None


def list_findings(findings: Iterable[Finding]) -> list[dict]:
    """Return the findings as mappings ready for JSON, with file and line for the location."""
    records = [asdict(finding) for finding in findings]
    for record in records:
        record |= record.pop("location") or {"file": None, "line": None}
    return records


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def _fits(folder: Path, inputs: str, as_of: str | None) -> bool:
    """Return whether the build in `folder` is whole and was made from those inputs."""
    try:
        record = build_files.verify_build(folder)
        build_files.read_findings(folder)
    except UnreadableFile:
        return False
    named = record["content"] == folder.name
    return named and record.get("inputs") == inputs and record.get("as_of") == as_of


def _switch(builds: Path, name: str) -> None:
    """Point `current` at the build `name`; remove others but the one before and locked ones."""
    before = (builds / CURRENT).readlink().name if (builds / CURRENT).is_symlink() else name
    link = builds / f".{CURRENT}-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(name)
    os.replace(link, builds / CURRENT)
    build_files.sync_folder(builds)
    for folder in builds.iterdir():
        stays = folder.is_symlink() or folder.name in {name, before} or _is_being_written(folder)
        if folder.is_dir() and not stays and not build_files.is_locked(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_being_written(folder: Path) -> bool:
    """Return whether another process may be writing the build in `folder`: one killed left it."""
    return folder.name[0] == "." and time.time() - folder.stat().st_mtime < UNFINISHED_SECONDS
