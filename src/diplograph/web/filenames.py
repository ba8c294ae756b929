"""Which file of a static site holds the answer of an address: names that are safe on any system."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Mapping
from urllib.parse import quote, unquote

from diplograph.core.formats import STATEMENTS
from diplograph.web.negotiate import HTML_TYPE

# What stands for a folder's own page, and what is kept of a name beyond ASCII letters and digits.
INDEX = "index.html"
_UNSAFE = re.compile(r"[^A-Za-z0-9._~-]")
# Names that Windows keeps for devices, whatever follows their first dot.
_DEVICES = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{n}" for port in ("com", "lpt") for n in range(10)),
}
_LONGEST = 120
_SUFFIXES = {form.media_type: form.suffix for form in STATEMENTS.values()}


def name_file(path: str, media_type: str) -> str:
    """Return the name of the file for the answer at `path`, relative to the site's folder.

    Every part of it is ASCII without what Windows or a URL would take amiss; pages end in .html.

    >>> name_file("/page/state/IND", "text/html")
    'page/state/IND.html'
    >>> name_file("/graph/reference", "text/turtle")
    'graph/reference.ttl'
    """
    parts = [_make_safe(unquote(part)) for part in path.strip("/").split("/") if part]
    if media_type == HTML_TYPE:
        if path.endswith("/"):
            return "/".join([*parts, INDEX])
        return "/".join([*parts[:-1], f"{parts[-1]}.html"])
    suffix = _SUFFIXES.get(media_type)
    if suffix and not parts[-1].endswith(f".{suffix}"):
        parts[-1] = f"{parts[-1]}.{suffix}"
    return "/".join(parts)


def name_files(media_types: Mapping[str, str]) -> dict[str, str]:
    """Return path to file for each path and its media type, no two alike but for case.

    The first in order keeps its name, another gets a number: what is at an address depends on
    nothing but the addresses there are.
    """
    taken: set[str] = set()
    files = {}
    for path in sorted(media_types):
        name = wanted = name_file(path, media_types[path])
        stem, suffix = posixpath.splitext(wanted)
        number = 2
        while name.casefold() in taken:
            name, number = f"{stem}-{number}{suffix}", number + 1
        taken.add(name.casefold())
        files[path] = name
    return files


def relate(file: str, target: str) -> str:
    """Return the address of the file `target` as a page in `file` of the same site links to it.

    >>> relate("page/state/IND.html", "static/style.css")
    '../../static/style.css'
    """
    return quote(posixpath.relpath(target, posixpath.dirname(file) or "."))


def _make_safe(part: str) -> str:
    """Return a part of a path as a part of a file's name; a long one ends in its hash."""
    safe = _UNSAFE.sub("_", part)
    if safe.partition(".")[0].casefold() in _DEVICES or not safe.strip("."):
        safe = f"_{safe}"
    if safe.endswith("."):
        safe = f"{safe}_"
    if len(safe) > _LONGEST:
        safe = f"{safe[:_LONGEST]}-{hashlib.sha256(part.encode()).hexdigest()[:8]}"
    return safe
