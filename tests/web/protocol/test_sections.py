"""What SPARQL 1.1 Protocol asks of a service, section by section; each test names its own."""

import json

import pytest

from diplograph.core.names import REFERENCE_GRAPH
from diplograph.store.engine import LocalEngine
from fixtures.exchanges import FORM, QUERY, exchange, get, header, post
from fixtures.small_build import REPORT_GRAPH

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
COUNT_NAMED = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
CORVO = "https://w3id.org/diplograph/id/city/corvo"
ALL, TALE, REFERENCE = 13, 11, 2


@pytest.fixture(scope="module")
def engine(small_store):
    return LocalEngine(small_store)


def count(response):
    assert response.status == 200, response.body
    return int(json.loads(response.body)["results"]["bindings"][0]["n"]["value"])


# ---- 2.1 query operation ------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_query_is_invoked_by_get_or_post(engine, method):
    """Section 2.1: the operation MUST be invoked with either of them."""
    request = get({"query": COUNT}) if method == "GET" else post(COUNT, QUERY)
    assert count(exchange(engine, request)) == ALL


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "query", "get"])
def test_any_other_method_is_none_and_the_right_ones_are_named(engine, method):
    """Section 2.1, and RFC 9110, 15.5.6: a 405 MUST name the methods; they are case-sensitive."""
    response = exchange(engine, get({"query": COUNT}, method=method))
    assert response.status == 405
    assert header(response, "allow") == "GET, HEAD, OPTIONS, POST"


@pytest.mark.parametrize(
    "request_",
    [
        get({"default-graph-uri": REPORT_GRAPH}),
        get({"query": ["ASK {}", "ASK {}"]}),
        post("", FORM),
        post("query=ASK%7B%7D&query=ASK%7B%7D", FORM),
        post("ASK {}", QUERY, "query=ASK%7B%7D"),
        post("query=ASK%7B%7D", FORM, "query=ASK%7B%7D"),
    ],
    ids=["get: none", "get: two", "form: none", "form: two", "direct: two", "form: two places"],
)
def test_a_request_holds_exactly_one_query(engine, request_):
    """Section 2.1: client requests must include exactly one SPARQL query string."""
    response = exchange(engine, request_)
    assert response.status == 400
    assert b"query" in response.body


def test_a_request_holds_any_number_of_graphs(engine):
    """Section 2.1: zero or more default graph URIs and named graph URIs."""
    assert count(exchange(engine, get({"query": COUNT}))) == ALL
    one = {"query": COUNT, "default-graph-uri": REPORT_GRAPH}
    assert count(exchange(engine, get(one))) == TALE
    both = {"query": COUNT, "default-graph-uri": [REPORT_GRAPH, REFERENCE_GRAPH]}
    assert count(exchange(engine, get(both))) == TALE + REFERENCE
    named = {"query": COUNT_NAMED, "named-graph-uri": [REPORT_GRAPH, REFERENCE_GRAPH]}
    assert count(exchange(engine, get(named))) == TALE + REFERENCE


# ---- 2.1.1 query via GET ------------------------------------------------------------------


def test_parameters_of_an_address_are_escaped_and_in_any_order(engine):
    """Section 2.1.1: percent-encoded, separated by `&`, in any order; `+` is a space."""
    graph = REFERENCE_GRAPH.replace(":", "%3a").replace("/", "%2F")
    query = "SELECT+(COUNT(*)+AS+%3Fn)%20%7B+%3fs+%3Fp+%3Fo%20%7D"
    for address in (
        f"query={query}&default-graph-uri={graph}",
        f"default-graph-uri={graph}&&query={query}",
    ):
        assert count(exchange(engine, get(address))) == REFERENCE


def test_an_escaped_separator_belongs_to_its_value(engine):
    """Section 2.1.1: what is percent-encoded separates nothing."""
    text = 'ASK { FILTER("a&query=b=c;d+e%20f#g" = "a&query=b=c;d+e%20f#g") }'
    assert json.loads(exchange(engine, get({"query": text})).body)["boolean"] is True


def test_a_semicolon_separates_nothing(engine):
    """Section 2.1.1: parameters must be separated with the ampersand."""
    text = f"{COUNT.replace(' ', '%20')[:-1]};%20}}"
    assert count(exchange(engine, get(f"query={text}"))) == ALL


def test_a_parameter_that_nobody_knows_changes_nothing(engine):
    """Section 2.1.1: the parameters are those named there; a service meets others too."""
    asked = {"query": COUNT, "timeout": "0", "callback": "x", "default-graph": "urn:no"}
    assert count(exchange(engine, get(asked))) == ALL


