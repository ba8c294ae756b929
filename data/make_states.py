"""Make data/states.ttl: the 193 members of the United Nations, from packages and states.toml.

    npm install --prefix FOLDER cldr-core cldr-localenames-full world-atlas
    python -m pip install --no-deps countryinfo
    python data/make_states.py FOLDER/node_modules

The versions are those of package.json and constraints.txt; the same ones give the same file.
Outside identifiers and their evidence are taken over from the file as it is.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from importlib import metadata
from itertools import pairwise
from math import asin, ceil, cos, floor, radians, sin, sqrt
from pathlib import Path

import pyoxigraph as ox

from diplograph.core.home import Home
from diplograph.core.names import PREFIXES
from diplograph.turtle import tidy

ROOT = Path(__file__).resolve().parents[1]
STATES = ROOT / "data" / "states.ttl"
LANGUAGES = ("ar", "es", "fr", "ru", "zh")  # of the United Nations, besides English
KEPT = {ox.NamedNode(PREFIXES["dg"] + local) for local in ("externalMatch", "idEvidence")}
ISLANDS_CUT = "\u043e-\u0432\u0430"  # as CLDR abbreviates the Russian word
ISLANDS = "\u043e\u0441\u0442\u0440\u043e\u0432\u0430"
GRIDS = (0.5, 0.1, 0.05, 0.01)  # degrees
NOTE = "Codes and names of Unicode CLDR; capital and demonym of countryinfo, corrected."
HEADER = """\
<https://w3id.org/diplograph/data/states>
    a owl:Ontology ;
    dcterms:title "Diplograph data: states"@en ;
    dcterms:description "The members of the United Nations: codes, regions, names, capitals."@en ;
    dcterms:license <https://creativecommons.org/licenses/by/4.0/> ;
    dcterms:creator <https://w3id.org/diplograph/contributors> ;
    dcterms:created "2026-11-22" ;
    dcterms:modified "2026-11-30" ;
    skos:editorialNote "Made by data/make_states.py: do not edit it here. Membership, ISO 3166-1 and UN M49 codes, regions and names in six languages: npm cldr-core and cldr-localenames-full (Unicode-3.0). Capitals and demonyms: PyPI countryinfo (MIT). Other English names, and what is stale or ambiguous there: by hand, in data/states.toml. The point is not the capital: of a grid of half degrees it is the one farthest from the outline of the largest part in Natural Earth 1:110m countries (public domain), as in npm world-atlas; for a state that is too small for it, of a finer grid and in 1:10m countries."@en ;
    owl:imports <https://w3id.org/diplograph/ontology> .
