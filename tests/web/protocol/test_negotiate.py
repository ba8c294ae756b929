"""What a client accepts decides the format, as RFC 9110 has it, whatever the header holds."""

import itertools

import pytest

from diplograph.core.errors import NotAcceptable
from diplograph.core.formats import RESULTS, STATEMENTS
from diplograph.web.protocol.negotiate import (
    choose_encoding,
    exclude_format,
    negotiate_offers,
    negotiate_query,
)


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        ("a/x, b/y", "a/x"),
        ("a/x;q=0.1, b/y;q=0.2", "b/y"),
        ("*/*, b/y", "b/y"),
        ("*/*;q=0.9, b/*;q=0.8", "a/x"),
        ("a/x;q=0, */*", "b/y"),
        ("a/*;q=0.3, b/*;q=0.4", "b/y"),
        ("A/X", "a/x"),
        ("b/z, text/html", None),
        ("a/x;q=0", None),
        ("", "a/x"),
    ],
)
def test_quality_comes_first_then_what_is_named_more_closely_then_our_order(header, chosen):
    assert negotiate_offers(header, ["a/x", "b/y"]) == chosen


def test_every_format_of_the_table_can_be_asked_for_by_its_media_type():
    for form in RESULTS.values():
        assert negotiate_query(form.media_type).solutions.name == form.name
    for form in STATEMENTS.values():
        assert negotiate_query(form.media_type).statements.name == form.name


def test_every_format_of_the_table_can_be_asked_for_by_its_name():
    for form in RESULTS.values():
        assert negotiate_query("", form.name).solutions.name == form.name
    for form in STATEMENTS.values():
        assert negotiate_query("", form.name).statements.name == form.name


def test_a_format_of_that_name_is_not_acceptable_where_there_is_none():
    with pytest.raises(NotAcceptable, match="text/csv"):
        negotiate_query("*/*", "parquet")


@pytest.mark.parametrize(
    ("header", "qualities"),
    [
        (
            "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed,"
            " text/plain;format=fixed;q=0.4, */*;q=0.5",
            {"text/plain": 0.7, "text/html": 0.3, "image/jpeg": 0.5},
        ),
        ("audio/*; q=0.2, audio/basic", {"audio/basic": 1.0, "audio/mp3": 0.2, "a/b": 0.0}),
        ("text/plain; q=0.5, text/html , text/x-dvi; Q=0.8", {"text/html": 1, "text/x-dvi": 0.8}),
    ],
)
def test_the_most_specific_range_decides_about_a_type(header, qualities):
    """RFC 9110, 12.5.1, with its own examples."""
    ordered = sorted(qualities, key=qualities.get)
    for lower, higher in itertools.pairwise(ordered):
        assert negotiate_offers(header, [lower, higher]) == higher
    assert (
        negotiate_offers(header, [name for name, quality in qualities.items() if not quality])
        is None
    )


@pytest.mark.parametrize(
    ("header", "media_type"),
    [
        ("text/csv;q=0, */*", "application/sparql-results+json"),
        ("application/sparql-results+json;q=0, application/*", "application/sparql-results+xml"),
        ("text/csv;q=0.000, text/csv", "text/csv"),
        ("text/csv;q=1.5", None),
        ("text/csv;q=-1", None),
        ("text/csv;q=nan, text/html;q=0.1", "text/html"),
        ("text/csv;q=0.0001", "text/csv"),
        ("text/csv;charset=UTF-8", "text/csv"),
        ("text/csv;charset=utf-16", None),
        ("text/csv;header=present", None),
        ("TEXT/CSV ; Q=0.5", "text/csv"),
        ("*", "application/sparql-results+json"),
        (",,text/csv,,", "text/csv"),
        ("text", None),
    ],
)
def test_a_header_is_read_as_it_is_written(header, media_type):
    """RFC 9110, 12.4.2 and 12.5.1: a weight is 0 to 1; one that is none makes no range."""
    try:
        offer = negotiate_query(header).solutions
    except NotAcceptable:
        offer = None
    assert (offer.media_type if offer else None) == media_type


def test_a_profile_of_json_ld_is_a_wish():
    wish = 'application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"'
    assert negotiate_query(wish).statements.name == "jsonld"


def test_no_header_takes_everything():
    """RFC 9110, 12.5.1: without the field any type is acceptable."""
    assert negotiate_query("") == negotiate_query("*/*")


def test_a_word_is_a_name_a_suffix_or_a_media_type():
    for word in ("turtle", "ttl", "TTL", "text/turtle", "application/x-turtle"):
        assert negotiate_query("image/png", word).statements.name == "turtle"
    for word in ("application/sparql-results+xml", "application/sparql-results xml", "srx", "xml"):
        assert negotiate_query("", word).solutions.name == "xml"
    assert negotiate_query("", "json").statements.name == "jsonld"
    assert negotiate_query("", "jsonld").solutions is None


def test_what_a_message_repeats_of_a_request_is_short():
    with pytest.raises(NotAcceptable) as refused:
        negotiate_query("a/b, " * 800)
    assert len(str(refused.value)) < 700
    with pytest.raises(NotAcceptable) as refused:
        negotiate_query("", "word" * 800)
    assert len(str(refused.value)) < 700


def test_a_header_longer_than_anyone_needs_is_disregarded():
    """RFC 9110, 12.5.1, allows it."""
    assert negotiate_query("text/csv;q=0.1, " * 1000) == negotiate_query("")
    assert choose_encoding("gzip, " * 1000) == ""


# ---- Accept-Encoding (RFC 9110, 12.5.3) ---------------------------------------------------


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        (None, ""),
        ("", ""),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("deflate", ""),
        ("compress, deflate;q=0.5", ""),
        ("identity", ""),
        ("identity, gzip;q=0.5", ""),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("identity;q=0, br", "br"),
        ("gzip;q=0", ""),
        ("gzip;q=0, *", "zstd"),
        ("gzip;q=0.2, *;q=0.5", "zstd"),
        ("br;q=0.1, *;q=0.5", "gzip"),
        ("*", "gzip"),
        ("*;q=0, gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("GZIP ; Q=0.3", "gzip"),
        ("gzip;q=nonsense", ""),
        ("zstd, gzip;q=0.9", "zstd"),
    ],
)
def test_a_body_is_compressed_as_the_client_likes_best(header, encoding):
    assert choose_encoding(header) == encoding


@pytest.mark.parametrize("header", ["identity;q=0", "*;q=0", "deflate, *;q=0", "identity;q=0, foo"])
def test_where_nothing_can_be_sent_the_encodings_are_listed(header):
    with pytest.raises(NotAcceptable, match="zstd, br, gzip, identity"):
        choose_encoding(header)


@pytest.mark.parametrize(
    ("accept", "name", "best"),
    [
        ("application/rdf+xml, text/turtle;q=0.5", "rdfxml", "text/turtle"),
        ("application/rdf+xml;q=1, text/xml, */*;q=.1", "rdfxml", "text/turtle"),
        ("application/sparql-results+xml, text/csv;q=0.2", "xml", "text/csv"),
        ("", "rdfxml", "text/turtle"),
        ("application/rdf+xml, application/xml;q=0.5", "rdfxml", None),
        ("text/turtle", "rdfxml", None),
    ],
)
def test_a_format_can_be_taken_out_of_a_header(accept, name, best):
    rest = exclude_format(accept, name)
    types = [form.media_type for form in (*RESULTS.values(), *STATEMENTS.values())]
    assert (rest and negotiate_offers(rest, sorted(types, reverse=True))) == best
