"""Tables of prefixes and of named graphs, and the conversion between CURIEs and IRIs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from diplograph.core.errors import UnknownPrefix

ROOT = "https://w3id.org/diplograph/"
ONTOLOGY = ROOT + "ontology"

# Kinds: the first part of an IRI after id/. They are prefixes too, so this table is in Python: a
# prefix has to be known before any file is read. Titles and order come from the ontology.
ENTITY_KINDS = (
    "agreement body city delegation document forum group media office organ organization"
    " partnership person region series state"
).split()
FACT_KINDS = (
    "agenda-item concern date-estimate event link membership participation quantity-estimate"
    " sanction stage stance status-record tenure"
).split()
SOURCE_KINDS = "attestation passage report".split()
DERIVED_KINDS = ["event-state"]
KINDS = (*ENTITY_KINDS, *FACT_KINDS, *SOURCE_KINDS, *DERIVED_KINDS)
CONCEPT_SCHEMES = (
    "agreement-kind agreement-stage conduct-kind context-kind date-role document-kind event-kind"
    " evidentiality meeting-medium membership-kind modality office-kind organization-kind"
    " participation-role status topic trend unit visit-kind world-region"
).split()

# Prefixes of things that belong to one report: passage-<slug>: and attestation-<slug>:.
REPORT_KINDS = ("attestation", "passage")

PREFIXES = {
    "dg": ONTOLOGY + "#",
    "dgc": ROOT + "concept/",
    "graph": ROOT + "graph/",
    "shape": ROOT + "shape/",
    "query": ROOT + "query/",
    "rule": ROOT + "rule/",
    "prefix": ROOT + "prefix/",
    **{kind: f"{ROOT}id/{kind}/" for kind in KINDS},
    **{scheme: f"{ROOT}concept/{scheme}/" for scheme in CONCEPT_SCHEMES},
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "oa": "http://www.w3.org/ns/oa#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "sem": "http://semanticweb.cs.vu.nl/2009/11/sem/",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vann": "http://purl.org/vocab/vann/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

ONTOLOGY_GRAPH = PREFIXES["graph"] + "ontology"
REFERENCE_GRAPH = PREFIXES["graph"] + "reference"
INFERRED_GRAPH = PREFIXES["graph"] + "inferred"
DERIVED_GRAPH = PREFIXES["graph"] + "derived"
RULES_GRAPH = PREFIXES["graph"] + "rules"
SHAPES_GRAPH = PREFIXES["graph"] + "shapes"
QUESTIONS_GRAPH = PREFIXES["graph"] + "questions"

TYPE = PREFIXES["rdf"] + "type"
LABEL = PREFIXES["rdfs"] + "label"
FACT = PREFIXES["dg"] + "Fact"

# Labels that vocabularies give properties of theirs, for those that the ontology does not declare.
_VOCABULARY_LABELS = {
    "dcterms": {"issued": "Date Issued", "language": "Language", "source": "Source"},
    "owl": {"sameAs": "same as", "versionInfo": "version information"},
    "rdfs": {"comment": "comment", "isDefinedBy": "is defined by", "seeAlso": "see also"},
    "skos": {
        "altLabel": "alternative label",
        "broadMatch": "has broader match",
        "changeNote": "change note",
        "closeMatch": "has close match",
        "exactMatch": "has exact match",
        "hiddenLabel": "hidden label",
        "historyNote": "history note",
        "narrowMatch": "has narrower match",
        "notation": "notation",
        "note": "note",
        "prefLabel": "preferred label",
        "related": "has related",
        "relatedMatch": "has related match",
    },
}
VOCABULARY_LABELS = {
    PREFIXES[prefix] + name: label
    for prefix, labels in _VOCABULARY_LABELS.items()
    for name, label in labels.items()
} | {ONTOLOGY: "Diplograph ontology"}

# Parts of the graph that can be exported or downloaded as a whole, by name, with their titles.
SELECTIONS = {
    "asserted": "Reports and reference data",
    "inferred": "Complete graph with inferences",
    "ontology": "Ontology only",
    "questions": "Questions and prefixes for query editors",
}


@dataclass(frozen=True)
class NamedGraph:
    """A named graph: its selections, whether the default graph has it, what the service says."""

    selections: tuple[str, ...] = ("asserted", "inferred")
    comment: str = ""
    default: bool = True


# A graph that is not in this table holds one report (or comes from elsewhere).
NAMED_GRAPHS = {
    ONTOLOGY_GRAPH: NamedGraph(("inferred", "ontology")),
    REFERENCE_GRAPH: NamedGraph(),
    INFERRED_GRAPH: NamedGraph(
        ("inferred",),
        "What follows from the other graphs by the rules of OWL 2 RL, as it was built.",
    ),
    DERIVED_GRAPH: NamedGraph(
        ("inferred",),
        "What the rules in the graph of rules make of the other graphs, as it was built.",
    ),
    RULES_GRAPH: NamedGraph(
        ("inferred",),
        "The rules, as SPARQL CONSTRUCT, that made what is in the graph of what is derived.",
    ),
    QUESTIONS_GRAPH: NamedGraph(
        ("questions",),
        "Questions to ask and prefixes to ask with, as editors of queries read them.",
    ),
    SHAPES_GRAPH: NamedGraph(
        (),
        "The SHACL shapes that the other graphs keep; they are no part of the default.",
        default=False,
    ),
}
_REPORT_GRAPH = NamedGraph()

_LOCAL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?")
_SLASHED = re.compile(rf"{_LOCAL.pattern}(?:/{_LOCAL.pattern})*")
_REPORT_IRI = re.compile(
    rf"{re.escape(ROOT)}id/(?P<kind>{'|'.join(REPORT_KINDS)})/(?P<slug>{_LOCAL.pattern})/"
)


def in_default_graph(graph: str) -> bool:
    """Return whether the default graph, the union of all but the shapes, has that named graph."""
    return NAMED_GRAPHS.get(graph, _REPORT_GRAPH).default


def is_selected(graph: str, selection: str) -> bool:
    """Return whether the named graph of that IRI belongs to that one of SELECTIONS."""
    return selection in NAMED_GRAPHS.get(graph, _REPORT_GRAPH).selections


def report_graph(slug: str) -> str:
    """Return the IRI of the graph that holds the facts of the report called `slug`."""
    return f"{PREFIXES['graph']}report/{slug}"


def is_report_graph(graph: str) -> bool:
    """Return whether that is the IRI of the graph of one report."""
    return graph.startswith(report_graph(""))


def is_slug(text: str) -> bool:
    """Return whether `text` can be the last part of our IRIs, of addresses and of prefixes."""
    return bool(_LOCAL.fullmatch(text))


def report_prefixes(slug: str) -> dict[str, str]:
    """Return the two prefixes of one report's passages and attestations, prefix to IRI."""
    return {f"{kind}-{slug}": f"{PREFIXES[kind]}{slug}/" for kind in REPORT_KINDS}