"""  # noqa: E501

Point = tuple[float, float]  # degrees east, degrees north
Ring = list[Point]


def main(modules: Path) -> None:
    """Write the file from the npm packages in the folder `modules`."""
    STATES.write_text(write_states(modules, STATES.read_text(encoding="utf-8")), encoding="utf-8")


def write_states(modules: Path, former: str) -> str:
    """Return the text of the file; `former` has the outside identifiers to keep."""
    subjects = [HEADER, *(write_state(*state) for state in read_states(modules))]
    kept = [
        f"{quad.triple} ."
        for quad in ox.parse(former, format=ox.RdfFormat.TURTLE)
        if quad.predicate in KEPT
    ]
    wanted = ("city", "dcterms", "dg", "world-region", "owl", "rdfs", "skos", "state")
    prefixes = [f"@prefix {name}: <{PREFIXES[name]}> ." for name in wanted]
    return tidy("\n".join([*prefixes, *subjects, *kept]), file=STATES, home=Home.find(ROOT))


def write_state(code: str, record: dict) -> str:
    """Return the statements of the state with that alpha-3 code."""
    statements = ["a owl:NamedIndividual , dg:State"]
    for name, values in record.items():
        for value in values if isinstance(values, list) else [values]:
            statements.append(f"{name} {value if name in _PLAIN else _quote(value)}")
    statements.append(f'dg:sourceNote "{NOTE}"@en')
    return f"state:{code} {' ; '.join(statements)} ."


_PLAIN = ("dg:latitude", "dg:longitude", "dg:worldRegion")
_CODES = ("dg:alpha2Code", "dg:alpha3Code", "dg:m49Code")


def _quote(value: str | tuple[str, str]) -> str:
    text, language = value if isinstance(value, tuple) else (value, "")
    return json.dumps(text, ensure_ascii=False) + (f"@{language}" if language else "")


# ---- names and codes ----------------------------------------------------------------------------


def read_states(modules: Path) -> list[tuple[str, dict]]:
    """Return alpha-3 code and values by property of each state, by code; values are to be quoted.

    Raises KeyError for a state that a package or a region lacks.
    """
    corrections = tomllib.loads((Path(__file__).parent / "states.toml").read_text("utf-8"))
    codes = _read_supplemental(modules, "codeMappings")
    containment = _read_supplemental(modules, "territoryContainment")
    names = {language: _read_names(modules, language) for language in ("en", *LANGUAGES)}
    countries, outlines = read_countries(), Outlines(modules)
    states = []
    for alpha2 in containment["UN"]["_contains"]:
        alpha3, m49 = codes[alpha2]["_alpha3"], codes[alpha2]["_numeric"]
        hand, country = corrections.pop(alpha3, {}), countries[alpha2]
        label, others = name_state(alpha2, names, hand)
        longitude, latitude = outlines.find_point(m49)
        record = {
            "rdfs:label": (label, "en"),
            "skos:altLabel": others,
            "dg:alpha2Code": alpha2,
            "dg:alpha3Code": alpha3,
            "dg:m49Code": m49,
            "dg:worldRegion": f"world-region:{find_region(alpha2, containment)}",
            "dg:capitalName": _in_english(hand.get("capitals") or [country["capital"]]),
            "dg:demonym": _in_english(hand.get("demonyms") or [country["demonym"]]),
            "dg:latitude": latitude,
            "dg:longitude": longitude,
        }
        states.append((alpha3, record))
    if corrections:
        raise KeyError(f"states.toml corrects what is no state: {', '.join(corrections)}")
    return sorted(states, key=lambda state: state[0])


def name_state(alpha2: str, names: dict, hand: dict) -> tuple[str, list[tuple[str, str]]]:
    """Return the English label and the other names of a state, each with its language."""
    label = hand.get("label") or names["en"][alpha2]
    others = [(name, "en") for name in hand.get("names", [])]
    for language in LANGUAGES:
        for form in ("", "-alt-short", "-alt-variant"):
            written = names[language].get(alpha2 + form, "")
            others += [(name, language) for name in _split_name(written)]
    return label, list(dict.fromkeys(others))


def find_region(alpha2: str, containment: dict) -> str:
    """Return the M49 code of the smallest region that contains the state."""
    [code] = [
        code
        for code, entry in containment.items()
        if re.fullmatch(r"\d{3}", code) and alpha2 in entry["_contains"]
    ]
    return code


def read_countries() -> dict[str, dict]:
    """Return the records of countryinfo by alpha-2 code."""
    folder = Path(str(metadata.distribution("countryinfo").locate_file("countryinfo/data")))
    records = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]
    return {record["ISO"]["alpha2"]: record for record in records}


def _in_english(names: list[str]) -> list[tuple[str, str]]:
    return [(name, "en") for name in names]


def _split_name(written: str) -> list[str]:
    """Return the names in one of CLDR's: a second one stands in brackets, islands are cut short."""
    written = written.replace(ISLANDS_CUT, ISLANDS).replace("\u2019", "'")
    outer, _, inner = written.partition(" (")
    if inner and len(inner) > 4:  # not of Congo (RDC)
        return [outer, inner.rstrip(")")] if "Congo" not in outer else []
    return [written] if written else []


def _read_supplemental(modules: Path, name: str) -> dict:
    path = modules / "cldr-core" / "supplemental" / f"{name}.json"
    return json.loads(path.read_text("utf-8"))["supplemental"][name]


