"""Find codes of states that are not theirs alone, and outside identifiers in another form.

A collection gives one IRI to a thing; the pages about it, and http for https, are other IRIs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations

import pyoxigraph as ox

from diplograph.build.faults import Fault
from diplograph.core.names import PREFIXES

_MATCH = PREFIXES["dg"] + "externalMatch"
_CODES = tuple(PREFIXES["dg"] + local for local in ("alpha2Code", "alpha3Code", "m49Code"))
_END = r"(?:\.[a-z0-9]+)?/?(?:[?#].*)?"


def _write_isni(key: str) -> str:
    return re.sub("%20|-", "", key).upper()


# Form of an identifier, in brackets what it shares with the IRI that its collection gives, to that
# IRI and to how the shared part is written in it.
# Sources: Wikidata:Data access (concept URIs); GeoNames, documentation of its ontology; VIAF,
# "linked data"; isni.org/page/linked-data; lobid.org and d-nb.info on GND; id.loc.gov, "technical
# center"; ORCID, "structure of the ORCID identifier"; ROR, "identifiers".
_FORMS: dict[str, tuple[str, Callable[[str], str]]] = {
    r"(?:www\.|m\.)?wikidata\.org/(?:entity|wiki(?:/Special:Entity(?:Data|Page))?)/(Q[0-9]+)"
    + _END: ("http://www.wikidata.org/entity/{}", str.upper),
    r"(?:www\.|m\.)?wikidata\.org/w/index\.php\?(?:.*&)?title=(Q[0-9]+)(?:[&#].*)?": (
        "http://www.wikidata.org/entity/{}",
        str.upper,
    ),
    r"(?:www\.|sws\.|m\.)?geonames\.org/([0-9]+)(?:/.*|[?#].*)?": (
        "https://sws.geonames.org/{}/",
        str,
    ),
    r"(?:www\.)?viaf\.org/(?:[a-z]{2}/)?viaf/([0-9]+)(?:/.*|[?#].*)?": (
        "http://viaf.org/viaf/{}",
        str,
    ),
    r"(?:www\.)?isni\.org/(?:isni/|page/)?((?:[0-9]{4}(?:%20|-)?){3}[0-9]{3}[0-9X])" + _END: (
        "https://isni.org/isni/{}",
        _write_isni,
    ),
    r"d-nb\.info/gnd/([0-9X-]+)(?:/.*|[?#].*)?": ("https://d-nb.info/gnd/{}", str.upper),
    r"id\.loc\.gov/(authorities/[a-z]+/[a-z]+[0-9]+)" + _END: ("http://id.loc.gov/{}", str.lower),
    r"(?:www\.)?orcid\.org/((?:[0-9]{4}-){3}[0-9]{3}[0-9X])" + _END: (
        "https://orcid.org/{}",
        str.upper,
    ),
    r"(?:www\.)?ror\.org/(0[a-z0-9]{8})" + _END: ("https://ror.org/{}", str.lower),
    r"(?:[a-z]{2,3}\.)?dbpedia\.org/(?:page|data|resource)/([^?#]+?)(?:\.[a-z]+)?(?:[?#].*)?": (
        "http://dbpedia.org/resource/{}",
        str,
    ),
}
_READERS = [
    (re.compile(rf"https?://{form}", re.IGNORECASE), canonical, write_key)
    for form, (canonical, write_key) in _FORMS.items()
]
_WIKIPEDIA = re.compile(r"https?://[a-z-]+\.(?:m\.)?wikipedia\.org/.*", re.IGNORECASE)
_ITEM = "http://www.wikidata.org/entity/Q…, of the Wikidata item that the page links to"


def make_canonical(iri: str) -> str:
    """Return the IRI that its collection gives to what `iri` is about, else `iri` itself."""
    for form, canonical, write_key in _READERS:
        match = form.fullmatch(iri)
        if match:
            return canonical.format(write_key(match[1]))
    return iri


def find_wrong_codes(statements: Iterable[ox.Triple]) -> Iterator[Fault]:
    """Yield pairs of states with one code, and states whose IRIs do not end with their codes."""
    states: dict[str, set[str]] = {}
    for triple in sorted(
        (triple for triple in statements if triple.predicate.value in _CODES), key=str
    ):
        state, path, code = triple.subject.value, triple.predicate.value, triple.object.value
        states.setdefault(code, set()).add(state)
        if path == _CODES[1] and not state.endswith(f"/{code}"):
            yield Fault("State-slug", state, path, code)
    pairs = {pair for group in states.values() for pair in combinations(sorted(group), 2)}
    yield from (Fault("State-same-code", one, _CODES[1], other) for one, other in sorted(pairs))


def find_page_matches(statements: Iterable[ox.Triple]) -> Iterator[Fault]:
    """Yield outside identifiers in another form, and two things that one is matched with so."""
    matches: dict[str, set[tuple[str, str]]] = {}
    for triple in statements:
        if triple.predicate.value == _MATCH and isinstance(triple.object, ox.NamedNode):
            outside = triple.object.value
            pairs = matches.setdefault(make_canonical(outside), set())
            pairs.add((triple.subject.value, outside))
    for canonical, pairs in sorted(matches.items()):
        for outside in sorted({outside for _, outside in pairs} - {canonical}):
            yield Fault("ExternalMatch-page", outside, _MATCH, canonical)
        if _WIKIPEDIA.fullmatch(canonical):
            yield Fault("ExternalMatch-page", canonical, _MATCH, _ITEM)
        yield from _find_shared(pairs)


def _find_shared(pairs: set[tuple[str, str]]) -> Iterator[Fault]:
    """Yield pairs of things with different forms of one identifier; SHACL finds equal forms."""
    forms: dict[str, set[str]] = {}
    for thing, form in pairs:
        forms.setdefault(thing, set()).add(form)
    for one, other in combinations(sorted(forms), 2):
        if forms[one].isdisjoint(forms[other]):
            yield Fault("ExternalMatch-same", min(forms[one]), _MATCH, other)