# ---- 2.1.2 query via URL-encoded POST -----------------------------------------------------


@pytest.mark.parametrize(
    "kind", [FORM, f"{FORM}; charset=UTF-8", FORM.upper(), f'{FORM};charset="utf-8"']
)
def test_a_form_is_read_from_the_body(engine, kind):
    """Section 2.1.2: parameters within the body, of type application/x-www-form-urlencoded."""
    body = get({"query": COUNT, "default-graph-uri": REFERENCE_GRAPH}).query
    assert count(exchange(engine, post(body, kind))) == REFERENCE


def test_a_form_is_decoded_once(engine):
    """Section 2.1.2: percent-encoded once, so a `%41` in a query stays what it is."""
    body = get({"query": 'SELECT ("%41%2B+" AS ?n) {}'}).query
    told = json.loads(exchange(engine, post(body, FORM)).body)
    assert told["results"]["bindings"][0]["n"]["value"] == "%41%2B+"


def test_graphs_beside_a_form_are_not_passed_over(engine):
    """Section 2.1.2: a form has them in its body; one in the address counts as well."""
    address = get({"default-graph-uri": REFERENCE_GRAPH}).query
    body = get({"query": COUNT}).query
    assert count(exchange(engine, post(body, FORM, address))) == REFERENCE


# ---- 2.1.3 query via POST directly --------------------------------------------------------


def test_a_query_is_posted_unencoded_with_its_graphs_in_the_address(engine):
    """Section 2.1.3: the body is the query as it stands; graphs are in the request's URI."""
    address = get({"default-graph-uri": REFERENCE_GRAPH}).query
    assert count(exchange(engine, post(COUNT, QUERY, address))) == REFERENCE
    text = 'SELECT ("%41+" AS ?n) {}'
    told = json.loads(exchange(engine, post(text, QUERY)).body)
    assert told["results"]["bindings"][0]["n"]["value"] == "%41+"


@pytest.mark.parametrize("charset", ["utf-16", "iso-8859-1", "us-ascii", "nonsense"])
def test_utf_8_is_the_only_charset(engine, charset):
    """Section 2.1.3: UTF-8 is the only valid charset here."""
    response = exchange(engine, post("ASK {}", f"{QUERY}; charset={charset}"))
    assert response.status == 415
    assert charset.encode() in response.body
    assert exchange(engine, post("ASK {}", f"{QUERY}; charset=UTF-8")).status == 200


def test_a_query_that_is_not_utf_8_is_a_bad_one_by_each_way(engine):
    """Section 2.1.3, and 2.1.1 by way of RFC 3986, 2.5."""
    for request in (
        post(b"ASK { FILTER('\xff' = '') }", QUERY),
        post(b"query=ASK%20%7B%7D%23%FF", FORM),
        post(b"query=ASK%20%7B%7D%23\xff", FORM),
        get("query=ASK%7B%7D%23%FF"),
        get("query=ASK%7B%7D%23\udcff"),
        get("query=ASK%7B%7D&%FF=x"),
    ):
        response = exchange(engine, request)
        assert response.status == 400
        assert b"UTF-8" in response.body


# ---- 2.1.4 specifying an RDF dataset ------------------------------------------------------


def test_a_dataset_of_the_request_comes_before_that_of_the_query(engine):
    """Section 2.1.4: the service must execute the query using the dataset of the request."""
    text = f"SELECT (COUNT(*) AS ?n) FROM <{REPORT_GRAPH}> {{ ?s ?p ?o }}"
    assert count(exchange(engine, get({"query": text}))) == TALE
    asked = {"query": text, "default-graph-uri": REFERENCE_GRAPH}
    assert count(exchange(engine, get(asked))) == REFERENCE
    asked = {"query": text, "named-graph-uri": REFERENCE_GRAPH}
    assert count(exchange(engine, get(asked))) == 0


def test_a_query_without_a_dataset_has_that_of_the_service(engine):
    """Section 2.1.4: an implementation-defined default, here all but the shapes."""
    assert count(exchange(engine, get({"query": COUNT}))) == ALL


def test_a_graph_that_is_not_here_is_not_fetched(engine):
    """Section 4, Policy Considerations: what a client names is not dereferenced."""
    for name in ("default-graph-uri", "named-graph-uri"):
        response = exchange(engine, get({"query": COUNT, name: "http://localhost:1/x"}))
        assert response.status == 404
        assert b"http://localhost:1/x" in response.body


# ---- 2.1.5 accepted response formats, 2.1.6 success responses ------------------------------