def _read_names(modules: Path, language: str) -> dict[str, str]:
    path = modules / "cldr-localenames-full" / "main" / language / "territories.json"
    return json.loads(path.read_text("utf-8"))["main"][language]["localeDisplayNames"][
        "territories"
    ]


# ---- points -------------------------------------------------------------------------------------


class Outlines:
    """The outlines of countries in world-atlas, by M49 code, at both scales."""

    def __init__(self, modules: Path) -> None:
        self._parts = [read_outlines(modules, scale) for scale in ("110m", "10m")]

    def find_point(self, m49: str) -> Point:
        """Return the point of the largest part that is farthest from its outline."""
        for parts, grids in zip(self._parts, (GRIDS[:1], GRIDS), strict=True):
            for grid in grids if m49 in parts else ():
                largest = max(parts[m49], key=lambda rings: measure_area(rings[0]))
                points = list_inside(largest, grid)
                if points:
                    vertices = [vertex for ring in largest for vertex in ring]
                    longitude, latitude = max(
                        points, key=lambda point: min(measure(point, other) for other in vertices)
                    )
                    return round((longitude + 180) % 360 - 180, 2), latitude
        raise KeyError(m49)


def read_outlines(modules: Path, scale: str) -> dict[str, list[list[Ring]]]:
    """Return the parts of each country: an outer ring and those of its lakes."""
    topology = json.loads((modules / "world-atlas" / f"countries-{scale}.json").read_text("utf-8"))
    arcs = [_read_arc(arc, topology["transform"]) for arc in topology["arcs"]]
    parts: dict[str, list[list[Ring]]] = {}
    for geometry in topology["objects"]["countries"]["geometries"]:
        polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        rings = [[_join(arcs, ring) for ring in polygon] for polygon in polygons]
        parts.setdefault(geometry.get("id", ""), []).extend(rings)
    return parts


def _read_arc(arc: list, transform: dict) -> Ring:
    x = y = 0
    points = []
    for step in arc:
        x, y = x + step[0], y + step[1]
        places = zip((x, y), transform["scale"], transform["translate"], strict=True)
        points.append(tuple(place * scale + start for place, scale, start in places))
    return points


def _join(arcs: list[Ring], numbers: list[int]) -> Ring:
    """Return the ring of these arcs (~n: n backwards), unrolled where it crosses longitude 180."""
    ring: Ring = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        ring += arc[1:] if ring else arc
    turns, unrolled = 0, ring[:1]
    for (before, _), (after, north) in pairwise(ring):
        turns += (before - after > 180) - (after - before > 180)
        unrolled.append((after + 360 * turns, north))
    return unrolled


def measure_area(ring: Ring) -> float:
    """Return the area in square degrees."""
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))) / 2


def list_inside(rings: list[Ring], grid: float) -> list[Point]:
    """Return the points of a grid of so many degrees inside the outer ring and in no other."""
    east, north = zip(*rings[0], strict=True)
    columns = range(ceil(min(east) / grid), floor(max(east) / grid) + 1)
    rows = range(ceil(min(north) / grid), floor(max(north) / grid) + 1)
    points = [(round(x * grid, 2), round(y * grid, 2)) for y in rows for x in columns]
    return [point for point in points if _is_inside(rings, point)]


def _is_inside(rings: list[Ring], point: Point) -> bool:
    east, north = point
    crossings = 0
    for ring in rings:
        for (x, y), (next_x, next_y) in pairwise(ring):
            if (y > north) != (next_y > north):
                crossings += east < (next_x - x) * (north - y) / (next_y - y) + x
    return crossings % 2 == 1


def measure(one: Point, other: Point) -> float:
    """Return the angle in radians between two points on a sphere."""
    (east, north), (other_east, other_north) = (
        tuple(map(radians, point)) for point in (one, other)
    )
    height, width = sin((north - other_north) / 2), sin((east - other_east) / 2)
    return 2 * asin(sqrt(height**2 + cos(north) * cos(other_north) * width**2))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(
            "give one folder: the node_modules with the npm packages of tests/data/package.json"
        )
    main(Path(sys.argv[1]))
