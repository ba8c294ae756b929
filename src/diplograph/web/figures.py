"""A drawing by itself: as a page that other sites may show in a frame, and as an SVG file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlencode

from flask import Flask, Response, render_template, request

from diplograph.core.errors import UnknownThing, UsageError
from diplograph.core.serialization import XML_ILLEGAL
from diplograph.views.drawings import Drawing
from diplograph.views.drawings.text import fit
from diplograph.web.addresses import write_path
from diplograph.web.context import AppContext
from diplograph.web.page_cache import find_asset
from diplograph.web.rendering import render
from diplograph.web.table_files import send_file

# Values of the parameter `view`, and of `theme`, which an SVG file takes.
EMBED, SVG_FILE = "embed", "svg"
THEMES = ("light", "dark")
# Fields of an address that say how a page is shown and not what it shows.
_OF_THE_PAGE = frozenset(("view", "theme", "page", "order"))
# An SVG file names fonts that most systems have; no file of ours comes with it.
_FONTS = 'Arial, "Liberation Sans", "Noto Sans", "DejaVu Sans", sans-serif'
_ROOT_RULE = re.compile(r":root\s*\{([^}]*)\}")
_PROPERTY = re.compile(r"(--[a-z-]+):\s*([^;]+);")
_VARIABLE = re.compile(r"var\((--[a-z-]+)\)")
_STATUS_RULE = re.compile(r"^\.(?:status-|sign )[^\n]*\}$", re.MULTILINE)
_DRAWING_RULES = re.compile(r"/\* == drawings[^\n]*\n(.*?)/\* == ", re.DOTALL)
_LOCAL_LINK = re.compile(r'href="/')


def answer_view(context: AppContext, drawing: Drawing | None, subject: str) -> Response | None:
    """Return the drawing alone where the address asks for that by `view`, else None.

    `subject` is the heading of the page that has the drawing. Raises UsageError for another value
    of `view` or `theme`, UnknownThing where there is nothing to draw.
    """
    view = request.args.get("view", "")
    if not view:
        return None
    if view not in (EMBED, SVG_FILE):
        raise UsageError(f"view: {view[:20]!r} is neither {EMBED} nor {SVG_FILE}")
    theme = request.args.get("theme", "light")
    if theme not in THEMES:
        raise UsageError(f"theme: {theme[:20]!r} is neither light nor dark")
    if drawing is None:
        raise UnknownThing("there is no drawing here: nothing that it could show is reported")
    values = {
        "drawing": drawing,
        "subject": subject,
        "as_of": context.day(),
        "source": locate_page(context),
    }
    if view == EMBED:
        return render("embed.html", **values)
    text = render_template("drawing.svg", styles=read_styles(theme), **values)
    host = request.host_url.rstrip("/")
    body = XML_ILLEGAL.sub("\ufffd", _LOCAL_LINK.sub(f'href="{host}/', text))
    return send_file(f"diplograph-{drawing.name}.svg", body, "image/svg+xml; charset=utf-8")


def add_figure_values(app: Flask) -> None:
    """Let every template of `app` link the files of a drawing."""

    @app.context_processor
    def list_values() -> dict:
        return {"locate_page": locate_page, "locate_view": locate_view, "fit_text": fit}


def locate_page(context: AppContext, **fields: str) -> str:
    """Return the whole address of the page that has the drawing, with these fields besides."""
    base = (context.settings.base_url or request.url_root).rstrip("/")
    query = _write_query(fields)
    path = write_path(request.path)
    return f"{base}{path}?{query}" if query else base + path


def locate_view(**fields: str) -> str:
    """Return the address of the drawing alone, relative to the page that has it."""
    return "?" + _write_query(fields)


def _write_query(fields: Mapping[str, str]) -> str:
    """Return the fields of this page's address that a drawing depends on, and these besides."""
    own = [(name, text) for name, text in request.args.items() if name not in _OF_THE_PAGE]
    return urlencode([*own, *fields.items()], safe=":,/")


def read_styles(theme: str) -> str:
    """Return the rules for drawings in style.css, with the colours of a theme in their places."""
    return _resolve_styles(find_asset("style.css").body.decode(), theme)


@lru_cache(maxsize=4)
def _resolve_styles(stylesheet: str, theme: str) -> str:
    roots = [dict(_PROPERTY.findall(rule)) for rule in _ROOT_RULE.findall(stylesheet)]
    dark = next((root for root in roots[1:] if "--paper" in root), {})
    colours = {**roots[0], **(dark if theme == "dark" else {}), "--plain": _FONTS}
    rules = "\n".join(_STATUS_RULE.findall(stylesheet))
    rules += "\n" + _DRAWING_RULES.search(stylesheet)[1]
    return _VARIABLE.sub(lambda match: colours[match[1]], rules).strip()
