"""Find contradictions under OWL 2 RL, each described in a sentence with file and line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache

import pyoxigraph as ox

from diplograph.build.dataset import Asserted
from diplograph.core.names import PREFIXES, TYPE, compact
from diplograph.core.rdf import Location, Term, read_labels

_RDFS, _XSD = PREFIXES["rdfs"], PREFIXES["xsd"]
_HTML = PREFIXES["rdf"] + "HTML"
_TYPE = ox.NamedNode(TYPE)
_SUBCLASS = ox.NamedNode(_RDFS + "subClassOf")
_PROLOGUE = "".join(f"PREFIX {name}: <{PREFIXES[name]}> " for name in ("owl", "rdf", "rdfs", "xsd"))
# Valid in XSD, but beyond what RDFLib and owlrl can represent.
_UNSUPPORTED = re.compile(r"-|[0-9]{5}|.*T24:00:00|.*\.[0-9]{7}")
_PAIR = "rdf:rest*/rdf:first ?a , ?b . FILTER(STR(?a) < STR(?b))"


_BOTH = "{thing} cannot be both {a} and {b}"
_SAME = "{thing} is said to be the same as {b} and different from it"
_TWICE = "{thing} cannot have {b} both as {property} and as {other}"

# OWL 2 Profiles, section 4.3, tables 4 to 7. owlrl itself misses pairs with a list's last member.
# Name of a rule that ends in `false` to its pattern, and to a sentence for a match. The pattern
# binds ?thing, and what else the sentence names; ?a and ?b are classes where the sentence names
# {a}, else ?property and ?other are the properties that lead to ?b.
CLASH_RULES = {
    "cax-dw": ("?a owl:disjointWith ?b . ?thing a ?a , ?b .", _BOTH),
    "cax-adc": (
        f"?all a owl:AllDisjointClasses ; owl:members ?list . ?list {_PAIR} ?thing a ?a , ?b .",
        _BOTH,
    ),
    "cls-com": ("?a owl:complementOf ?b . ?thing a ?a , ?b .", _BOTH),
    "cls-nothing2": ("?thing a owl:Nothing .", "{thing} cannot exist: it is of class Nothing"),
    "eq-diff1": (
        "?thing owl:sameAs ?b ; owl:differentFrom|^owl:differentFrom ?b . "
        "FILTER(STR(?thing) < STR(?b))",
        _SAME,
    ),
    "eq-diff1-itself": (
        "?thing owl:differentFrom ?thing . BIND(?thing AS ?b) "
        "FILTER NOT EXISTS { ?thing owl:sameAs ?other . FILTER(?other != ?thing) }",
        "{thing} is said to be different from itself",
    ),
    "eq-diff2": (
        "?all a owl:AllDifferent ; owl:members|owl:distinctMembers ?list . "
        "?list rdf:rest*/rdf:first ?thing , ?b . FILTER(STR(?thing) < STR(?b)) "
        "?thing owl:sameAs ?b .",
        _SAME,
    ),
    "prp-irp": (
        "?property a owl:IrreflexiveProperty . ?thing ?property ?thing . BIND(?thing AS ?b)",
        "{thing} cannot have itself as {property}",
    ),
    "prp-asyp": (
        "?property a owl:AsymmetricProperty . ?thing ?property ?b . ?b ?property ?thing . "
        "FILTER(STR(?thing) <= STR(?b))",
        "{thing} and {b} cannot each have the other as {property}",
    ),
    "prp-pdw": (
        "?property owl:propertyDisjointWith ?other . ?thing ?property ?b ; ?other ?b .",
        _TWICE,
    ),
    "prp-adp": (
        "?all a owl:AllDisjointProperties ; owl:members ?list . "
        "?list rdf:rest*/rdf:first ?property , ?other . FILTER(STR(?property) < STR(?other)) "
        "?thing ?property ?b ; ?other ?b .",
        _TWICE,
    ),
    "prp-npa": (
        "?denial owl:sourceIndividual ?thing ; owl:assertionProperty ?property ; "
        "owl:targetIndividual|owl:targetValue ?b . ?thing ?property ?b .",
        "{thing} has {b} as {property}, which is denied elsewhere",
    ),
    "cls-maxc1": (
        "?a owl:maxCardinality ?zero ; owl:onProperty ?property . FILTER(?zero = 0) "
        "?thing a ?a ; ?property ?b .",
        "{thing} may have no {property}, and has {b}",
    ),
    "cls-maxqc1": (
        "?a owl:maxQualifiedCardinality ?zero ; owl:onProperty ?property ; owl:onClass ?class . "
        "FILTER(?zero = 0) ?thing a ?a ; ?property ?b . FILTER EXISTS { "
        "{ ?b a ?class } UNION { FILTER(?class = owl:Thing) } }",
        "{thing} may have no such {property}, and has {b}",
    ),
}


def find_misfits(asserted: Asserted) -> tuple[str, ...]:
    """Return a sentence for each literal that its datatype does not have (rule dt-not-type)."""
    misfits = [
        triple
        for triple in asserted.statements()
        if isinstance(triple.object, ox.Literal) and not fits_datatype(triple.object)
    ]
    if not misfits:
        return ()
    labels = read_labels(asserted.statements())
    return tuple(sorted({_describe_misfit(triple, labels, asserted) for triple in misfits}))


def find_clashes(closure: Iterable[ox.Triple], asserted: Asserted) -> tuple[str, ...]:
    """Return a sentence for each contradiction in `closure`, which is what follows from `asserted`.

    Each names the things by label, what contradicts what, and file and line of the cause.
    """
    store = ox.Store()
    store.extend(ox.Quad(*triple) for triple in closure)
    clashes = []
    for pattern, sentence in CLASH_RULES.values():
        solutions = store.query(f"{_PROLOGUE} SELECT DISTINCT * WHERE {{ {pattern} }}")
        names = [variable.value for variable in solutions.variables]
        clashes += ((sentence, dict(zip(names, row, strict=True))) for row in solutions)
    if not clashes:
        return ()
    labels = read_labels(asserted.statements())
    return tuple(sorted({_describe(*clash, labels, store, asserted) for clash in clashes}))


def _describe_misfit(triple: ox.Triple, labels: Mapping[str, str], asserted: Asserted) -> str:
    value = triple.object
    place = _place(asserted, triple.subject, triple.predicate, value)
    what = f"{_name(triple.predicate, labels)} of {_name(triple.subject, labels)}"
    kind, advice = compact(value.datatype.value), ""
    if value.datatype.value == _XSD + "dateTime" and _UNSUPPORTED.match(value.value):
        form = "a year of four digits, an hour below 24, six decimals at most"
        advice = f" that is read here: write {form}"
    return f"the {what} is {value.value!r}, which is no {kind}{advice}{_at([place])}"


def _name(term: Term, labels: Mapping[str, str]) -> str:
    """Return the label in quotes, else the CURIE; of a literal, its lexical form."""
    if isinstance(term, ox.BlankNode):
        return "an unnamed class"
    if isinstance(term, ox.Literal):
        return repr(term.value)
    label = labels.get(term.value)
    return compact(term.value) if label is None else f"'{label}'"


def _describe(
    sentence: str,
    terms: Mapping[str, Term],
    labels: Mapping[str, str],
    store: ox.Store,
    asserted: Asserted,
) -> str:
    texts = {name: _name(term, labels) for name, term in terms.items()}
    thing = terms["thing"]
    if "{a}" in sentence:
        first, second = sorted((terms["a"], terms["b"]), key=lambda term: _name(term, labels))
        texts |= {"a": _name(first, labels), "b": _name(second, labels)}
        places = [_find_cause(thing, kind, store, asserted) for kind in (first, second)]
    else:
        predicates = [terms[name] for name in ("property", "other") if name in terms]
        places = [_place(asserted, thing, predicate, terms["b"]) for predicate in predicates]
    places = places if any(places) else [_place(asserted, thing)]
    return sentence.format(**texts) + _at(places)


def _find_cause(
    thing: ox.NamedNode, kind: ox.NamedNode, store: ox.Store, asserted: Asserted
) -> Location | None:
    """Return where `thing` is made a `kind`: by its type, or by a property's domain or range."""
    kinds = {kind} | {quad.subject for quad in store.quads_for_pattern(None, _SUBCLASS, kind)}
    statements = sorted(asserted.statements(), key=str)
    for triple in statements:
        if triple.subject == thing and triple.predicate == _TYPE and triple.object in kinds:
            return _place(asserted, thing, _TYPE, triple.object)
    for role, end in (("domain", "subject"), ("range", "object")):
        properties = {
            quad.subject
            for wider in kinds
            for quad in store.quads_for_pattern(None, ox.NamedNode(_RDFS + role), wider)
        }
        for triple in statements:
            if getattr(triple, end) == thing and triple.predicate in properties:
                return _place(asserted, triple.subject, triple.predicate, triple.object)
    return None


