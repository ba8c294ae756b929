"""What the tests of the reference share: its names, its forms, and what a page links to."""

import html
import re
from urllib.parse import urlsplit

import pyoxigraph as ox
import pytest

from diplograph.core.formats import STATEMENTS
from diplograph.core.names import PREFIXES
from vocabulary import VOCABULARY

FORMS = {form.suffix: form for form in STATEMENTS.values() if not form.graphs}
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
NAMES = sorted(iri.removeprefix(PREFIXES["dg"]) for iri in VOCABULARY)
each_form = pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))


def links_of(text):
    """Return the paths below /ontology that a page links to."""
    addresses = {html.unescape(each) for each in re.findall(r'href="([^"]*)"', text)}
    paths = {urlsplit(each).path for each in addresses if each.startswith("/ontology")}
    return sorted(paths)


def is_file(path):
    """Return whether a path names a form of RDF."""
    return path.rpartition(".")[2] in FORMS


def read(body, form):
    """Return the statements of a body, which is in that form."""
    return {quad.triple for quad in ox.parse(body, format=form.serializer)}
