"""The exceptions of Diplograph, each with its HTTP status and exit code.

DiplographError                 500  4   an internal error
├── UsageError                  400  2   an invalid argument, option or combination of them
│   ├── UnknownParameter        400  2
│   ├── AmbiguousThing          409  2
│   ├── MethodNotAllowed        405  2
│   └── LengthRequired          411  2   a request body without length and not chunked
├── InputError                  400  3   an input that cannot be read or parsed
│   ├── UnreadableFile          500  3
│   ├── MalformedFile           500  3
│   ├── UnknownPrefix           400  3
│   ├── QuerySyntaxError        400  3
│   ├── MalformedDate           400  3
│   └── SourceMismatch          500  3   a source's text has another hash than the recorded one
├── Refused                     403  2   a query that would write, or contact another server
├── NotHere                     404  1   a name that nothing in the graph has
│   ├── UnknownThing            404  1
│   ├── UnknownGraph            404  1
│   └── UnknownQuestion         404  1
├── NotAcceptable               406  2
├── UnsupportedMediaType        415  2
├── BoundExceeded               503  1   a query exceeded a bound
│   ├── TooLong                 413  1   a query text over the limit
│   │   └── AddressTooLong      414  1   a request target over the limit
│   └── TooManyRequests         429  1   a client with too many queries running or waiting
├── EngineFault                 503  3   a remote engine that fails or answers incorrectly
│   └── AccessRefused           503  3   a remote engine that rejects our credentials
├── Inconsistent                500  1   the graph contradicts itself under OWL 2 RL
└── ValidationFailed            500  1   a shape of severity Violation fired
"""

from __future__ import annotations

from pathlib import Path


class DiplographError(Exception):
    """Root of the tree; its text is a sentence that a user can act on."""

    http_status = 500
    exit_code = 4


class UsageError(DiplographError):
    """An invalid argument, option or combination of them."""

    http_status = 400
    exit_code = 2


class UnknownParameter(UsageError):
    """A parameter that the question does not have."""


class AmbiguousThing(UsageError):
    """A label that several things share."""

    http_status = 409


class MethodNotAllowed(UsageError):
    """A method that the resource does not support; `allowed` are those that it does."""

    http_status = 405

    def __init__(self, message: str, *, allowed: tuple[str, ...]):
        self.allowed = allowed
        super().__init__(message)


class LengthRequired(UsageError):
    """A request body with neither Content-Length nor chunked transfer coding."""

    http_status = 411


class InputError(DiplographError):
    """An input that cannot be read or parsed."""

    http_status = 400
    exit_code = 3


class _FileError(InputError):
    """An input error with its file, line and offending value."""

    http_status = 500

    def __init__(self, message: str, *, file: str | Path, line: int | None = None, value: str = ""):
        self.file, self.line, self.value, self.message = str(file), line, value, message
        place = f"{file}:{line}" if line else str(file)
        shown = f": {value!r}" if value else ""
        super().__init__(f"{place}: {message}{shown}")


class UnreadableFile(_FileError):
    """A file that is missing, may not be opened or is not UTF-8."""


class MalformedFile(_FileError):
    """A file whose text does not follow its grammar."""


class SourceMismatch(_FileError):
    """A source's text whose hash is not the one recorded in the graph."""


class UnknownPrefix(InputError):
    """A CURIE whose prefix is in no table."""


class MalformedDate(InputError):
    """A text that is no EDTF date."""


class QuerySyntaxError(InputError):
    """A query the parser refuses; `line` and `column` count from 1."""

    def __init__(self, message: str, *, line: int | None = None, column: int | None = None):
        self.line, self.column, self.message = line, column, message
        place = f"line {line}, column {column}: " if line and column else ""
        super().__init__(f"{place}{message}")


class Refused(DiplographError):
    """A query that would write, or contact another server."""

    http_status = 403
    exit_code = 2


class NotHere(DiplographError):
    """A name that nothing in the graph has."""

    http_status = 404
    exit_code = 1


class UnknownThing(NotHere):
    """No thing of that name; the text offers near matches."""


class UnknownGraph(NotHere):
    """No named graph of that IRI."""


class UnknownQuestion(NotHere):
    """No question file of that name; the text offers near matches."""


class NotAcceptable(DiplographError):
    """None of the formats the client accepts can carry this result."""

    http_status = 406
    exit_code = 2


class UnsupportedMediaType(DiplographError):
    """A request body in a media type that is not supported."""

    http_status = 415
    exit_code = 2


class BoundExceeded(DiplographError):
    """A query exceeded a bound, or could not be accepted.

    `bound` is time, rows, bytes, memory, depth, length, queue (too many queries wait), long (too
    many long ones run), client (too many of one client), worker (its process ended) or service
    (an endpoint named by SERVICE did not answer).
    """

    http_status = 503
    exit_code = 1

    def __init__(self, message: str, *, bound: str):
        self.bound = bound
        super().__init__(message)


class TooLong(BoundExceeded):
    """A query text over the limit."""

    http_status = 413


class AddressTooLong(TooLong):
    """A request target over the limit; a long query can be sent by POST."""

    http_status = 414


class TooManyRequests(BoundExceeded):
    """A client that has as many queries running or waiting as one may."""

    http_status = 429


class EngineFault(DiplographError):
    """A remote engine that cannot be reached, or answers incorrectly."""

    http_status = 503
    exit_code = 3


class AccessRefused(EngineFault):
    """A remote engine that rejects our credentials."""


class Inconsistent(DiplographError):
    """The graph contradicts itself under OWL 2 RL; `clashes` are sentences."""

    exit_code = 1

    def __init__(self, clashes: tuple[str, ...]):
        self.clashes = clashes
        super().__init__("the graph contradicts itself:\n" + "\n".join(f"  {c}" for c in clashes))


class ValidationFailed(DiplographError):
    """A shape of severity Violation fired; `findings` are the violations."""

    exit_code = 1

    def __init__(self, findings: tuple):
        self.findings = findings
        super().__init__(
            f"{len(findings)} violation(s) stop the build:\n"
            + "\n".join(f"  {finding}" for finding in findings)
        )
