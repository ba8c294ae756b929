"""The invented world with values that no check has seen: junk, scripts, characters that break."""

import random

import pyoxigraph as ox

from diplograph.core.names import ROOT
from diplograph.store.store import Store
from small_build import write_files

OURS = (f"<{ROOT}id/", f"<{ROOT}concept/")
TEXTS = (
    "<script>alert(1)</script>",
    "</script><!-- \"'>&<b>",
    "\u202eevil\u202c",
    "e" + 9 * "\u0301",
    "line\nbreak\r\nX-Evil: y",
    "\x01\x1b[31m\x0b\x7f\u2028",
    "\ufffe\uffff",
    *("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "", "{{7*7}}"),
    20_000 * "x",
)
DATES = ("", "junk", "0000", "-0044", "9999-99", "2025-12-05/2025-01-01", "../..", "9999-12-31")
MOMENTS = (
    *("", "junk", "0000-01-01T00:00:00Z", "-0044-03-15T00:00:00Z", "12025-01-01T00:00:00Z"),
    *("9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2025-01-01T00:00:00"),
)
NUMBERS = ("", "junk", "1e400", "NaN", "INF", "-1", "1.5", "\u0663", "999999999999", 5000 * "1")
IRIS = (
    *("javascript:alert(1)", "JaVaScRiPt:alert(1)", "httpx://evil", "urn:x", "mailto:a@b"),
    *("https://w3id.org/diplograph/id//", "https://w3id.org/diplograph/id/event/a%0d%0ab"),
)


def write_hostile_store(store, folder, seed=7, share=0.3):
    """Return a store in `folder` of what `store` holds, with this share of its values made junk."""
    chance = random.Random(seed)
    quads = sorted(store.match(), key=str)
    spoilt = (_spoil(quad, chance) if chance.random() < share else [quad] for quad in quads)
    lines = {ox.serialize([quad], format=ox.RdfFormat.N_QUADS) for each in spoilt for quad in each}
    return Store.open(write_files(folder, b"".join(sorted(lines)).decode()))


def _spoil(quad, chance):
    """Return what stands for a statement; what says which kind of thing it is stays as it is."""
    subject, predicate, value, graph = quad
    if predicate.value.endswith("#type") or not str(subject).startswith(OURS):
        return [quad]
    if isinstance(value, ox.Literal):
        text = chance.choice(_choose(predicate.value, value.datatype.value))
        kind = {"language": value.language} if value.language else {"datatype": value.datatype}
        return [ox.Quad(subject, predicate, ox.Literal(text, **kind), graph)]
    others = (
        *(ox.NamedNode(iri) for iri in IRIS),
        *(ox.Literal(text) for text in TEXTS[:4]),
        *(subject, ox.BlankNode("b")),
    )
    return [quad, ox.Quad(subject, predicate, chance.choice(others), graph)]


def _choose(predicate, datatype):
    if predicate.endswith("#edtf"):
        return DATES
    if datatype.endswith(("#dateTime", "#date")):
        return MOMENTS
    return TEXTS if datatype.endswith(("#string", "#langString")) else NUMBERS
