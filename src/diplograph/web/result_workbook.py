"""The answer to a SELECT query as a workbook, in which numbers are numbers and days are days."""

from __future__ import annotations

import json
import re

from flask import Blueprint, Response

from diplograph.core.errors import NotAcceptable, UsageError
from diplograph.core.names import PREFIXES
from diplograph.sparql.query_text import declare_prefixes, name_answer
from diplograph.sparql.results import write_head
from diplograph.store.interface import PAGE, QueryRequest
from diplograph.views.tables import XLSX_TYPE, Column, Table, write_workbook
from diplograph.web.context import AppContext
from diplograph.web.flask_adapter import read_flask
from diplograph.web.protocol.requests import read_request
from diplograph.web.protocol.service_description import ENDPOINT

MOST_ROWS = 20_000
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:Z|T00:00:00(?:Z|\+00:00)?)?")
_NUMBERS = frozenset(
    PREFIXES["xsd"] + name
    for name in ("integer", "decimal", "double", "float", "nonNegativeInteger", "positiveInteger")
)


def create_result_workbook(context: AppContext) -> Blueprint:
    """Return the blueprint of /sparql/answer.xlsx, which takes a query as /sparql does."""
    pages = Blueprint("result_workbook", __name__)

    @pages.get(f"{ENDPOINT}/answer.xlsx")
    def workbook() -> Response:
        """Return the rows; raises UsageError for more than MOST_ROWS, and what the engine raises.

        Raises NotAcceptable for a query that does not give rows.
        """
        wanted = read_request(read_flask(context.settings), context.settings)
        query = QueryRequest(
            declare_prefixes(wanted.text)[0],
            PAGE,
            PAGE,
            default_graphs=wanted.default_graphs,
            named_graphs=wanted.named_graphs,
            services=context.settings.services,
            shown=MOST_ROWS,
        )
        answer = context.client_engine().answer(query)
        if answer.kind != "solutions":
            raise NotAcceptable("a workbook has rows, which a SELECT query gives")
        if (answer.total or 0) > MOST_ROWS:
            raise UsageError(
                f"the answer has {answer.total:,} rows; a workbook has {MOST_ROWS:,} at most:"
                " choose CSV, or add a LIMIT"
            )
        body = write_workbook([make_table(json.loads(answer.body))], "Answer to a query")
        named = f'inline; filename="{name_answer(wanted.text)}.xlsx"'
        return Response(body, content_type=XLSX_TYPE, headers={"Content-Disposition": named})

    return pages


def make_table(result: dict) -> Table:
    """Return the rows of a result in SPARQL's JSON as a table, a column for each variable."""
    names, bindings = result["head"]["vars"], result["results"]["bindings"]
    columns = []
    for name in names:
        terms = [row[name] for row in bindings if name in row]
        width = max([len(term["value"]) for term in terms if term["type"] != "uri"] or [24])
        columns.append(Column(write_head(name), _find_kind(terms), min(max(width + 2, 10), 60)))
    rows = [
        tuple(_write_cell(row[name]) if name in row else "" for name in names) for row in bindings
    ]
    return Table("Answer", tuple(columns), rows)


def _find_kind(terms: list[dict]) -> str:
    """Return the kind of a column in which all cells are of one, else text."""
    if terms and all(term["type"] == "uri" for term in terms):
        return "link"
    if terms and all(term.get("datatype") in _NUMBERS for term in terms):
        return "number"
    if any(_DAY.fullmatch(str(term["value"])) for term in terms):
        return "day"
    return "text"


def _write_cell(term: dict) -> str:
    """Return a term as a text, a midnight as its day."""
    if term["type"] == "triple":
        return " ".join(_write_cell(part) for part in term["value"].values())
    day = _DAY.fullmatch(term["value"]) if term["type"] == "literal" else None
    return day[1] if day else term["value"]
