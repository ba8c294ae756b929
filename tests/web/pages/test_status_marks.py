"""Links on pages: what they say is escaped, and they lead here, elsewhere or nowhere."""

import pytest
from flask import Flask

from diplograph.core.things import Thing
from diplograph.web.rendering import write_link, write_links

ROOT = "https://w3id.org/diplograph/"


@pytest.fixture
def written():
    """Return what writes links for a request below a prefix."""
    with Flask(__name__).test_request_context("/", base_url="http://x.example/graph/"):
        yield


@pytest.mark.parametrize(
    ("iri", "expected"),
    [
        (f"{ROOT}id/state/IND", '<a href="/graph/page/state/IND">A &lt;b&gt; &#34;c&#34;</a>'),
        (
            "https://x.example/?a=1&b=2",
            '<a href="https://x.example/?a=1&amp;b=2" rel="external noopener">'
            "A &lt;b&gt; &#34;c&#34;</a>",
        ),
        ("javascript:alert(1)", "A &lt;b&gt; &#34;c&#34;"),
        (f"{ROOT}elsewhere", "A &lt;b&gt; &#34;c&#34;"),
    ],
)
def test_a_link_is_escaped_and_leads_to_a_page_if_there_is_one(written, iri, expected):
    assert str(write_link(Thing(iri, 'A <b> "c"'))) == expected


def test_links_have_what_is_between_them_escaped(written):
    things = [Thing("urn:a", "a"), Thing("urn:b", "b")]
    assert str(write_links(things, " & ")) == "a &amp; b"
