"""Hostile queries, in groups: each group exceeds the bounds of the server in one way."""

from __future__ import annotations

DEPTHS = (10, 100, 1_000, 10_000, 100_000)
MEGABYTES = 10_000_000
FIVE = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o"
ANY = "(<x:y>|!<x:y>)"
NEST = {
    "brackets": ("SELECT * { BIND (", "(", "1", ")", " AS ?x) }"),
    "groups": ("SELECT * {", "{", "?a ?b ?c", "}", "} LIMIT 1"),
    "optionals": ("SELECT * { ?a a ?b ", "OPTIONAL { ?a a ?b ", "", "}", "} LIMIT 1"),
    "unions": ("SELECT * {", "{ ?a a ?b } UNION {", "?a a ?b", "}", "} LIMIT 1"),
    "nots": ("SELECT * { FILTER (", "!", "true", "", ") }"),
    "sums": ("SELECT * { BIND (", "1 + ", "1", "", " AS ?x) }"),
    "ands": ("SELECT * { FILTER (", "true && ", "true", "", ") }"),
    "subselects": ("SELECT * {", "{ SELECT * {", "?a a ?b", "} }", "} LIMIT 1"),
    "exists": ("SELECT * { ?a a ?b ", "FILTER NOT EXISTS { ?a a ?b ", "", "}", "} LIMIT 1"),
    "paths": ("SELECT * { ?a ", "(", "<x:y>", ")", " ?b }"),
    "stars": ("SELECT * { ?a ", "(", "<x:y>", ")*", " ?b } LIMIT 1"),
    "lists": ("SELECT * { ", "(", "1", ")", " ?a ?b }"),
    "blanks": ("SELECT * { ?a ?b ", "[ <x:y> ", "1", "]", " }"),
    "calls": ("SELECT * { BIND (", "STR(", "1", ")", " AS ?x) }"),
    "ifs": ("SELECT * { BIND (", "IF(true, 1, ", "1", ")", " AS ?x) }"),
}


def list_attacks() -> dict[str, list[str]]:
    """Return the texts of the hostile queries by group."""
    return {
        "cross products": cross_products(),
        "path explosions": path_explosions(),
        "exponential aggregates": aggregates(),
        "deep nesting": [nest(kind, depth) for kind in NEST for depth in DEPTHS],
        "10 MB texts": long_texts(),
        "100,000 VALUES rows": long_values(),
        "heavy regex": regexes(),
        "huge numbers": numbers(),
        "giant strings": strings(),
        "huge sorts": sorts(),
        "floods": floods(),
    }


def nest(kind: str, depth: int) -> str:
    """Return a query of that kind of nesting, `depth` deep."""
    head, opening, middle, closing, tail = NEST[kind]
    return head + opening * depth + middle + closing * depth + tail


def cross_products() -> list[str]:
    """Return products of three to five patterns: listed, counted, compared."""
    products = [" . ".join(FIVE.split(" . ")[:count]) for count in (3, 4, 5)]
    listed = [f"SELECT * {{ {product} }}" for product in products]
    counted = [f"SELECT (COUNT(*) AS ?count) {{ {product} }}" for product in products]
    compared = [f"ASK {{ {product} FILTER (?a = ?i && ?c = 7) }}" for product in products]
    distinct = [f"SELECT DISTINCT ?a ?f ?h {{ {product} }}" for product in products]
    return listed + counted + compared + distinct


def path_explosions() -> list[str]:
    """Return paths of any length over any property."""
    paths = [f"{ANY}*", f"{ANY}+/{ANY}+", f"({ANY}*)*", f"{ANY}*/^{ANY}*", "/".join([ANY] * 8)]
    paths += ["(!<x:y>|^!<x:y>)*", f"({ANY}?/{ANY}?)*", f"(({ANY}*)+/({ANY}+)*)+"]
    return [f"SELECT (COUNT(*) AS ?count) {{ ?a {path} ?b }}" for path in paths]


def aggregates() -> list[str]:
    """Return aggregates over products, and over one another."""
    product = "?a ?b ?c . ?d ?e ?f"
    inner = f"SELECT (GROUP_CONCAT(STR(?c)) AS ?t) {{ {product} }} GROUP BY ?b"
    return [
        f"SELECT (COUNT(DISTINCT *) AS ?count) {{ {product} }}",
        f"SELECT (COUNT(DISTINCT CONCAT(STR(?a), STR(?f))) AS ?count) {{ {product} }}",
        f"SELECT (GROUP_CONCAT(?t) AS ?all) {{ {{ {inner} }} }}",
        f"SELECT ?e (GROUP_CONCAT(DISTINCT ?a; SEPARATOR='xxxxxxxx') AS ?all) {{ {product} }}"
        " GROUP BY ?e",
        f"SELECT ?a ?d (SUM(STRLEN(STR(?c))) AS ?sum) {{ {product} }} GROUP BY ?a ?d",
        f"SELECT (SAMPLE(?x) AS ?y) {{ {{ SELECT (MAX(?c) AS ?x) {{ {product} }} GROUP BY ?a }} }}",
    ]


