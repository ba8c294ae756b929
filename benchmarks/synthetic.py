"""Writes a synthetic build in the project's vocabulary, as dense as real reports, from a seed.

The folder holds what a build holds (graph.nq, findings.json, build.json) and union.nq: the same
statements with the default graph's union written out, for engines that do not make it themselves.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from functools import cache
from pathlib import Path

import pyoxigraph as ox
from rig.closure import Statement, close, read_ontology, read_rules
from rig.synthetic_world import World

from diplograph.build.dataset import Asserted
from diplograph.build.derive import derive
from diplograph.build.reason import Reasoned
from diplograph.build.rules import make_rule
from diplograph.core.errors import UnreadableFile
from diplograph.core.home import Home
from diplograph.core.names import DERIVED_GRAPH, INFERRED_GRAPH, ONTOLOGY_GRAPH, expand
from diplograph.store.build_files import make_record, read_findings, verify_build

ONTOLOGY = Path(__file__).parents[1] / "ontology"
STATEMENTS, SEED = 200_000, 1
SAMPLE = 12  # reports by which the statements of one report are estimated


def main(arguments: list[str] | None = None) -> int:
    """Write the folder and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=Path(".diplograph/synthetic"))
    parser.add_argument("--statements", type=int, default=STATEMENTS, help="about how many")
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args(arguments)
    record = write_build(given.folder, given.statements, given.seed)
    print(f"{given.folder}: {record['statements']:,} statements, {record['content'][:12]}")
    return 0


def ensure_build(folder: Path, statements: int = STATEMENTS, seed: int = SEED) -> Path:
    """Return `folder` with the build of this size and seed, written where it is missing."""
    wanted = f"synthetic, {statements} statements, seed {seed}"
    try:
        read_findings(folder)
        record = verify_build(folder)
    except UnreadableFile:
        record = {}
    if record.get("inputs") != wanted or not (folder / "union.nq").exists():
        write_build(folder, statements, seed)
    return folder


def write_build(folder: Path, statements: int = STATEMENTS, seed: int = SEED) -> dict:
    """Write the build into `folder` and return its record, as build.json has it."""
    graphs = generate(statements, seed)
    named = sorted(
        f"{_term(s)} {_term(p)} {_term(o)} <{graph}> .\n"
        for graph, triples in graphs.items()
        for s, p, o in triples
    )
    union = sorted({" ".join(line.rsplit(" ", 2)[:1]) + " .\n" for line in named})
    content = "".join(named).encode()
    findings = b"[]\n"
    record = {
        **make_record(content, findings),
        "inputs": f"synthetic, {statements} statements, seed {seed}",
        "as_of": None,
        "software": "synthetic",
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "graph.nq").write_bytes(content)
    (folder / "union.nq").write_bytes(content + "".join(union).encode())
    (folder / "findings.json").write_bytes(findings)
    (folder / "build.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return record


def generate(statements: int = STATEMENTS, seed: int = SEED) -> dict[str, set[Statement]]:
    """Return about that many statements by graph, terms as CURIEs; equal for an equal seed."""
    ontology = read_ontology(ONTOLOGY)
    rules = read_rules(ontology)
    words = {
        tuple(str(term) for term in quad.triple)
        for quad in ontology
        if not any(isinstance(term, ox.BlankNode) for term in quad.triple)
    }

    def draft(reports: int) -> dict[str, set[Statement]]:
        world = World(random.Random(seed), max(6, min(193, statements // 1000)))
        for number in range(reports):
            world.add_report(number)
        asserted = set().union(*world.graphs.values())
        inferred = close(asserted, rules)
        derived = _derive(words | asserted | inferred)
        return {
            ONTOLOGY_GRAPH: words,
            **world.graphs,
            INFERRED_GRAPH: inferred,
            DERIVED_GRAPH: derived,
        }

    base, sample = (sum(map(len, draft(reports).values())) for reports in (0, SAMPLE))
    return draft(max(1, round((statements - base) * SAMPLE / (sample - base))))


def _derive(statements: set[Statement]) -> set[Statement]:
    """Return what the project's rules make of `statements`."""
    lines = "".join(f"{' '.join(map(_term, statement))} .\n" for statement in statements)
    triples = frozenset(quad.triple for quad in ox.parse(lines, format=ox.RdfFormat.N_TRIPLES))
    files = sorted((ONTOLOGY / "rules").glob("*.rq"))
    rules = tuple(make_rule(file.read_text(encoding="utf-8"), file.name) for file in files)
    graphs = {ONTOLOGY_GRAPH: triples}
    asserted = Asserted(Home.find(ONTOLOGY.parent), graphs, {}, "", rules=rules)
    made = derive(Reasoned(asserted, frozenset())).derived
    return {tuple(str(term) for term in triple) for triple in made}


@cache
def _term(term: str) -> str:
    """Return a CURIE, an IRI in brackets or a literal as N-Quads has it."""
    value, mark, datatype = term.rpartition("^^")
    if term.startswith('"') and mark and not datatype.startswith("<"):
        return f"{value}^^<{expand(datatype)}>"
    return term if term[0] in '"<' else f"<{expand(term)}>"


if __name__ == "__main__":
    sys.exit(main())
