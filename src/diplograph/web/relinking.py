"""A page of the site made a file's: its links lead to other files, or are plain text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from html.parser import HTMLParser

# Which attributes hold an address, by element.
LINKS = {
    "a": ("href", "xlink:href"),
    "area": ("href",),
    "audio": ("src",),
    "embed": ("src",),
    "iframe": ("src",),
    "image": ("href", "xlink:href"),
    "img": ("src",),
    "link": ("href",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src",),
    "use": ("href", "xlink:href"),
    "video": ("src", "poster"),
}
NOTE = "only a server answers this"
_EMPTY = frozenset("area embed img input link source".split())
_FORM_NOTE = '<p class="none">A form stands here where a server answers it.</p>'

Relink = Callable[[str], "str | None"]
Attributes = list[tuple[str, "str | None"]]


def find_links(page: str) -> list[str]:
    """Return the addresses that a page leads to, as they are written, each once, in order."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return list(dict.fromkeys(reader.found))


def relink(page: str, find: Relink, canonical: str | None = None) -> str:
    """Return `page` with each address that is one of this site replaced by what `find` gives.

    Where it gives None there is no such file: a link becomes plain text with a note, whatever
    else loads or names it is left out, and so is a form, since nobody would answer it. `find` is
    asked for every address and returns those of others as they are. `canonical` is the page's own
    address; without one the page names none.
    """
    writer = _Writer(find, canonical)
    writer.feed(page)
    writer.close()
    return "".join(writer.written)


def _addresses(tag: str, attributes: Attributes) -> Iterator[str]:
    for name, value in attributes:
        if name in LINKS.get(tag, ()) and value is not None:
            yield value


class _Reader(HTMLParser):
    """Collects the addresses in a page."""

    def __init__(self):
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        if not (tag == "link" and dict(attrs).get("rel") in {"canonical", "search"}):
            self.found.extend(_addresses(tag, attrs))


class _Writer(HTMLParser):
    """Writes a page as it reads it, tag by tag; what has no address in it stays to the letter."""

    def __init__(self, find: Relink, canonical: str | None):
        super().__init__(convert_charrefs=False)
        self.written: list[str] = []
        self._find, self._canonical = find, canonical
        self._closing: list[str] = []  # what ends each `a` that is open
        self._pictures = self._forms = 0

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        if tag == "form":
            self._forms += 1
            self._write(_FORM_NOTE, always=self._forms == 1)
            return
        self._pictures += tag == "svg"
        self._write(self._make_tag(tag, attrs, self.get_starttag_text() or ""))

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        self._write(self._make_tag(tag, attrs, self.get_starttag_text() or "", closed=True))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._forms -= 1
            return
        self._pictures -= tag == "svg"
        ended = self._closing.pop() if tag == "a" and self._closing else f"</{tag}>"
        self._write(ended)

    def handle_data(self, data: str) -> None:
        self._write(data)

    def handle_entityref(self, name: str) -> None:
        self._write(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._write(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self._write(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self._write(f"<!{decl}>")

    def _write(self, text: str, *, always: bool = False) -> None:
        if always or not self._forms:
            self.written.append(text)

    def _make_tag(self, tag: str, attributes: Attributes, text: str, closed: bool = False) -> str:
        """Return a tag with its addresses replaced; an `a` that leads nowhere is no `a`."""
        if tag == "link" and dict(attributes).get("rel") == "canonical":
            attributes = [
                *((n, v) for n, v in attributes if n != "href"),
                ("href", self._canonical),
            ]
            return _write_tag(tag, attributes, closed) if self._canonical else ""
        old = list(_addresses(tag, attributes))
        new = {address: self._find(address) for address in old}
        lost = None in new.values() or (tag == "link" and dict(attributes).get("rel") == "search")
        if tag == "a" and not closed:
            self._closing.append(self._end_of_link(lost))
        if not lost:
            same = all(address == found for address, found in new.items())
            return text if same else _write_tag(tag, _replace(tag, attributes, new), closed)
        if tag != "a":
            return ""
        if self._pictures:
            return "<g>"
        kept = [(n, v) for n, v in attributes if n in {"class", "id", "title"}]
        return _write_tag("span", [*kept, *([] if dict(kept).get("title") else [("title", NOTE)])])

    def _end_of_link(self, lost: bool) -> str:
        if not lost:
            return "</a>"
        return "</g>" if self._pictures else "</span>"


def _replace(tag: str, attributes: Attributes, new: dict[str, str | None]) -> Attributes:
    names = LINKS[tag]
    return [(n, new.get(v or "", v) if n in names else v) for n, v in attributes]


def _write_tag(tag: str, attributes: Attributes, closed: bool = False) -> str:
    written = "".join(
        f" {name}" if value is None else f' {name}="{escape(value)}"' for name, value in attributes
    )
    return f"<{tag}{written}{'/' if closed else ''}>"