def long_texts() -> list[str]:
    """Return texts of 10 MB: a comment, a string, a name, a list of patterns, blanks."""
    return [
        "ASK {} #" + "x" * MEGABYTES,
        'SELECT ("' + "x" * MEGABYTES + '" AS ?x) {}',
        "SELECT * { ?a <x:" + "y" * MEGABYTES + "> ?b }",
        "SELECT * { " + "?a ?b ?c . " * (MEGABYTES // 11) + "}",
        "ASK {" + " " * MEGABYTES + "}",
        "(" * MEGABYTES,
    ]


def long_values() -> list[str]:
    """Return tables of 100,000 rows in the query: short, wide, and joined with one another."""
    short = "1 " * 100_000
    wide = "".join(f"(<x:{number}> {number}) " for number in range(100_000))
    texts = " ".join(f"'{number}'" for number in range(100_000))
    return [
        f"SELECT (COUNT(*) AS ?count) {{ VALUES ?x {{ {short}}} }}",
        f"SELECT (COUNT(*) AS ?count) {{ VALUES ?x {{ {short}}} VALUES ?y {{ {short}}} }}",
        f"SELECT (COUNT(*) AS ?count) {{ VALUES ?x {{ {short}}} ?a ?b ?x . ?c ?d ?x }}",
        f"SELECT * {{ VALUES (?x ?y) {{ {wide}}} ?x ?p ?y }}",
        f"SELECT * {{ ?s ?p ?o FILTER (STR(?o) IN ({texts.replace(' ', ', ')})) }}",
    ]


def regexes() -> list[str]:
    """Return patterns that blow up in a matcher that goes back, or as they are compiled."""
    patterns = ["(a+)+$", "(a|aa)+$", "(.*)*x", "((a{0,100}){0,100}){0,100}", "(x{1000}){1000}"]
    patterns += ["(.*a){20}", "^(([a-z])+.)+[A-Z]([a-z])+$", "(?:(?:(?:.?){50}){50}){50}"]
    matched = [
        f'SELECT (COUNT(*) AS ?count) {{ ?a ?b ?c FILTER REGEX(STR(?c), "{pattern}", "i") }}'
        for pattern in patterns
    ]
    grown = [
        f'SELECT (REPLACE(?t, ".", "{"b" * 10_000}") AS ?x) {{ BIND ("{"a" * 20_000}" AS ?t) }}',
        'SELECT (COUNT(?x) AS ?count) { ?a ?b ?c . ?d ?e ?f BIND (REPLACE(STR(?c), "(.)", "$1$1$1")'
        " AS ?x) }",
    ]
    return [*matched, *grown]


def numbers() -> list[str]:
    """Return numbers of 100,000 digits, products past every bound, and powers of powers."""
    digits = "9" * 100_000
    return [
        f"SELECT ({digits} AS ?x) {{}}",
        f"SELECT ({digits}.{digits} * {digits} AS ?x) {{}}",
        f"SELECT ({digits} * {digits} + {digits} AS ?x) {{}}",
        f'SELECT (<http://www.w3.org/2001/XMLSchema#decimal>("{digits}.{digits}") AS ?x) {{}}',
        "SELECT (1e308 * 1e308 * -1e308 AS ?x) {}",
        "SELECT (SUM(?x) AS ?sum) { ?a ?b ?c . ?d ?e ?f BIND (99999999999999999.9 * 9.9 AS ?x) }",
        f"SELECT (1e{digits} AS ?x) (-1e-{digits} AS ?y) {{}}",
        f"SELECT * {{ ?a ?b ?c }} LIMIT {digits}",
        f"SELECT * {{ ?a ?b ?c }} OFFSET {digits} LIMIT 1",
        "SELECT * { ?a ?b ?c } OFFSET 18446744073709551615 LIMIT 18446744073709551615",
    ]


def strings() -> list[str]:
    """Return strings that double thirty times."""

    def double(step: str) -> str:
        binds = " ".join(
            f"BIND ({step.format(f'?t{number}')} AS ?t{number + 1})" for number in range(34)
        )
        return f'SELECT (STRLEN(?t34) AS ?length) {{ BIND ("0123456789" AS ?t0) {binds} }}'

    steps = ["CONCAT({0}, {0})", 'REPLACE({0}, "(.)", "$1$1")', "ENCODE_FOR_URI(CONCAT({0}, {0}))"]
    steps += ["UCASE(CONCAT({0}, {0}, {0}))", "STRDT(CONCAT(STR({0}), STR({0})), <x:y>)"]
    return [*map(double, steps), double("CONCAT({0}, {0})").replace("STRLEN(?t34)", "?t24")]


def sorts() -> list[str]:
    """Return sorts of everything, of a product, and by chance."""
    return [
        "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f",
        "SELECT * { ?a ?b ?c . ?c ?d ?e . ?e ?f ?g } ORDER BY STR(?g) DESC(?a)",
        "SELECT * { ?a ?b ?c } ORDER BY RAND() STR(?c) ?a",
        "SELECT DISTINCT ?c ?f { ?a ?b ?c . ?d ?e ?f } ORDER BY CONCAT(STR(?c), STR(?f)) LIMIT 5",
    ]


def floods() -> list[str]:
    """Return queries for the whole graph, and for more rows than it has."""
    return [
        "CONSTRUCT WHERE { ?a ?b ?c }",
        "CONSTRUCT { ?a ?b ?f . ?d ?e ?c } WHERE { ?a ?b ?c . ?d ?e ?f }",
        "CONSTRUCT { [] ?b ?c ; ?e ?f } WHERE { ?a ?b ?c . ?d ?e ?f }",
        "DESCRIBE ?a { ?a ?b ?c }",
        "DESCRIBE * { ?a ?b ?c . ?d ?e ?f }",
        "SELECT * { ?a ?b ?c }",
        "SELECT * { GRAPH ?g { ?a ?b ?c } GRAPH ?h { ?d ?e ?f } }",
        "SELECT * { ?a ?b ?c . ?a ?d ?e . ?a ?f ?g }",
    ]