@pytest.mark.parametrize(
    ("text", "accept", "content_type"),
    [
        (COUNT, "application/sparql-results+xml", "application/sparql-results+xml"),
        (COUNT, "text/csv", "text/csv; charset=utf-8"),
        ("ASK {}", "application/sparql-results+json", "application/sparql-results+json"),
        ("ASK {}", "text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
        (f"DESCRIBE <{CORVO}>", "application/rdf+xml", "application/rdf+xml"),
        (f"DESCRIBE <{CORVO}>", "application/n-quads", "application/n-quads"),
        (f"CONSTRUCT WHERE {{ <{CORVO}> ?p ?o }}", "application/trig", "application/trig"),
        (f"CONSTRUCT WHERE {{ <{CORVO}> ?p ?o }}", "text/turtle", "text/turtle; charset=utf-8"),
    ],
)
def test_a_result_is_of_the_media_type_it_says(engine, text, accept, content_type):
    """Section 2.1.6: the content type must be the media type of the body's format."""
    response = exchange(engine, get({"query": text}, accept=accept))
    assert response.status == 200
    assert header(response, "content-type") == content_type
    assert response.body


# ---- 2.1.7 failure responses --------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "SELECT", "ASK { ?s ?p }", "ASK {} }", "ASK { <a b> ?p ?o }"])
def test_what_is_no_query_is_a_bad_request(engine, text):
    """Section 2.1.7: 400 where it is not legal in the language."""
    assert exchange(engine, get({"query": text})).status == 400
    assert exchange(engine, post(text, QUERY)).status == 400


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "text/plain; charset=utf-8"),
        ("application/json", "application/json"),
        ("text/csv;q=0.1, application/problem+json", "application/problem+json"),
        ("application/sparql-results+json", "application/json"),
    ],
)
def test_a_failure_is_told_to_people_and_to_programs(engine, accept, content_type):
    """Section 2.1.7: content negotiation may choose how a failure is told."""
    response = exchange(engine, get({"query": "ASK {"}, accept=accept))
    assert response.status == 400
    assert header(response, "content-type") == content_type
    assert b"line 1" in response.body


# ---- 3 examples ---------------------------------------------------------------------------


def test_a_very_long_query_is_posted(engine):
    """Sections 3.1.11 and 3.1.12: very long queries by either kind of POST."""
    text = f"{COUNT} # {'long ' * 100_000}"
    assert count(exchange(engine, post(text, QUERY))) == ALL
    assert count(exchange(engine, post(get({"query": text}).query, FORM))) == ALL
    response = exchange(engine, get({"query": text}))
    assert response.status == 414
    assert b"POST" in response.body


def test_a_query_in_another_script_means_the_same_by_each_way(engine):
    """Section 3.1.13: SELECT with internationalization."""
    text = 'SELECT ("食べる ñ 🤝" AS ?食) {}'
    bodies = {
        exchange(engine, request).body
        for request in (
            get({"query": text}),
            post(text, QUERY),
            post(get({"query": text}).query, FORM),
        )
    }
    (body,) = bodies
    assert json.loads(body)["results"]["bindings"][0]["食"]["value"] == "食べる ñ 🤝"


def test_a_malformed_query_is_told_with_its_line_marked(engine):
    """Section 3.1.9: a fault whose body says what is wrong."""
    response = exchange(engine, post("SELECT * {\n  ?s ?p\n}", QUERY))
    first, line, caret = response.body.decode().splitlines()
    assert first.startswith("line ")
    assert " | " in line
    assert caret.strip() == "^"


def test_a_query_that_reaches_outside_is_refused(engine):
    """Section 3.1.10: a request may be refused."""
    response = exchange(engine, get({"query": "ASK { SERVICE <http://localhost:1/> {} }"}))
    assert response.status == 403


def test_a_relative_iri_is_one_of_this_project_unless_the_query_has_a_base(engine):
    """Section 2.3, and RFC 3986, 5.1.4: what nothing else determines is up to the service."""
    text = "ASK { <id/city/corvo> a ?type }"
    assert json.loads(exchange(engine, get({"query": text})).body)["boolean"] is True
    elsewhere = f"BASE <http://localhost/> {text}"
    assert json.loads(exchange(engine, get({"query": elsewhere})).body)["boolean"] is False
    graph = REFERENCE_GRAPH.removeprefix("https://w3id.org/diplograph/")
    text = f"SELECT (COUNT(*) AS ?n) FROM <{graph}> {{ ?s ?p ?o }}"
    assert count(exchange(engine, get({"query": text}))) == REFERENCE
