"""The files of the ontology: the themes, and which of them a term is written in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from diplograph.core.files import decode, read_bytes
from diplograph.core.home import ALIGNMENTS, Home
from diplograph.core.names import PREFIXES
from diplograph.core.rdf import parse_turtle
from diplograph.views.headers import Header, read_header
from diplograph.views.indexed import Indexed

_ONTOLOGY = PREFIXES["owl"] + "Ontology"


@dataclass(frozen=True)
class Theme:
    """One file of the ontology: its name, its header and its statements."""

    file: str
    header: Header
    statements: Indexed

    @property
    def aligns(self) -> bool:
        """Whether it is the file that ties our terms to those of others."""
        return self.file == ALIGNMENTS


def read_themes(home: Home) -> tuple[Theme, ...]:
    """Return the ontology's files by name; one without a header is left out.

    Raises UnreadableFile and MalformedFile.
    """
    found = []
    for path in sorted(home.ontology.glob("*.ttl")):
        name = path.relative_to(home.root).as_posix()
        quads, _ = parse_turtle(decode(read_bytes(path, file=name), file=name), file=name)
        statements = Indexed(quad.triple for quad in quads)
        for iri in statements.typed(_ONTOLOGY)[:1]:
            found.append(Theme(path.name, read_header(statements, iri), statements))
    return tuple(found)


def match_themes(
    themes: Iterable[Theme], terms: Iterable[str], served: Indexed
) -> Mapping[str, Theme]:
    """Return term to the theme that it is written in, as far as `served` says the same of it.

    A server may hold another ontology than the files that are at hand here.
    """
    found: dict[str, Theme] = {}
    said = set(served.triples)
    for theme in themes:
        if theme.aligns:
            continue
        for term in terms:
            about = {each for each in theme.statements.about(term) if _is_plain(each)}
            if about and about <= said:
                found.setdefault(term, theme)
    return found


def _is_plain(triple: ox.Triple) -> bool:
    return not any(isinstance(each, ox.BlankNode) for each in (triple.subject, triple.object))
