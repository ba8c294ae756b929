"""Export a store: its statements in an RDF format, or all selections and formats as dump files."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from diplograph.build.vocabularies import Alignments, match_outside, translate
from diplograph.core import formats
from diplograph.core.errors import NotExpressible, UsageError
from diplograph.core.files import replace_folder
from diplograph.core.jsonld import write_jsonld
from diplograph.core.names import SELECTIONS
from diplograph.core.serialization import write_statements
from diplograph.store.engine import select

if TYPE_CHECKING:
    from diplograph.store.store import Store

SUMS = "SHA256SUMS"
# A file of this size or more has a compressed copy beside it.
LARGE_DUMP_BYTES = 256 * 1024


@dataclass(frozen=True)
class Dump:
    """One file to download: its name, selection and format, size in bytes and SHA-256."""

    name: str
    what: str
    form: formats.Format
    packed: bool
    size: int
    sha256: str

    @property
    def media_type(self) -> str:
        """The media type of the file as it is, compressed or not."""
        return "application/gzip" if self.packed else self.form.media_type


@dataclass(frozen=True)
class LeftOut:
    """A file that is not made, since its format cannot carry the selection: `reason` says why."""

    name: str
    what: str
    form: formats.Format
    reason: str


def export(
    store: Store,
    form: str = "turtle",
    what: str = formats.ASSERTED_PROFILE,
    profile: str = "",
    alignments: Alignments | None = None,
    same_as: str = "",
) -> bytes:
    """Return the statements of `store` in the format called `form` in formats.STATEMENTS, sorted.

    `what` is one of SELECTIONS: "asserted" (reference entities and reports), "inferred" (those,
    the ontology and the inferences), "ontology" or "questions" (as query editors read them).
    TriG and N-Quads keep the named graphs apart. `profile` is one of formats.PROFILES: what is
    asserted, or all statements translated by `alignments`. `same_as`, one of SAME_AS, adds the
    outside names of things as its values. Raises UsageError, and
    NotExpressible where the format cannot carry the statements.
    """
    if what not in SELECTIONS:
        raise UsageError(f"{what!r} cannot be exported: choose {', '.join(SELECTIONS)}")
    if not profile or formats.choose_profile(profile) == what:
        quads = list(select(store, what))
        matches = match_outside(quads, same_as) if same_as else ()
        return write_statements([*quads, *matches], form)
    if what != formats.ASSERTED_PROFILE:
        raise UsageError(f"a profile says what is to be exported: leave out {what!r}")
    known = list(select(store, "inferred"))
    statements = translate(profile, (quad.triple for quad in known), alignments or Alignments())
    if same_as:
        statements |= {quad.triple for quad in match_outside(known, same_as)}
    if form == "jsonld" and profile == "schema.org":
        return write_jsonld(statements, vocabulary=formats.SCHEMA_PROFILE)
    return write_statements(statements, form)


def make_dumps(
    write: Callable[[str, str], bytes], selections: Iterable[str] = SELECTIONS
) -> Iterator[tuple[Dump | LeftOut, bytes]]:
    """Yield each file of the selections with its bytes, by selection and format.

    `write` returns the bytes of a selection in a format, both by name. A file that it raises
    NotExpressible for is left out, and has no bytes.
    """
    for what in selections:
        for form in formats.STATEMENTS.values():
            name = f"diplograph-{what}.{form.suffix}"
            try:
                body = write(what, form.name)
            except NotExpressible as error:
                yield LeftOut(name, what, form, str(error)), b""
                continue
            copies = [(body, "")]
            if len(body) >= LARGE_DUMP_BYTES:
                copies.append((pack(body), ".gz"))
            for content, packed in copies:
                digest = hashlib.sha256(content).hexdigest()
                dump = Dump(f"{name}{packed}", what, form, bool(packed), len(content), digest)
                yield dump, content


def pack(body: bytes) -> bytes:
    """Return `body` compressed as gzip does (RFC 1952), without a time in it."""
    return gzip.compress(body, 9, mtime=0)


def write_sums(dumps: Iterable[Dump]) -> bytes:
    """Return the lines that `sha256sum -c` reads."""
    return "".join(f"{dump.sha256}  {dump.name}\n" for dump in dumps).encode()


def write_dumps(store: Store, directory: Path) -> tuple[tuple[Dump, ...], tuple[LeftOut, ...]]:
    """Write every file, and SHA256SUMS, to `directory` in one step.

    Returns the descriptions of the files, and of those left out. Raises UsageError for a folder of
    anything but dumps, and UnreadableFile.
    """

    def fill(folder: Path) -> tuple[tuple[Dump, ...], tuple[LeftOut, ...]]:
        dumps, left_out = [], []
        for dump, body in make_dumps(lambda what, form: export(store, form, what)):
            if isinstance(dump, LeftOut):
                left_out.append(dump)
                continue
            (folder / dump.name).write_bytes(body)
            dumps.append(dump)
        (folder / SUMS).write_bytes(write_sums(dumps))
        return tuple(dumps), tuple(left_out)

    return replace_folder(directory, fill, SUMS)
