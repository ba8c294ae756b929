"""Tables of formats: RDF statements, query results, and the profiles that statements can be put in.

A format that Oxigraph writes needs one entry here; for any other, `serialization.write_statements`
needs a writer too. Nothing is imported that takes time: the command line reads its choices here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from diplograph.core.errors import UsageError
from diplograph.core.names import PREFIXES, expand

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyoxigraph as ox


@dataclass(frozen=True)
class Format:
    """One way to write statements or results.

    `graphs` says that it keeps named graphs apart, `prefixes` that it abbreviates IRIs; `aliases`
    are other names of it in a request's `format` parameter. `rdf12`: it carries triple terms and
    the directions of texts.
    """

    name: str
    title: str
    media_type: str
    suffix: str
    graphs: bool = False
    prefixes: bool = False
    aliases: tuple[str, ...] = ()
    rdf12: bool = True

    @property
    def serializer(self) -> ox.RdfFormat | ox.QueryResultsFormat:
        """Oxigraph's name of the format."""
        import pyoxigraph as ox

        table = ox.RdfFormat if self.name in STATEMENTS else ox.QueryResultsFormat
        return table.from_media_type(self.media_type)


STATEMENTS = {
    form.name: form
    for form in (
        Format("turtle", "Turtle", "text/turtle", "ttl", prefixes=True),
        Format("ntriples", "N-Triples", "application/n-triples", "nt"),
        Format(
            "jsonld",
            "JSON-LD",
            "application/ld+json",
            "jsonld",
            aliases=("json", "json-ld"),
            rdf12=False,
        ),
        Format(
            "rdfxml",
            "RDF/XML",
            "application/rdf+xml",
            "rdf",
            prefixes=True,
            aliases=("xml",),
            rdf12=False,
        ),
        Format("trig", "TriG", "application/trig", "trig", graphs=True, prefixes=True),
        Format("nquads", "N-Quads", "application/n-quads", "nq", graphs=True),
    )
}
# Those that lose nothing of a single graph.
TRIPLE_FORMATS = tuple(form for form in STATEMENTS.values() if not form.graphs)

RESULTS = {
    form.name: form
    for form in (
        Format("json", "JSON", "application/sparql-results+json", "srj"),
        Format("xml", "XML", "application/sparql-results+xml", "srx"),
        Format("csv", "CSV", "text/csv", "csv"),
        Format("tsv", "TSV", "text/tab-separated-values", "tsv"),
    )
}

# Other media types that clients send, with the format of results and of statements they mean. An
# answer names the type that was asked for. Among types that a client likes equally, the first wins.
MEDIA_TYPE_ALIASES: Mapping[str, tuple[str | None, str | None]] = {
    "application/json": ("json", "jsonld"),
    "application/xml": ("xml", "rdfxml"),
    "text/xml": ("xml", "rdfxml"),
    "application/x-turtle": (None, "turtle"),
    "text/n3": (None, "turtle"),
    "text/plain": (None, "ntriples"),
}

SCHEMA_PROFILE = PREFIXES["schema"]
ASSERTED_PROFILE = "asserted"
# As which properties the names that other collections have for things can be exported.
SAME_AS: Mapping[str, str] = {name: expand(name) for name in ("owl:sameAs", "skos:exactMatch")}
# Profile to the beginnings of the IRIs of its terms; terms of ours may stand beside them.
# `asserted` translates nothing: it leaves out what was inferred.
PROFILES: Mapping[str, tuple[str, ...]] = {
    "schema.org": (SCHEMA_PROFILE,),
    "prov": tuple(PREFIXES[prefix] for prefix in ("prov", "oa", "org", "sem", "foaf")),
    ASSERTED_PROFILE: (),
}


def choose_format(table: Mapping[str, Format], name: str) -> Format:
    """Return the format called `name` in STATEMENTS or RESULTS; raises UsageError."""
    if name not in table:
        raise UsageError(f"this cannot be written as {name!r}: choose {', '.join(table)}")
    return table[name]


def choose_profile(name: str) -> str:
    """Return `name` where it is one of PROFILES; raises UsageError with the choices."""
    if name not in PROFILES:
        listed = ", ".join(PROFILES)
        raise UsageError(f"there is no profile {name[:100]!r}: choose one of {listed}")
    return name
