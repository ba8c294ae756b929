"""The whole way in, from the files of a home to a store that answers; read this first."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from diplograph.build.dataset import digest_inputs, read_files
from diplograph.build.questions import read_questions
from diplograph.build.reason import reason
from diplograph.build.validate import Validated, validate
from diplograph.core.errors import MalformedFile, QuerySyntaxError, Refused, UnreadableFile
from diplograph.core.home import Home
from diplograph.sparql.check import check_query
from diplograph.store.lock import is_locked
from diplograph.store.store import Store

GRAPH, FINDINGS, RECORD, CURRENT = "graph.nq", "findings.json", "build.json", "current"

StageProgress = Callable[[str], None]


def build(home: Home, as_of: str | None = None, progress: StageProgress | None = None) -> Store:
    """Return a store of the graph at `home`, or say why it cannot be served; nothing is written.

    `as_of` is the moment that stands for today, see `validate`; `progress` is told each stage as
    it begins. Raises what read, reason and validate raise, and ValidationFailed when a shape of
    severity Violation fires.
    """
    judged = judge(home, as_of, progress)
    judged.raise_for_violations()
    return Store.of(judged)


def judge(home: Home, as_of: str | None = None, progress: StageProgress | None = None) -> Validated:
    """Return the graph at `home` read, reasoned and validated, whatever the shapes find.

    Its questions are checked as well.
    """
    tell = progress or (lambda stage: None)
    tell("reading the files")
    check_questions(home)
    asserted = read_files(home)
    tell("reasoning")
    reasoned = reason(asserted)
    tell("checking the shapes")
    return validate(reasoned, as_of)


def check_questions(home: Home) -> None:
    """Raise MalformedFile, with file and line, where a question of `home` could not be asked.

    A question declares its own prefixes, so that any SPARQL endpoint over the graph answers it.
    """
    for name, question in read_questions(home).items():
        file = (home.queries / f"{name}.rq").relative_to(home.root)
        try:
            check_query(question.text)
        except QuerySyntaxError as error:
            raise MalformedFile(error.message, file=file.as_posix(), line=error.line) from error
        except Refused as error:
            raise MalformedFile(str(error), file=file.as_posix()) from error


def build_to_disk(
    home: Home, as_of: str | None = None, progress: StageProgress | None = None
) -> Path:
    """Return the folder of a new build of `home`, now the current one.

    The folder is named by the SHA-256 of its graph.nq and holds graph.nq, findings.json and
    build.json; the same files give the same bytes. Raises what `build` raises, and UnreadableFile
    where builds cannot be written; the build that was current then stays as it was.
    """
    judged = judge(home, as_of, progress)
    judged.raise_for_violations()
    if progress:
        progress("writing the build")
    contents = _contents(judged, as_of)
    name = json.loads(contents[RECORD])["content"]
    try:
        home.builds.mkdir(parents=True, exist_ok=True)
        folder = _place(contents, home.builds / name)
        _switch(home.builds, name)
    except OSError as error:
        message = f"the build cannot be written: {error.strerror or error}"
        raise UnreadableFile(message, file=home.builds) from error
    return folder


def ensure_build(
    home: Home, as_of: str | None = None, progress: StageProgress | None = None
) -> Path:
    """Return the folder of a build of the files as they are: the current one, or a new one."""
    folder = find_current(home)
    if folder and _fits(folder, digest_inputs(home), as_of):
        return folder
    return build_to_disk(home, as_of, progress)


def find_current(home: Home) -> Path | None:
    """Return the folder of the current build, or None when there is none."""
    try:
        folder = (home.builds / CURRENT).resolve(strict=True)
    except OSError:
        return None
    return folder if folder.is_dir() else None


def read_findings(folder: Path) -> list[dict]:
    """Return the findings of the build in `folder`, as written: one mapping each."""
    try:
        return json.loads((folder / FINDINGS).read_bytes())
    except (OSError, ValueError) as error:
        raise UnreadableFile("the build cannot be read; build again", file=folder.name) from error


def list_findings(judged: Validated) -> list[dict]:
    """Return the findings as mappings ready for JSON, in their order."""
    return [
        {
            "severity": finding.severity,
            "thing": finding.thing,
            "label": finding.label,
            "shape": finding.shape,
            "path": finding.path,
            "value": finding.value,
            "message": finding.message,
            "file": finding.location.file if finding.location else None,
            "line": finding.location.line if finding.location else None,
        }
        for finding in judged.findings
    ]


def _contents(judged: Validated, as_of: str | None) -> dict[str, bytes]:
    """Return the files of a build by name, none of which depends on when or where it was made."""
    quads = sorted(judged.quads(), key=str)
    graph = "".join(f"{quad} .\n" for quad in quads).encode()
    record = {
        "content": hashlib.sha256(graph).hexdigest(),
        "inputs": judged.reasoned.asserted.digest,
        "as_of": as_of,
        "statements": len(quads),
        "software": metadata.version("diplograph"),
    }
    return {GRAPH: graph, FINDINGS: _json(list_findings(judged)), RECORD: _json(record)}


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def _fits(folder: Path, inputs: str, as_of: str | None) -> bool:
    try:
        record = json.loads((folder / RECORD).read_bytes())
    except (OSError, ValueError):
        return False
    whole = (folder / GRAPH).is_file() and (folder / FINDINGS).is_file()
    return whole and record.get("inputs") == inputs and record.get("as_of") == as_of


def _place(contents: dict[str, bytes], folder: Path) -> Path:
    """Write the files beside `folder`, then rename; a folder that is there gives way."""
    beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".new-"))
    try:
        for name, content in contents.items():
            (beside / name).write_bytes(content)
        beside.chmod(0o755)
        if folder.exists():
            for name in contents:  # the same graph; only what was found or asked may differ
                os.replace(beside / name, folder / name)
            beside.rmdir()
        else:
            os.replace(beside, folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return folder


def _switch(builds: Path, name: str) -> None:
    """Point `current` at the build called `name` by one rename.

    Kept are that one, the one before, and those that somebody serves.
    """
    before = (builds / CURRENT).readlink().name if (builds / CURRENT).is_symlink() else name
    link = builds / f".{CURRENT}-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(name)
    os.replace(link, builds / CURRENT)
    for folder in builds.iterdir():  # names with a dot are another build's, in the making
        kept = folder.is_symlink() or folder.name in {name, before} or folder.name[0] == "."
        if folder.is_dir() and not kept and not is_locked(folder):
            shutil.rmtree(folder, ignore_errors=True)