def prefix_iri(prefix: str) -> str:
    """Return the IRI of a prefix that `split` returned: one of PREFIXES, or of a report."""
    return PREFIXES.get(prefix) or report_prefixes(prefix.partition("-")[2])[prefix]


@lru_cache(maxsize=16_384)  # a graph's IRIs come again in every format
def split(iri: str) -> tuple[str, str] | None:
    """Return (prefix, local name) such that Turtle can write it, or None where it must be <iri>."""
    match = _REPORT_IRI.match(iri)
    prefixes = report_prefixes(match["slug"]) if match else PREFIXES
    candidates = [(p, iri[len(base) :]) for p, base in prefixes.items() if iri.startswith(base)]
    for prefix, local in sorted(candidates, key=lambda pair: len(pair[1])):
        if _LOCAL.fullmatch(local):
            return prefix, local
    return None


def compact(iri: str) -> str:
    """Return the CURIE of `iri` as Turtle writes it, or `<iri>` where no prefix fits."""
    parts = split(iri)
    return f"{parts[0]}:{parts[1]}" if parts else f"<{iri}>"


def name_severity(iri: str) -> str:
    """Return how a severity is called: the local name of one of SHACL, the CURIE of another."""
    base = PREFIXES["sh"]
    return iri.removeprefix(base) if iri.startswith(base) else compact(iri)


def expand(text: str) -> str:
    """Return the IRI that a CURIE, a bracketed IRI or a plain IRI stands for.

    `passage:moscow-talks/4` and `passage-moscow-talks:4` both name passage 4 of that report.
    Raises UnknownPrefix when `text` is a CURIE of no known prefix.
    """
    text = text.strip()
    if text.startswith("<") and text.endswith(">"):
        return text[1:-1]
    prefix, colon, local = text.partition(":")
    if local.startswith("//"):
        return text
    if colon and prefix in PREFIXES:
        return PREFIXES[prefix] + local
    kind, dash, slug = prefix.partition("-")
    if colon and dash and kind in REPORT_KINDS and slug:
        return report_prefixes(slug)[prefix] + local
    raise UnknownPrefix(f"{text!r} has a prefix that is not in the table: {prefix!r}")


def is_curie(text: str) -> bool:
    """Return whether `text` has the form of a CURIE with a known prefix."""
    prefix, colon, local = text.partition(":")
    known = prefix in PREFIXES or prefix.partition("-")[0] in REPORT_KINDS
    return bool(colon) and known and bool(_SLASHED.fullmatch(local))
