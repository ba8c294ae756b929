"""What the pages about our words read of a build, kept until the next one."""

from __future__ import annotations

from functools import lru_cache

from diplograph.core.things import Thing
from diplograph.views.ontology import OntologyTerm
from diplograph.views.ontology_reference import (
    Reference,
    find_home,
    read_members,
    read_property_values,
    read_reference,
)
from diplograph.web.edition import Edition
from diplograph.web.pages.terms.diagrams import Diagram, draw_levels
from diplograph.web.pages.terms.levels import Relation, relate_levels
from diplograph.web.paging import PAGE_SIZE

Used = tuple[Thing | tuple[Thing, Thing | str], ...]


class Reader:
    """Reads the reference of the build that is served, and what its terms are used for."""

    def __init__(self, edition: Edition):
        self._edition = edition

        @lru_cache(maxsize=2)  # the build that is served, and the one before
        def read_once(digest: str) -> Reference:
            return read_reference(edition.asking(), edition.questions.values(), find_home())

        @lru_cache(maxsize=256)
        def read_used(digest: str, iri: str, is_class: bool, page: int) -> Used:
            read = read_members if is_class else read_property_values
            return read(edition.asking(), iri, PAGE_SIZE, (page - 1) * PAGE_SIZE)

        @lru_cache(maxsize=2)
        def relate_once(digest: str) -> tuple[tuple[Relation, ...], Diagram | None]:
            reference = read_once(digest)
            levels = relate_levels(reference.vocabulary, reference.sizes)
            return levels, draw_levels(reference.vocabulary, levels)

        self._read_once, self._read_used, self._relate_once = read_once, read_used, relate_once

    def reference(self) -> Reference:
        """Return the reference; four queries the first time."""
        return self._read_once(self._edition.digest)

    def used(self, term: OntologyTerm, page: int) -> Used:
        """Return a page of the things of a class, or of the statements of a property; one query."""
        return self._read_used(self._edition.digest, term.thing.iri, term.is_class, page)

    def levels(self) -> tuple[tuple[Relation, ...], Diagram | None]:
        """Return how the levels relate, and a drawing of it; None where there are none."""
        return self._relate_once(self._edition.digest)
