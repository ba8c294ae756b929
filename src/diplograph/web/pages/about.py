"""The page about the site: method, meaning of its words, how to cite it and report an error."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request

from diplograph.views.about import read_defined_words
from diplograph.views.status import CONTESTED, OVERDUE, STATUS_LABELS, UNHEARD, UNSTATED
from diplograph.web.context import AppContext
from diplograph.web.rendering import render

ABOUT = "/about"
# The statuses that no report gives: how they follow from what reports give, and from the day.
_JUDGED = (
    (OVERDUE, "Its date has passed and no report says what happened."),
    (UNHEARD, "It has no date, and no report has mentioned it for a year."),
    (CONTESTED, "Reports give statuses that cannot all be right."),
    (UNSTATED, "No report says how it stands."),
)


def create_about(context: AppContext) -> Blueprint:
    """Return the blueprint of /about, and of /help, which leads there."""
    pages = Blueprint("about", __name__)

    @pages.get(ABOUT)
    def about() -> Response:
        settings = context.settings
        return render(
            "about.html",
            words=read_defined_words(context.asking()),
            judged=_JUDGED,
            status_labels=STATUS_LABELS,
            age=context.data_age(),
            day=context.day(),
            fixed=bool(settings.as_of),
            publisher=settings.publisher,
            site="" if context.still else settings.base_url.rstrip("/"),
        )

    @pages.get("/help")
    def show_help() -> Response:
        return redirect(f"{request.root_path.rstrip('/')}{ABOUT}#search", 302)

    return pages
