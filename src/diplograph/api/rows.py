"""Results of a SELECT in Python: rows with named, typed values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from diplograph.core.errors import UsageError
from diplograph.core.names import PREFIXES
from diplograph.core.things import Thing

if TYPE_CHECKING:
    import pandas

    from diplograph.store.store import Store


_XSD = PREFIXES["xsd"]
_READERS = {
    **{_XSD + name: int for name in ("integer", "nonNegativeInteger", "positiveInteger", "int")},
    **{_XSD + name: float for name in ("double", "float")},
    _XSD + "decimal": Decimal,
    _XSD + "boolean": lambda text: text in {"true", "1"},
    _XSD + "dateTime": datetime.fromisoformat,
}


@dataclass(frozen=True)
class Row:
    """One row: `row.state`, `row["state"]`, `row[0]`, or unpacked; an unbound variable is None."""

    _columns: tuple[str, ...]
    _cells: tuple[Any, ...]

    def __getattr__(self, name: str) -> Any:
        columns = self.__dict__.get("_columns", ())  # none yet while a copy is being made
        if name not in columns:
            raise AttributeError(f"no column {name!r}; the columns are {', '.join(columns)}")
        return self[name]

    def __getitem__(self, key: str | int) -> Any:
        if isinstance(key, int):
            return self._cells[key]
        if key not in self._columns:
            raise KeyError(f"no column {key!r}; the columns are {', '.join(self._columns)}")
        return self._cells[self._columns.index(key)]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._cells)

    def __len__(self) -> int:
        return len(self._cells)

    def __repr__(self) -> str:
        pairs = zip(self._columns, self._cells, strict=True)
        return f"Row({', '.join(f'{name}={cell!r}' for name, cell in pairs)})"


@dataclass(frozen=True)
class Rows(Sequence[Row]):
    """The rows of a SELECT, in order, and their column names.

    A thing is a Thing, xsd:dateTime a datetime, an integer an int, a decimal a Decimal, a double a
    float, a boolean a bool; any other literal is its text.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def __getitem__(self, index: int) -> Row:
        return self.rows[index]

    def __len__(self) -> int:
        return len(self.rows)

    def to_pandas(self) -> pandas.DataFrame:
        """Return a DataFrame, things as CURIEs, unbound as NA; raises UsageError without pandas."""
        try:
            import pandas
        except ImportError as error:
            message = "pandas is not installed: pip install 'diplograph[pandas]'"
            raise UsageError(message) from error
        cells = [[getattr(cell, "curie", cell) for cell in row] for row in self.rows]
        return pandas.DataFrame(cells, columns=list(self.columns)).convert_dtypes()


def read_rows(store: Store, solutions: ox.QuerySolutions) -> Rows:
    """Return the solutions of a query to `store` as rows."""
    columns = tuple(variable.value for variable in solutions.variables)
    label = cache(store.label)

    def read_cell(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None) -> Any:
        if isinstance(term, ox.NamedNode):
            return Thing(term.value, label(term.value))
        if not isinstance(term, ox.Literal):
            return None if term is None else str(term)
        try:
            return _READERS.get(term.datatype.value, str)(term.value)
        except (ValueError, ArithmeticError):
            return term.value  # outside what Python can hold, such as the year 12025

    return Rows(columns, tuple(Row(columns, tuple(map(read_cell, row))) for row in solutions))
