"""Render templates as HTML pages, with the functions and values that every template may use."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from flask import Flask, Response, g, render_template, request
from markupsafe import Markup, escape

from diplograph.core.dates import parse_whole, say_date
from diplograph.core.errors import UsageError
from diplograph.core.formats import RESULTS, STATEMENTS
from diplograph.core.names import PREFIXES, ROOT, compact
from diplograph.core.things import Thing
from diplograph.sparql.query_text import drop_prefixes
from diplograph.views.records import (
    Attestation,
    mark_sources,
    say_certainties,
    say_certainty,
    short_name,
)
from diplograph.views.status import (
    NO_DATE,
    are_alternatives,
    join_dates,
    list_other_dates,
    say_dates,
    say_relation,
)
from diplograph.views.texts import Texts, shorten_words
from diplograph.web.addresses import (
    absolute_address,
    carry_day,
    depends_on_day,
    drop_day,
    fact_address,
    given_day,
    page_address,
    pair_address,
    register_day,
    shows_later,
    site_address,
    write_path,
)
from diplograph.web.protocol.negotiate import HTML_TYPE

if TYPE_CHECKING:
    from diplograph.web.context import AppContext

PAGE_SIZE = 50
# No list has more pages; the bound keeps numbers of any length out of the answer's links.
_LAST_PAGE = 1_000_000
PAGE_TYPE = f"{HTML_TYPE}; charset=utf-8"
# The sections in the header of every page: words, path, and where other pages of it begin.
MENU = (
    ("Engagements", "/engagements", ("/timeline", "/network", "/map", "/page/event/")),
    ("Changes", "/changes", ("/report/",)),
    ("Pairs", "/pair/", ("/brief/pair/", "/page/partnership/")),
    ("Open issues", "/open", ()),
    ("Questions", "/questions", ()),
    ("Ontology", "/ontology", ()),
    ("SPARQL", "/sparql", ()),
)
# The text of an empty query form, so that nobody has to know a prefix by heart.
STARTER = f"""PREFIX dg: <{PREFIXES["dg"]}>
PREFIX rdfs: <{PREFIXES["rdfs"]}>

