"""Tables as answers: CSV or a workbook, each with the name of its file."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response

from diplograph.views.tables import CSV_TYPE, XLSX_TYPE, Table, write_csv, write_workbook

# The most rows of a list in one file.
MOST_ROWS = 10_000


def send_table(stem: str, table: Table, suffix: str) -> Response:
    """Return a table as the file `stem`.`suffix`, which is csv or xlsx."""
    if suffix == "xlsx":
        return send_workbook(stem, [table], table.title)
    return send_file(f"{stem}.csv", write_csv(table), CSV_TYPE)


def send_workbook(stem: str, tables: Iterable[Table], title: str) -> Response:
    """Return tables as a workbook, a sheet each."""
    return send_file(f"{stem}.xlsx", write_workbook(tables, title), XLSX_TYPE)


def send_file(name: str, body: bytes, content_type: str) -> Response:
    """Return a file that browsers save under that name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, content_type=content_type, headers=headers)
