"""Briefs of pairs, of states, persons and other parties, and of weeks; each also as a file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache, partial

from flask import Blueprint, Response, redirect

from diplograph.views.briefs.document import Brief
from diplograph.views.briefs.formats import BRIEF_FORMATS, BriefAddresses, list_pieces, say_more
from diplograph.views.briefs.lines import BriefInputs, read_brief_inputs
from diplograph.views.briefs.pair import read_pair_brief
from diplograph.views.briefs.party import read_party_brief
from diplograph.views.briefs.week import find_week, parse_week, read_week_brief
from diplograph.views.query import QueryRunner
from diplograph.views.thing import read_named_things
from diplograph.web.addresses import (
    find_iri,
    find_pair_path,
    find_path,
    page_address,
    site_address,
    write_path,
)
from diplograph.web.context import AppContext
from diplograph.web.pages.pair import read_parties, redirect_pair
from diplograph.web.rendering import render
from diplograph.web.table_files import send_file

# Briefs that are held for their page and their files.
_CACHED = 64


def create_brief(context: AppContext) -> Blueprint:
    """Return the blueprint of briefs and of their files."""
    pages, briefs = Blueprint("brief", __name__), _Briefs(context)
    suffixes = ", ".join(BRIEF_FORMATS)
    for rule, view in (
        ("/brief/pair/<one>/<other>", briefs.show_pair),
        ("/brief/week/<name>", briefs.show_week),
        ("/brief/<kind>/<path:slug>", briefs.show_party),
    ):
        endpoint = view.__name__.removeprefix("show_")
        pages.add_url_rule(rule, endpoint, partial(view, suffix=""))
        pages.add_url_rule(f"{rule}.<any({suffixes}):suffix>", f"{endpoint}_file", view)
    pages.add_url_rule("/brief/week", "this_week", briefs.find_this_week)
    return pages


class _Briefs:
    """Answers with briefs of one context; a brief is read once for its page and its files."""

    def __init__(self, context: AppContext):
        self.context = context
        self._read_once = lru_cache(maxsize=_CACHED)(self._read)
        self._read_inputs_once = lru_cache(maxsize=2)(self._read_inputs)

    def show_pair(self, one: str, other: str, suffix: str) -> Response:
        """Return the brief of two parties."""
        path = find_pair_path(one, other)
        if path != f"/pair/{one}/{other}":
            return redirect_pair(f"/brief{path}{f'.{suffix}' if suffix else ''}")
        return self._answer("pair", f"{one}/{other}", suffix, path)

    def show_party(self, kind: str, slug: str, suffix: str) -> Response:
        """Return the brief of a person, a state or another party."""
        return self._answer(kind, slug, suffix, find_path(find_iri(kind, slug)) or "")

    def show_week(self, name: str, suffix: str) -> Response:
        """Return the brief of a week such as 2025-W47."""
        week = parse_week(name)
        moves = ((words, week.move(weeks)) for words, weeks in (("Previous", -1), ("Next", 1)))
        ways = [
            (f"{words} week", site_address(f"/brief/week/{found.name}"))
            for words, found in moves
            if found and not self.context.still  # a copy would have weeks without end
        ]
        return self._answer("week", name, suffix, "", ways)

    def find_this_week(self) -> Response:
        """Return the way to the brief of the week that the day of the request is in."""
        return redirect(site_address(f"/brief/week/{find_week(self.context.day()).name}"), 302)

    def _answer(
        self, kind: str, name: str, suffix: str, path: str, ways: Iterable[tuple[str, str]] = ()
    ) -> Response:
        """Return a brief as a page, or as a file of a format of BRIEF_FORMATS.

        `path` is that of the page with everything; `ways` lead to other briefs.
        """
        brief = self._read_once(self.context.digest, kind, name, self.context.day())
        if suffix:
            return self._write_file(brief, suffix, f"{kind}-{name}")
        own = write_path(brief.path)
        files = [
            (brief_format.label, site_address(f"{own}.{name}"), brief_format.media_type)
            for name, brief_format in BRIEF_FORMATS.items()
        ]
        addresses = BriefAddresses(lambda iri: page_address(iri) or "", site_address)
        return render(
            "brief.html",
            brief=brief,
            list_pieces=partial(list_pieces, brief, addresses=addresses),
            say_more=say_more,
            files=files,
            everything=path and site_address(write_path(path)),
            ways=ways,
            day=brief.day,
        )

    def _write_file(self, brief: Brief, suffix: str, name: str) -> Response:
        # Files of a copy name things by their IRIs: where the copy will be is not known here.
        base = "" if self.context.still else self.context.settings.base_url.rstrip("/")

        def of_thing(iri: str) -> str:
            path = find_path(iri)
            return base + path if base and path else iri

        def of_path(path: str) -> str:
            return base + path if base else ""

        brief_format = BRIEF_FORMATS[suffix]
        body = brief_format.write(brief, BriefAddresses(of_thing, of_path))
        file_name = f"brief-{name.replace('/', '-')}-{brief.day}.{suffix}"
        return send_file(write_path(file_name), body, brief_format.media_type)

    def _read(self, digest: str, kind: str, name: str, day: date) -> Brief:
        asking, inputs = QueryRunner(self.context.engine), self._read_inputs_once(digest)
        if kind == "week":
            return read_week_brief(asking, parse_week(name), day, inputs)
        if kind == "pair":
            one, other = name.split("/", 1)
            parties = read_parties(asking, one, other)
            return read_pair_brief(asking, parties, day, inputs, f"/pair/{name}")
        iri = find_iri(kind, name)
        party = read_named_things(asking, iri)
        return read_party_brief(asking, party, day, inputs, find_path(iri) or "")

    def _read_inputs(self, digest: str) -> BriefInputs:
        asking = QueryRunner(self.context.engine)
        return read_brief_inputs(asking, self.context.marks(), self.context.changes)