SELECT ?meeting ?label
WHERE {{
  ?meeting a dg:Meeting ;
           rdfs:label ?label .
}}
ORDER BY ?label
LIMIT 100
"""
# Control characters and noncharacters (HTML Living Standard, 13.2.3.5), which a graph may hold.
# A class of the allowed characters, negated: most match its first ranges, which is quick.
_FORBIDDEN = re.compile(
    "[^\t\n\x0c\r -~\xa0-\ufdcf\ufdf0-\ufffd"
    + "".join(f"{chr(plane)}-{chr(plane + 0xFFFD)}" for plane in range(0x10000, 0x110000, 0x10000))
    + "]"
)
# BCP 47, as far as its characters go.
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_HEADING = re.compile(r'<h2 id="([^"]+)">(.*?)</h2>', re.DOTALL)
# What describes a page: how many of its first characters are read, what is left out of them, and
# how long a description is, which search engines cut at some 160 characters.
_SUMMARISED, _ENOUGH, _LONGEST_SUMMARY = 12_000, 90, 160
_ASIDES = re.compile(
    r"<(nav|form|code|table|svg|details|figure)\b.*?</\1>"
    r'|<span class="hidden">.*?</span>'
    r'|<p class="[^"]*\b(?:kinds|downloads|above|more|hint|on-paper|ways|facets)\b.*?</p>',
    re.DOTALL,
)
_PARAGRAPH = re.compile(r"<p(?: [^>]*)?>(.*?)</p>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_NEXT_SPAN = re.compile(r"([^\s,;:.]\s*</span>)\s+(<span)")
_SPAN = re.compile(r"<span.*?</span>", re.DOTALL)


def render(template: str, **values: object) -> Response:
    """Return the page that a template makes of `values`."""
    return Response(write_page(template, **values), content_type=PAGE_TYPE)


def write_page(template: str, **values: object) -> str:
    """Return the text of a page; characters forbidden in HTML become replacement characters."""
    return _FORBIDDEN.sub("\ufffd", render_template(template, **values))


def read_page() -> int:
    """Return the page of a list, counted from 1, that the parameter `page` asks for.

    Raises UsageError where it is no whole number from 1 on.
    """
    text = request.args.get("page", "").strip() or "1"
    number = parse_whole(text)
    if number is None or not 1 <= number <= _LAST_PAGE:
        raise UsageError(f"page: {text[:20]!r} is no page: write a number from 1 on")
    return number


def list_pages(
    page: int, total: int, size: int = PAGE_SIZE, address: Callable[[int], str] | None = None
) -> dict:
    """Return the values of templates that link the pages of a list of `total` items.

    An empty list has one page; `address` returns the address of a page, by default of the same list
    without other parameters than the day.
    """
    address = address or (lambda number: carry_day(f"?page={number}"))
    return {"page": page, "pages": max(1, -(-total // size)), "address": address}


def add_template_values(app: Flask, context: AppContext) -> None:
    """Let every template of `app` use the functions and values that pages have in common."""
    register_day(app)

    @app.context_processor
    def list_values() -> dict:
        return {
            "digest": context.digest,
            "context": context,
            "write_link": write_link,
            "write_links": write_links,
            "write_text": write_text,
            "lang": write_language,
            "locate": lambda thing: page_address(_iri(thing)),
            "find_outside_address": find_outside_address,
            "locate_pair": lambda one, other: pair_address(_iri(one), _iri(other)),
            "locate_fact": lambda thing: fact_address(_iri(thing)),
            "compact": compact,
            "shorten_query": drop_prefixes,
            "find_headings": find_headings,
            "say_date": lambda day: say_date(str(day)),
            "mark_sources": mark_sources,
            "short_name": short_name,
            "say_certainty": lambda reading: _write_hedged(say_certainty(reading), [reading]),
            "say_certainties": _write_certainties,
            "quote": lambda passage: _read_texts(context).quote(passage),
            "find_original": lambda report: _read_texts(context).find_address(_iri(report)),
            "find_text": lambda report: _read_texts(context).find(_iri(report)),
            "shorten_words": shorten_words,
            "join_dates": join_dates,
            "list_other_dates": list_other_dates,
            "say_dates": say_dates,
            "no_date": NO_DATE,
            "say_relation": say_relation,
            "are_alternatives": are_alternatives,
            "contact": read_contact(context.settings.contact),
            "shorten": shorten_summary,
            "summarise": summarise_page,
            "menu": [
                (words, site_address(path), current)
                for words, path, current in list_menu(request.path)
            ],
            "site_address": site_address,
            "carry_day": carry_day,
            "depends_on_day": depends_on_day,
            "given_day": given_day,
            "shows_later": shows_later,
            "plain_address": _write_plain_address,
            "shown_day": lambda: given_day() or context.today().isoformat(),
            "starter": STARTER,
            "result_formats": tuple(RESULTS.values()),
            "statement_formats": tuple(STATEMENTS.values()),
        }


def _read_texts(context: AppContext) -> Texts:
    """Return the texts at hand, looked up once a request."""
    if "texts" not in g:
        g.texts = context.texts()
    return g.texts


def list_menu(path: str) -> list[tuple[str, str, str]]:
    """Return words, path and `aria-current` of each section, for the page at `path`.

    `aria-current` is `page`, `true` on other pages of the section, else empty.

    >>> [current for _, _, current in list_menu("/timeline")][:2]
    ['true', '']
    """
    menu = []
    for words, address, others in MENU:
        starts = (f"{address.rstrip('/')}/", *others)
        current = "page" if path == address else "true" if path.startswith(starts) else ""
        menu.append((words, address, current))
    return menu


@dataclass(frozen=True)
class Contact:
    """Where an error is reported: in words, and the address of a link, empty for none."""

    words: str
    address: str


def read_contact(text: str) -> Contact:
    """Return the contact that an operator has set: an email address, a web address or plain words.

    >>> read_contact("desk@example.org").address
    'mailto:desk@example.org'
    """
    words = text.strip()
    address = find_outside_address(words)
    if not address and re.fullmatch(r"[^\s@/:?]+@[^\s@/:?]+", words):
        address = f"mailto:{words}"
    return Contact(words, address)


def _write_plain_address() -> str:
    """Return the address of the current page without the day that it gives."""
    query = request.query_string.decode("ascii", "replace")
    return drop_day(f"{request.root_path.rstrip('/')}{write_path(request.path)}?{query}")


def write_link(thing: Thing) -> Markup:
    """Return the label of a thing, linked to its page here, or to its IRI where it has none."""
    tagged, address = getattr(thing.label, "language", ""), page_address(thing.iri)
    label = write_text(thing.label) if tagged else escape(thing.label)
    if address:
        return Markup(f'<a href="{escape(address)}">{label}</a>')
    if find_outside_address(thing) and not thing.iri.startswith(ROOT):
        return Markup(f'<a href="{escape(thing.iri)}" rel="external noopener">{label}</a>')
    return label


def write_links(things: Iterable[Thing], between: str = ", ") -> Markup:
    """Return the links to things with `between` between them."""
    return Markup(escape(between)).join(map(write_link, things))


def make_locator(context: AppContext, *, fact: bool = False) -> Callable[[str], str]:
    """Return what gives the absolute address of a thing's page, for files that leave the site.

    `fact`: of the page with the evidence of a fact. In a copy of the site it gives the IRI.
    """
    if context.still:
        return str
    return partial(absolute_address, base_url=context.settings.base_url, fact=fact)


def write_text(text: object) -> Markup:
    """Return a text of the graph apart from the text around it, with its language and direction.

    See WCAG 2.2, 3.1.2. The direction of a `bdi` is that of its first letter.
    """
    return Markup(f"<bdi{write_language(text)}>{escape(str(text))}</bdi>")


def _write_certainties(readings: Iterable[Attestation]) -> Markup:
    """Return how sure several passages are, with the language of each hedge."""
    listed = list(readings)
    return _write_hedged(say_certainties(listed), listed)


def _write_hedged(words: str, readings: Iterable[Attestation]) -> Markup:
    """Return words that quote the hedges of readings, those in other languages marked as such."""
    written = escape(words)
    for hedge in {hedge for reading in readings for hedge in reading.hedges}:
        if write_language(hedge):
            written = written.replace(escape(hedge), write_text(hedge))
    return written


def write_language(text: object) -> Markup:
    """Return the attribute `lang` of an element with `text`, empty where that is in English.

    A tag that no language can have is written as the empty one, which is for an unknown language.
    """
    language = getattr(text, "language", "")
    if not language:
        return Markup("")
    return Markup(f' lang="{language if _LANGUAGE_TAG.fullmatch(language) else ""}"')


def find_headings(body: str) -> list[tuple[str, Markup]]:
    """Return id and words of each section's heading in a part of a page, in order.

    A `span` in a heading, such as a count, is left out. The words are escaped already.
    """
    return [(name, Markup(_SPAN.sub("", words).strip())) for name, words in _HEADING.findall(body)]


def summarise_page(body: str) -> str:
    """Return the description of a page for search engines and cards, of at most 160 characters.

    It is the headline and the first paragraphs of its `body`, without codes and hidden words.
    """
    start = _ASIDES.sub(" ", body[:_SUMMARISED])
    heading = re.search(r"<h1[^>]*>(.*?)</h1>", start, re.DOTALL)
    words = _read_text(heading[1]) if heading else ""
    for paragraph in _PARAGRAPH.findall(start):
        if len(words) >= _ENOUGH:
            break
        text = _read_text(paragraph)
        if text and text != words:
            stop = ". " if words and words[-1] not in ".?!:" else " "
            words += f"{stop}{text[0].upper()}{text[1:]}"
    return shorten_summary(words)


def shorten_summary(words: str) -> str:
    """Return the description of a page in one line, cut to 160 characters after a whole word."""
    words = " ".join(words.split())
    if len(words) <= _LONGEST_SUMMARY:
        return words
    return words[: _LONGEST_SUMMARY - 1].rpartition(" ")[0].rstrip(" ,;:") + "…"


def _read_text(markup: str) -> str:
    """Return the text of a part of a page in one line."""
    parted = _NEXT_SPAN.sub(r"\1, \2", markup)
    return " ".join(html.unescape(_TAG.sub("", parted)).split()).replace(" .", ".")


def find_outside_address(thing: Thing | str) -> str:
    """Return the IRI of a thing if it is a web address, else the empty string.

    Browsers run the content of some other schemes, such as javascript: and data:.
    """
    iri = _iri(thing)
    return iri if iri.lower().startswith(("http://", "https://")) else ""


def _iri(thing: Thing | str) -> str:
    return getattr(thing, "iri", thing)
