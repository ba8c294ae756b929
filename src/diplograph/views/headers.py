"""What an ontology says of itself: title, version, licence, where its terms live."""

from __future__ import annotations

from dataclasses import dataclass

from diplograph.core.names import ONTOLOGY, PREFIXES
from diplograph.views.indexed import Indexed

_DCTERMS, _OWL, _VANN = PREFIXES["dcterms"], PREFIXES["owl"], PREFIXES["vann"]


@dataclass(frozen=True)
class Header:
    """The header of one ontology document; a text is empty where it does not say."""

    iri: str
    title: str
    description: str = ""
    licence: str = ""
    version: str = ""
    version_iri: str = ""
    created: str = ""
    modified: str = ""
    prefix: str = ""
    namespace: str = ""
    imports: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What follows the ontology's own IRI: "core"; empty for the ontology itself.

        >>> Header("https://w3id.org/diplograph/ontology/core", "Core").name
        'core'
        """
        return self.iri.removeprefix(ONTOLOGY).lstrip("/")


def read_header(statements: Indexed, iri: str) -> Header:
    """Return the header of the ontology of that IRI."""
    return Header(
        iri=iri,
        title=statements.text(iri, f"{_DCTERMS}title") or iri,
        description=statements.text(iri, f"{_DCTERMS}description"),
        licence=next(iter(statements.iris(iri, f"{_DCTERMS}license")), ""),
        version=statements.text(iri, f"{_OWL}versionInfo"),
        version_iri=next(iter(statements.iris(iri, f"{_OWL}versionIRI")), ""),
        created=statements.text(iri, f"{_DCTERMS}created"),
        modified=statements.text(iri, f"{_DCTERMS}modified"),
        prefix=statements.text(iri, f"{_VANN}preferredNamespacePrefix"),
        namespace=statements.text(iri, f"{_VANN}preferredNamespaceUri"),
        imports=statements.iris(iri, f"{_OWL}imports"),
    )
