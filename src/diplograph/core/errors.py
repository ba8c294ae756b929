"""Every way Diplograph can refuse, each with its HTTP status and exit code.

DiplographError                 500  4   something inside went wrong
├── UsageError                  400  2   the caller asked for something that cannot be meant
│   ├── UnknownParameter        400  2
│   ├── AmbiguousThing          409  2
│   ├── MethodNotAllowed        405  2
│   └── LengthRequired          411  2   a body that does not say where it ends
├── InputError                  400  3   an input that cannot be read or parsed
│   ├── UnreadableFile          500  3
│   ├── MalformedFile           500  3
│   ├── UnknownPrefix           400  3
│   ├── QuerySyntaxError        400  3
│   ├── MalformedDate           400  3
│   └── SourceMismatch          500  3   a source's text is not the one that was read
├── Refused                     403  2   a query that would write or reach outside
├── NotHere                     404  1   a name that nothing in the graph answers to
│   ├── UnknownThing            404  1
│   ├── UnknownGraph            404  1
│   └── UnknownQuestion         404  1
├── NotAcceptable               406  2
├── UnsupportedMediaType        415  2
├── BoundExceeded               503  1   a query ran past a bound
│   ├── TooLong                 413  1   a query longer than one may be
│   │   └── AddressTooLong      414  1
│   └── TooManyRequests         429  1   a client with too much under way
├── EngineFault                 503  3   an engine elsewhere that does not answer as one should
│   └── AccessRefused           503  3   it does not let us in
├── Inconsistent                500  1   the graph contradicts itself under OWL 2 RL
└── ValidationFailed            500  1   a shape of severity Violation fired
"""

from __future__ import annotations

from pathlib import Path


class DiplographError(Exception):
    """Root of the tree; its text is a sentence a person can act on."""

    http_status = 500
    exit_code = 4


class UsageError(DiplographError):
    """The caller asked for something that cannot be meant."""

    http_status = 400
    exit_code = 2


class UnknownParameter(UsageError):
    """A question has no parameter of that name."""


class AmbiguousThing(UsageError):
    """A label that several things share."""

    http_status = 409


class MethodNotAllowed(UsageError):
    """A method that an address does not take; `allowed` are those that it does."""

    http_status = 405

    def __init__(self, message: str, *, allowed: tuple[str, ...]):
        self.allowed = allowed
        super().__init__(message)


class LengthRequired(UsageError):
    """A request whose body says neither its length nor that it comes in chunks."""

    http_status = 411


class InputError(DiplographError):
    """An input that cannot be read or parsed."""

    http_status = 400
    exit_code = 3


class _FileError(InputError):
    """An input error that knows its file, line and offending value."""

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
    """A query that would write, or reach outside the store."""

    http_status = 403
    exit_code = 2


class NotHere(DiplographError):
    """A name that nothing in the graph answers to."""

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
    """A request body in a media type that is not read here."""

    http_status = 415
    exit_code = 2


class BoundExceeded(DiplographError):
    """A query ran past a bound, or could not be taken in.

    `bound` is time, rows, bytes, memory, depth, length, queue (too many wait), long (too many long
    ones run), client (too many of one client), worker (its process was lost) or service (what
    SERVICE called gave no answer).
    """

    http_status = 503
    exit_code = 1

    def __init__(self, message: str, *, bound: str):
        self.bound = bound
        super().__init__(message)


class TooLong(BoundExceeded):
    """A query whose text is longer than one may be."""

    http_status = 413


class AddressTooLong(TooLong):
    """An address longer than one may be; a long query is posted."""

    http_status = 414


class TooManyRequests(BoundExceeded):
    """A client that has as many queries under way as one may."""

    http_status = 429


class EngineFault(DiplographError):
    """An engine elsewhere that is not reached, or does not answer as one should."""

    http_status = 503
    exit_code = 3


class AccessRefused(EngineFault):
    """An engine elsewhere that does not let us in as who we say we are."""


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
