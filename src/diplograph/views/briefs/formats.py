"""A brief as a file: Markdown, and DOCX with headings, links, page numbers and a list of sources.

The bytes depend on the brief and the addresses alone. One table has the formats.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING

from diplograph.core.serialization import XML_ILLEGAL
from diplograph.views.briefs.document import (
    Brief,
    BriefLine,
    BriefSection,
    BriefSource,
    Citation,
    TextRun,
)

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

# The date of all entries of a file: the first that a ZIP archive can hold.
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|])")
_MARGIN, _ROOM_FOR_TITLE = 2.0, 1.0  # centimetres
_INK, _SOFT, _LINK = "1A1A1A", "555555", "1F4E79"


@dataclass(frozen=True)
class BriefAddresses:
    """Finds the address of a thing's page and of a path of the site; empty for none."""

    of_thing: Callable[[str], str]
    of_path: Callable[[str], str]


@dataclass(frozen=True)
class BriefFormat:
    """A format of briefs: the words of its link, its media type and its writer."""

    label: str
    media_type: str
    write: Callable[[Brief, BriefAddresses], bytes]


def list_pieces(
    brief: Brief, line: BriefLine, addresses: BriefAddresses
) -> Iterator[tuple[str, str, bool]]:
    """Yield the text of a line in pieces: the text, its address or "", whether it is strong."""
    for part in line.parts:
        if isinstance(part, TextRun):
            yield part.text, addresses.of_thing(part.iri) if part.iri else "", part.strong
        else:
            yield from _list_citation(brief, part, addresses)


def _list_citation(
    brief: Brief, citation: Citation, addresses: BriefAddresses
) -> Iterator[tuple[str, str, bool]]:
    cited = brief.cite(citation)
    for index, (number, mark) in enumerate(cited):
        yield f"{'; ' if index else ' ['}{number},\u00a0{mark.word}\u00a0", "", False
        for place, (paragraph, passages) in enumerate(mark.paragraphs):
            yield from [(", ", "", False)] if place else []
            yield str(paragraph), addresses.of_thing(passages[0].thing.iri), False
    if cited:
        yield "]", "", False


def say_more(section: BriefSection) -> str:
    """Return how many lines of a section are left out, in words; empty for none."""
    return f"and {section.more:,} more" if section.more else ""


# ---- Markdown -------------------------------------------------------------------------------


def write_markdown(brief: Brief, addresses: BriefAddresses) -> bytes:
    """Return the brief as Markdown (CommonMark) in UTF-8."""
    lines = [f"# {_escape(brief.title)}", "", f"*{_escape(brief.heading)}*", ""]
    lines += [f"- {_write_line(brief, line, addresses)}" for line in brief.summary]
    for section in brief.sections:
        lines += ["", f"## {_escape(section.title)}", ""]
        lines += [f"*{_escape(section.note)}*", ""] if section.note else []
        for line in section.lines:
            lead = f"**{_escape(line.lead)}:** " if line.lead else ""
            lines.append(f"- {lead}{_write_line(brief, line, addresses)}")
        if words := say_more(section):
            lines.append(f"- {_link(words, addresses.of_path(section.rest))}")
    lines += ["", _escape(brief.unsaid)] if brief.unsaid else []
    lines += ["", "## Sources", ""] if brief.sources else []
    for source in brief.sources:
        name = _link(source.name, addresses.of_thing(source.details.report.iri))
        address = f" <{source.details.address}>" if source.details.address else ""
        lines.append(f"{source.number}. {name}. {_escape(source.description)}.{address}")
    if address := addresses.of_path(brief.path):
        lines += ["", f"Diplograph: <{address}>"]
    return ("\n".join(lines) + "\n").encode()


def _write_line(brief: Brief, line: BriefLine, addresses: BriefAddresses) -> str:
    pieces = []
    for text, address, strong in list_pieces(brief, line, addresses):
        linked = _link(text, address)
        pieces.append(f"**{linked}**" if strong else linked)
    return "".join(pieces)


def _link(text: str, address: str) -> str:
    return f"[{_escape(text)}](<{address}>)" if address else _escape(text)


