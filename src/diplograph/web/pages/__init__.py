"""The pages for people, one module a kind of page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flask import Blueprint

from diplograph.web.edition import Edition
from diplograph.web.pages.engagements import create_engagements
from diplograph.web.pages.event import create_event
from diplograph.web.pages.fact import create_fact
from diplograph.web.pages.missing import create_missing
from diplograph.web.pages.pair import create_pair
from diplograph.web.pages.partnership import create_partnership
from diplograph.web.pages.probes import create_probes
from diplograph.web.pages.questions import create_questions
from diplograph.web.pages.report import create_report
from diplograph.web.pages.search import create_search
from diplograph.web.pages.start import create_start
from diplograph.web.pages.terms import create_terms
from diplograph.web.pages.thing import create_thing

PAGES: tuple[Callable[[Edition], Blueprint], ...] = (
    create_start,
    create_questions,
    create_probes,
    create_engagements,
    create_event,
    create_fact,
    create_missing,
    create_pair,
    create_partnership,
    create_report,
    create_search,
    create_terms,
    create_thing,
)


def create_pages(edition: Edition) -> Iterator[Blueprint]:
    """Yield the blueprints of all pages."""
    for create in PAGES:
        yield create(edition)
