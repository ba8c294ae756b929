"""Upgrade files of the first edition of the vocabulary to the second: plan, then carry out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import unified_diff
from pathlib import Path

from pyoxigraph import Quad

from diplograph.core import names
from diplograph.core.errors import UnreadableFile, UsageError
from diplograph.core.files import decode, read_regular, replace_files
from diplograph.core.home import Home
from diplograph.core.inputs import find_rdf_files
from diplograph.core.rdf import parse_rdf
from diplograph.turtle import find_turtle_files, read_quads, read_turtle_file, rewrite
from diplograph.turtle.statements import arrange
from diplograph.turtle.upgrade.statements import (
    UpgradedFile,
    find_attested,
    find_connections,
    is_upgraded,
    upgrade_statements,
)
from diplograph.turtle.upgrade.vocabulary import VocabularyUpgrade, find_vocabulary_upgrade

__all__ = ["FileChange", "UpgradePlan", "plan_upgrade"]


@dataclass(frozen=True)
class FileChange:
    """A file's content before and after: None for a file that is not there.

    `summary` is what is new, as "3 links", and `remarks` are sentences about values that were
    chosen for the user.
    """

    path: Path
    before: bytes | None
    after: bytes | None
    summary: str = ""
    remarks: tuple[str, ...] = ()

    def list_differences(self) -> list[str]:
        """Return the lines of a unified diff."""
        before, after = (
            (content or b"").decode(errors="replace").splitlines()
            for content in (self.before, self.after)
        )
        name = str(self.path)
        return [line.rstrip() for line in unified_diff(before, after, name, name)]


@dataclass(frozen=True)
class UpgradePlan:
    """The files to change, and those of the ontology or questions that are left to their owner.

    `left` maps each of these to the file that came with the program, None where none did.
    """

    changes: tuple[FileChange, ...] = ()
    left: Mapping[Path, Path | None] = field(default_factory=dict)

    def carry_out(self) -> None:
        """Write and remove the files; raises UnreadableFile, before any is changed."""
        after = {change.path: change.after for change in self.changes}
        replace_files({path: content for path, content in after.items() if content is not None})
        for path in [path for path, content in after.items() if content is None]:
            path.unlink()


@dataclass(frozen=True)
class _Data:
    """Turtle files of data: contents, statements and prefixes; `around` are files beside them."""

    contents: Mapping[Path, bytes] = field(default_factory=dict)
    quads: dict[Path, list[Quad]] = field(default_factory=dict)
    prefixes: dict[Path, Mapping[str, str]] = field(default_factory=dict)
    around: dict[Path, list[Quad]] = field(default_factory=dict)


def plan_upgrade(
    home: Home,
    paths: Sequence[Path] = (),
    *,
    received_on: str = "",
    drop_comments: bool = False,
) -> UpgradePlan:
    """Return what brings files to the second edition; nothing is written.

    `paths` are Turtle files and folders; without them it is the data of `home`, its ontology and
    its questions. `received_on` is for reports without dg:receivedOn. Raises UnreadableFile and
    MalformedFile for what cannot be read, CommentsLost unless `drop_comments`, and UsageError where
    files of the home outside `paths` would have to be changed too.
    """
    shipped = Home.shipped()
    vocabulary = find_vocabulary_upgrade(home, shipped)
    data = _read_data(paths, home)
    changed = _upgrade_part(data, received_on) if paths else _upgrade_all(data, received_on)
    with vocabulary.upgraded_home() as layout:
        changes = list(_lay_out(data, changed, drop_comments, layout))
    if paths:
        return UpgradePlan(tuple(changes))
    left = {path: shipped.root / path.relative_to(home.root) for path in vocabulary.left}
    return UpgradePlan(
        (*changes, *_list_vocabulary_changes(vocabulary)),
        {path: source if source.exists() else None for path, source in left.items()},
    )


def _read_data(paths: Sequence[Path], home: Home) -> _Data:
    """Return the files to upgrade, and with `paths` in the data of the home its other files."""
    files, errors = find_turtle_files(paths or [home.data], may_be_empty=not paths)
    if errors:
        raise errors[0]
    data = _Data({path: read_turtle_file(path) for path in files})
    for path, content in data.contents.items():
        data.quads[path], data.prefixes[path] = read_quads(content, file=path)
    resolved = {path.resolve() for path in files}
    if not paths or any(path.is_relative_to(home.data.resolve()) for path in resolved):
        for path in find_rdf_files(home).paths.values():
            if path.is_relative_to(home.data) and path.resolve() not in resolved:
                text = decode(read_regular(path, file=path), file=path)
                data.around[path], _ = parse_rdf(text, file=path)
    return data


def _upgrade_all(data: _Data, received_on: str) -> dict[Path, UpgradedFile]:
    """Return the files that change; raises UnreadableFile where one is no Turtle."""
    changed = upgrade_statements({**data.quads, **data.around}, received_on)
    for path in changed.keys() & data.around.keys():
        message = "it is of the first edition, and upgrade writes Turtle alone: save it as Turtle"
        raise UnreadableFile(message, file=path)
    return changed


def _upgrade_part(data: _Data, received_on: str) -> dict[Path, UpgradedFile]:
    """Return the files that change; raises UsageError where a file around them would have to."""
    around = [quad for quads in data.around.values() for quad in quads]
    changed = upgrade_statements(data.quads, received_on, around)
    connections = set().union(*map(find_connections, data.quads.values()))
    for path, quads in data.around.items():
        shared = {connection.fact for connection in connections} & find_attested(quads)
        if shared and not is_upgraded(quads):
            fact = names.compact(min(shared))
            raise UsageError(f"{path} attests {fact} too: upgrade it in the same call, or all data")
    return changed


def _lay_out(
    data: _Data, changed: Mapping[Path, UpgradedFile], drop_comments: bool, layout: Home
) -> Iterator[FileChange]:
    for path, result in changed.items():
        before, statements = data.contents[path], arrange(result.quads, data.prefixes[path])
        after = rewrite(before, statements, file=path, drop_comments=drop_comments, home=layout)
        yield FileChange(path, before, after, result.describe(), tuple(result.remarks))


def _list_vocabulary_changes(vocabulary: VocabularyUpgrade) -> Iterator[FileChange]:
    """Yield the changes of the ontology, last that by which it is known to be the second."""
    after = {**vocabulary.written, **dict.fromkeys(vocabulary.removed)}
    for path in sorted(after, key=lambda path: (path == vocabulary.mark, path)):
        before = read_regular(path, file=path) if path.exists() else None
        yield FileChange(path, before, after[path])