def _place(asserted: Asserted, *statement: Term) -> Location | None:
    """Return where a subject, its predicate, or that value of it is written."""
    subject, *others = statement
    if isinstance(subject, ox.BlankNode):
        return asserted.locate_blank(subject, *(term.value for term in others))
    return asserted.locate(*(term.value for term in statement))


def _at(places: Iterable[Location | None]) -> str:
    listed = list(dict.fromkeys(str(place) for place in places if place))
    return f" ({' and '.join(listed)})" if listed else ""


@cache
def _list_readers() -> dict[str, list[Callable[[str], object]]]:
    """Return the parsers of each datatype, those of owlrl and RDFLib: either lets some pass."""
    from owlrl.DatatypeHandling import AltXSDToPYTHON
    from rdflib.term import XSDToPython

    readers: dict[str, list[Callable[[str], object]]] = {}
    for table in (AltXSDToPYTHON, XSDToPython):
        for datatype, read in table.items():
            # Any text is an rdf:HTML, whatever the library that RDFLib asks says.
            if read is not None and str(datatype) != _HTML:
                readers.setdefault(str(datatype), []).append(read)
    return readers


def fits_datatype(value: ox.Literal) -> bool:
    """Return whether the text of `value` is one of its datatype, as far as it is known."""
    try:
        for read in _list_readers().get(value.datatype.value, ()):
            read(value.value)
    except (ValueError, ArithmeticError, LookupError):  # the last of an empty text
        return False
    return True
