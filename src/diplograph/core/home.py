"""A home: the folder of a graph's ontology/, data/ and queries/, and the folder of its builds."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from diplograph.core.errors import UnreadableFile, UsageError
from diplograph.core.names import ROOT

PACKAGE = Path(__file__).resolve().parents[1]
HOME_VARIABLE = "DIPLOGRAPH_HOME"
# For export only: it names classes of other vocabularies, whose axioms would multiply inferences.
ALIGNMENTS = "alignments.ttl"

# For Protégé, beside those in ontology/: where the files are that others import.
CATALOG, CATALOG_FOLDERS = "catalog-v001.xml", ("data", "data/reports")
LISTED = re.compile(r'<uri\b[^>]*\suri="([^"]*)"')

_STATES = f"""\
# Diplograph data: states

@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix dg:      <{ROOT}ontology#> .
@prefix owl:     <http://www.w3.org/2002/07/owl#> .
@prefix rdfs:    <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos:    <http://www.w3.org/2004/02/skos/core#> .
@prefix state:   <{ROOT}id/state/> .

<{ROOT}data/states>
    a                   owl:Ontology ;
    dcterms:title       "Diplograph data: states"@en ;
    dcterms:description "States, as reference data; an example to replace with your own."@en ;
    dcterms:license     <https://creativecommons.org/licenses/by/4.0/> ;
    dcterms:creator     <{ROOT}contributors> ;
    dcterms:created     "2026-11-22" ;
    dcterms:modified    "2026-11-22" ;
    owl:imports         <{ROOT}ontology> .

# States

state:XXA
    a                  owl:NamedIndividual , dg:State ;
    rdfs:label         "Example State"@en ;
    skos:editorialNote "To be replaced: XXA is a code that ISO 3166-1 leaves to its users."@en ;
    dg:alpha3Code      "XXA" ;
    dg:sourceNote      "An invented state; say here where a name and a code come from."@en .
"""


@dataclass(frozen=True)
class Home:
    """The folder `root` with ontology, data and queries; `builds` is the folder of its builds."""

    root: Path
    builds: Path

    @property
    def ontology(self) -> Path:
        """The folder of the ontology."""
        return self.root / "ontology"

    @property
    def shapes(self) -> Path:
        """The folder of the SHACL shapes."""
        return self.ontology / "shapes"

    @property
    def rules(self) -> Path:
        """The folder of the rules that a build runs; a home may have none."""
        return self.ontology / "rules"

    @property
    def profiles(self) -> Path:
        """The folder of the queries of profiles, for export only; a home may have none."""
        return self.ontology / "profiles"

    @property
    def data(self) -> Path:
        """The folder of reference data and reports."""
        return self.root / "data"

    @property
    def texts(self) -> Path:
        """The folder of the texts of reports that may be passed on; a home may have none."""
        return self.data / "sources"

    @property
    def queries(self) -> Path:
        """The folder of the questions."""
        return self.root / "queries"

    @classmethod
    def find(cls, root: str | Path | None = None) -> Home:
        """Return the home at `root`, else at $DIPLOGRAPH_HOME, else what came with the program.

        Raises UnreadableFile, naming the folder, for a folder that is no home.
        """
        named = root or os.environ.get(HOME_VARIABLE)
        return _open(Path(named)) if named else cls.shipped()

    @classmethod
    def shipped(cls) -> Home:
        """Return the home that came with the program: that of the checkout, else the wheel's."""
        checkout = PACKAGE.parents[1]
        if (checkout / "ontology").is_dir() and (checkout / "data").is_dir():
            return _open(checkout)
        return _open(PACKAGE / "home")


def create_home(directory: Path, source: Home | None = None) -> Home:
    """Return a new home in `directory`: the ontology and the questions copied, one example state.

    They come from `source`, without it from the home that `Home.find` finds.
    Raises UsageError when `directory` holds anything already; then nothing is written.
    """
    directory = Path(directory)
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise UsageError(f"{directory} is not an empty folder: choose a new one")
    source = source or Home.find()
    shutil.copytree(source.ontology, directory / "ontology")
    if source.queries.is_dir():
        shutil.copytree(source.queries, directory / "queries")
    (directory / "data" / "reports").mkdir(parents=True)
    (directory / "data" / "states.ttl").write_text(_STATES, encoding="utf-8")
    for folder in CATALOG_FOLDERS:
        catalog = source.root / folder / CATALOG
        if catalog.is_file():
            lines = catalog.read_text(encoding="utf-8").splitlines(keepends=True)
            listed = ((LISTED.search(line), line) for line in lines)
            text = "".join(
                line
                for match, line in listed
                if not match or (directory / folder / match[1]).is_file()
            )
            (directory / folder / catalog.name).write_text(text, encoding="utf-8")
    return _open(directory)


def _open(root: Path) -> Home:
    root = root.expanduser().resolve()
    for folder in (root, root / "ontology", root / "data"):
        if not folder.is_dir():
            message = "there is no such folder; a home holds ontology/, data/ and queries/"
            raise UnreadableFile(message, file=folder)
    # Builds are inside `root`, unless it is the package's own or read-only.
    if not root.is_relative_to(PACKAGE) and os.access(root, os.W_OK):
        return Home(root, root / ".diplograph" / "builds")
    from platformdirs import user_cache_path

    place = hashlib.sha256(str(root).encode()).hexdigest()[:16]
    return Home(root, user_cache_path("diplograph") / "builds" / place)
