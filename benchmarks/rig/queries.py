"""Queries of the benchmarks: analysts' look-ups, large tables, one trivial query."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from diplograph.core.names import INFERRED_GRAPH, ROOT

TRIVIAL = "ASK { ?thing a <https://w3id.org/diplograph/ontology#State> }"
PROLOGUE = """PREFIX dg: <https://w3id.org/diplograph/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX status: <https://w3id.org/diplograph/concept/status/>
"""
# Each ends in LIMIT, for a number that makes the text unlike any other and cuts nothing off.
LOOKUPS = {
    "who took part, and for whom": """
SELECT ?participant ?label ?role ?party WHERE {
  ?part dg:participationIn $event ; dg:participant ?participant ; dg:onBehalfOf ?state .
  ?part dg:participationRole ?as . ?as rdfs:label ?role .
  ?participant rdfs:label ?label . ?state rdfs:label ?party
} ORDER BY ?party ?label LIMIT """,
    "events of a person": """
SELECT DISTINCT ?event ?label ?earliest WHERE {
  $person dg:takesPartIn ?event . ?event rdfs:label ?label
  OPTIONAL { ?estimate dg:dateOf ?event ; dg:earliest ?earliest }
} ORDER BY ?event ?earliest LIMIT """,
    "last engagements of a pair of states": """
SELECT ?event ?label ?earliest WHERE {
  ?event dg:engages $one , $other ; rdfs:label ?label .
  ?estimate dg:dateOf ?event ; dg:earliest ?earliest
} ORDER BY DESC(?earliest) ?event LIMIT """,
    "status and dates of an event, with the passage": """
SELECT ?value ?edtf ?modality ?passage ?paragraph WHERE {
  ?record dg:statusOf $event ; dg:statusValue ?value .
  ?reading dg:attests ?record ; dg:modality ?modality ; dg:quotes ?passage .
  ?passage dg:paragraph ?paragraph
  OPTIONAL { ?estimate dg:dateOf $event ; dg:edtf ?edtf . ?reading dg:attests ?estimate }
} ORDER BY ?passage ?edtf LIMIT """,
    "what a report says of an event": """
SELECT ?fact ?label ?modality ?gist WHERE {
  GRAPH $graph {
    ?reading dg:attests $event , ?fact ; dg:modality ?modality ; dg:quotes ?passage .
    ?fact rdfs:label ?label . ?passage dg:gist ?gist
  }
} ORDER BY ?fact ?gist LIMIT """,
    "label and types of a thing": """
SELECT ?label ?type WHERE { $thing rdfs:label ?label ; a ?type } LIMIT """,
    "offices of a person": """
SELECT ?office ?label ?state WHERE {
  ?tenure dg:holder $person ; dg:office ?office .
  ?office rdfs:label ?label ; dg:officeOf ?state
} ORDER BY ?office LIMIT """,
    "what is planned for a state": """
SELECT DISTINCT ?event ?label ?value WHERE {
  ?event dg:engages $state ; rdfs:label ?label .
  ?record dg:statusOf ?event ; dg:statusValue ?value .
  FILTER (?value IN (status:planned, status:scheduled))
} ORDER BY ?event ?value LIMIT """,
}
LARGE_ROWS = 2000
LARGE = """SELECT ?event ?label ?state WHERE {
  ?event dg:engages ?state ; rdfs:label ?label
} OFFSET %d LIMIT 2000 # """
LARGE_WHOLE = "SELECT ?event ?label ?state WHERE { ?event dg:engages ?state ; rdfs:label ?label }"


@dataclass(frozen=True)
class Things:
    """Things of a build that queries can be about, as <iri>; `attested` pairs event and graph."""

    events: list[str]
    persons: list[str]
    states: list[str]
    pairs: list[tuple[str, str]]
    attested: list[tuple[str, str]]


def read_things(folder: Path) -> Things:
    """Return the things in the build in `folder`, sorted."""
    kinds: dict[str, set[str]] = defaultdict(set)
    engaged: dict[str, list[str]] = defaultdict(list)
    attested = set()
    pattern = re.compile(
        rf"(<{re.escape(ROOT)}id/(event|person|state)/[^>]+>) <([^>]+)> (.+) (<.+>) \."
    )
    for line in (folder / "graph.nq").read_text(encoding="utf-8").splitlines():
        if match := pattern.match(line):
            thing, kind, predicate, value, graph = match.groups()
            kinds[kind].add(thing)
            if predicate.endswith("#engages"):
                engaged[thing].append(value)
            if kind == "event" and graph != f"<{INFERRED_GRAPH}>":
                attested.add((thing, graph))
    pairs = {pair for states in engaged.values() for pair in combinations(sorted(states), 2)}
    things = (sorted(kinds[kind]) for kind in ("event", "person", "state"))
    return Things(*things, sorted(pairs), sorted(attested))


def list_lookups(things: Things, count: int, seed: int = 2) -> list[str]:
    """Return `count` look-ups of every kind in turn; a number must follow their LIMIT."""
    chance = random.Random(seed)
    return [fill(text, things, chance) for _ in range(-(-count // 8)) for text in LOOKUPS.values()][
        :count
    ]


def list_large(count: int = 500) -> list[str]:
    """Return `count` queries for 2,000 rows of three columns; all end with a comment sign."""
    return [PROLOGUE + LARGE % place for place in range(count)]


def fill(text: str, things: Things, chance: random.Random) -> str:
    """Return the look-up `text` about things picked at random."""
    event, graph = chance.choice(things.attested)
    one, other = chance.choice(things.pairs)
    picked = {
        "event": event,
        "graph": graph,
        "one": one,
        "other": other,
        "person": chance.choice(things.persons),
        "state": chance.choice(things.states),
        "thing": chance.choice((event, one, chance.choice(things.persons))),
    }
    return PROLOGUE + re.sub(r"\$(\w+)", lambda name: picked[name[1]], text).strip() + " "
