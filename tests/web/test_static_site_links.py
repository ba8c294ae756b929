"""Files of a site have names that any system takes, and their pages lead from file to file."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest

from diplograph.web.static_site import (
    LINKS,
    NOTE,
    find_links,
    name_file,
    name_files,
    relate,
    rewrite_links,
)

# ---- the names of files -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "media_type", "name"),
    [
        ("/", "text/html", "index.html"),
        ("/download/", "text/html", "download/index.html"),
        ("/open", "text/html", "open.html"),
        ("/page/event/a%3Fb%3A*", "text/html", "page/event/a_b__.html"),
        ("/page/state/CON", "text/html", "page/state/_CON.html"),
        ("/graph/report/tale", "text/turtle", "graph/report/tale.ttl"),
        ("/data/state/IND.ttl", "text/turtle", "data/state/IND.ttl"),
        ("/page/person/%C3%A9lan./x", "text/html", "page/person/_lan._/x.html"),
        ("/static/style.css", "text/css", "static/style.css"),
    ],
)
def test_a_path_has_a_file_name_that_any_system_takes(path, media_type, name):
    assert name_file(path, media_type) == name


def test_a_long_name_is_cut_and_told_apart_by_its_hash():
    one, other = (name_file(f"/page/event/{'a' * 200}{end}", "text/html") for end in "bc")
    assert one != other
    assert max(len(part) for part in one.split("/")) < 150


def test_names_that_differ_by_case_get_numbers_whatever_the_order():
    paths = ["/ontology/State", "/ontology/state", "/ontology/sTate"]
    one = name_files(dict.fromkeys(paths, "text/html"))
    assert one == name_files(dict.fromkeys(reversed(paths), "text/html"))
    assert sorted(one.values()) == [
        "ontology/State.html",
        "ontology/sTate-2.html",
        "ontology/state-3.html",
    ]


def test_a_link_from_file_to_file_is_relative_and_escaped():
    assert relate("page/state/IND.html", "page/state/RUS.html") == "RUS.html"
    assert urljoin("a/b/c.html", relate("a/b/c.html", "a/d e.html")) == "a/d%20e.html"


# ---- the links of a page ------------------------------------------------------------------


def lose(address):
    return None


def keep(address):
    return address


PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>A &amp; B</title><link rel="stylesheet" href="/s.css"></head>
<body class=x><!-- said --><p id="here">1 &lt; 2 &#8212;
<a class="k" href="/a?b=1&amp;c">A &eacute;</a>
<svg viewBox="0 0 1 1"><a href="/b"><title>B</title></a></svg><img src="/i.png" alt="">
<script src="/e.js"></script><script>if (1 < 2 && "<a href='x'>") f();</script></body></html>
"""


def test_a_page_whose_links_stay_is_the_same_to_the_letter():
    assert rewrite_links(PAGE, keep) == PAGE


def test_every_address_of_a_page_is_found_and_read():
    assert find_links(PAGE) == ["/s.css", "/a?b=1&c", "/b", "/i.png", "/e.js"]


def test_a_link_that_leads_nowhere_is_text_with_a_note():
    assert f'<span class="k" title="{NOTE}">A &eacute;</span>' in rewrite_links(PAGE, lose)
    assert "<g><title>B</title></g>" in rewrite_links(PAGE, lose)


def test_what_would_load_nothing_is_left_out():
    page = rewrite_links(PAGE, lose)
    assert not any(name in page for name in ("s.css", "i.png"))


def test_a_new_address_is_escaped_and_the_rest_of_the_tag_stays():
    page = rewrite_links('<a id="q" href="/a">x</a>', lambda address: 'b"&.html')
    assert page == '<a id="q" href="b&quot;&amp;.html">x</a>'


def test_a_form_is_left_out_with_all_that_is_in_it():
    page = rewrite_links('<p>a</p><form action="/s"><a href="/x">x</a><input></form><p>b</p>', keep)
    assert "form" not in page.replace("A form stands here", "")
    assert page.startswith("<p>a</p>")
    assert page.endswith("<p>b</p>")
    assert "input" not in page


def test_a_canonical_address_is_the_one_given_or_none():
    page = '<link rel="canonical" href="/a">'
    assert rewrite_links(page, keep, "https://a.example/a.html") == (
        '<link rel="canonical" href="https://a.example/a.html">'
    )
    assert rewrite_links(page, keep) == ""


def test_every_element_that_loads_something_is_known():
    assert {"a", "img", "link", "script", "use"} <= LINKS.keys()