def _escape(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", " ".join(text.splitlines()))


# ---- DOCX -----------------------------------------------------------------------------------


def write_docx(brief: Brief, addresses: BriefAddresses) -> bytes:
    """Return the brief as a document of Office Open XML on A4; the same bytes at any time."""
    import docx

    document = docx.Document()
    _set_page(document, brief)
    _set_styles(document)
    _add_paragraph(document, "Title", brief.title)
    _add_paragraph(document, "Subtitle", brief.heading)
    for line in brief.summary:
        _add_line(_add_paragraph(document, "Normal"), brief, line, addresses)
    for section in brief.sections:
        _add_section(document, brief, section, addresses)
    if brief.unsaid:
        _add_paragraph(document, "Caption", brief.unsaid)
    if brief.sources:
        _add_paragraph(document, "Heading1", "Sources")
    for source in brief.sources:
        _add_source(_add_paragraph(document, "Source"), source, addresses)
    _add_footer(document, addresses.of_path(brief.path))
    file = io.BytesIO()
    document.save(file)
    return _fix_times(file.getvalue())


def _set_page(document: Document, brief: Brief) -> None:
    """Set the page to A4, the header, and the properties of the document."""
    from docx.shared import Cm

    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm(_MARGIN)
    page.top_margin = page.bottom_margin = Cm(_MARGIN)
    page.header_distance = page.footer_distance = Cm(_ROOM_FOR_TITLE)
    heading = f"{brief.title}\t\tas of {brief.day.isoformat()}"
    page.header.paragraphs[0].text = _clean(heading)
    made = datetime.combine(brief.day, time())
    properties = document.core_properties
    properties.title, properties.author = _clean(brief.title), "Diplograph"
    properties.subject, properties.language = _clean(brief.heading), "en-GB"
    properties.created = properties.modified = made
    properties.comments = properties.last_modified_by = properties.keywords = ""
    properties.revision = 1


def _set_styles(document: Document) -> None:
    """Set fonts, sizes and distances of the styles that a brief uses."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Pt, RGBColor

    sizes = {
        "Normal": (10, 0, 3, _INK),
        "Title": (18, 0, 2, _INK),
        "Subtitle": (10, 0, 6, _SOFT),
        "Heading 1": (11.5, 8, 2, _INK),
        "List Bullet": (9.5, 0, 2, _INK),
        "Caption": (9.5, 0, 2, _SOFT),
        "Source": (9, 0, 2, _INK),
        "Header": (8.5, 0, 0, _SOFT),
        "Footer": (8.5, 0, 0, _SOFT),
    }
    document.styles.add_style("Source", WD_STYLE_TYPE.PARAGRAPH)
    for name, (size, before, after, colour) in sizes.items():
        style = document.styles[name]
        style.font.name, style.font.size = "Calibri", Pt(size)
        style.font.color.rgb = RGBColor.from_string(colour)
        style.font.italic = False
        style.font.bold = name in ("Title", "Heading 1")
        style.paragraph_format.space_before = Pt(before)
        style.paragraph_format.space_after = Pt(after)
        style.paragraph_format.line_spacing = 1.0
    link = document.styles.add_style("Hyperlink", WD_STYLE_TYPE.CHARACTER)
    link.font.color.rgb = RGBColor.from_string(_LINK)


def _add_paragraph(document: Document, style: str, text: str = "") -> Paragraph:
    """Return a new paragraph of the style of that id; finding one by its name takes long."""
    paragraph = document.add_paragraph(_clean(text))
    paragraph._p.style = style
    return paragraph


def _add_section(
    document: Document, brief: Brief, section: BriefSection, addresses: BriefAddresses
) -> None:
    _add_paragraph(document, "Heading1", section.title)
    if section.note:
        _add_paragraph(document, "Caption", section.note).paragraph_format.keep_with_next = True
    for line in section.lines:
        paragraph = _add_paragraph(document, "ListBullet")
        if line.lead:
            paragraph.add_run(f"{_clean(line.lead)}: ").bold = True
        _add_line(paragraph, brief, line, addresses)
    if words := say_more(section):
        paragraph = _add_paragraph(document, "ListBullet")
        _add_text(paragraph, words, addresses.of_path(section.rest))


def _add_line(
    paragraph: Paragraph, brief: Brief, line: BriefLine, addresses: BriefAddresses
) -> None:
    for text, address, strong in list_pieces(brief, line, addresses):
        _add_text(paragraph, text, address, strong)


def _add_text(paragraph: Paragraph, text: str, address: str, strong: bool = False) -> None:
    """Add a piece of text, linked to its address where it has one."""
    if not address:
        paragraph.add_run(_clean(text)).bold = strong or None
        return
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    run = paragraph.add_run(_clean(text))
    run._r.style = "Hyperlink"
    run.bold = strong or None
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, True))
    link.append(run._r)
    paragraph._p.append(link)


def _add_source(paragraph: Paragraph, source: BriefSource, addresses: BriefAddresses) -> None:
    paragraph.add_run(f"{source.number}. ").bold = True
    _add_text(paragraph, source.name, addresses.of_thing(source.details.report.iri))
    paragraph.add_run(f". {_clean(source.description)}. ")
    if source.details.address:
        _add_text(paragraph, source.details.address, source.details.address)


def _add_footer(document: Document, address: str) -> None:
    """Add the address of the brief and the number of the page, as fields."""
    paragraph = document.sections[0].footer.paragraphs[0]
    _add_text(paragraph, address or "Diplograph", address)
    paragraph.add_run("\t\tPage ")
    _add_field(paragraph, "PAGE")
    paragraph.add_run(" of ")
    _add_field(paragraph, "NUMPAGES")


def _add_field(paragraph: Paragraph, name: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), name)
    field.append(paragraph.add_run("1")._r)
    paragraph._p.append(field)


def _clean(text: str) -> str:
    """Return what XML can hold of a text, in one line."""
    return XML_ILLEGAL.sub("", " ".join(text.split("\n")))


def _fix_times(archive: bytes) -> bytes:
    """Return a ZIP archive with the same entries, none of which says when it was written."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            new.writestr(entry, old.read(name))
    return file.getvalue()


# By suffix.
BRIEF_FORMATS = {
    "docx": BriefFormat(
        "Word (DOCX)",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        write_docx,
    ),
    "md": BriefFormat("Markdown", "text/markdown; charset=utf-8", write_markdown),
}
