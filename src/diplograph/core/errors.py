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
│   ├── CommentsLost            500  1   a file whose comments a new layout would drop
│   ├── UnknownPrefix           400  3
│   ├── QuerySyntaxError        400  3
│   ├── MalformedDate           400  3
│   ├── NotExpressible          406  3   data that the chosen format has no way to write
│   └── SourceMismatch          500  3   a source's text has another hash than the recorded one
├── Refused                     403  2   an update, or a query that would contact another server
├── NotHere                     404  1   a name that nothing in the graph has
│   ├── UnknownThing            404  1
│   ├── UnknownGraph            404  1
│   └── UnknownQuestion         404  1
├── NotAcceptable               406  2
├── UnsupportedMediaType        415  2
│   └── UnsupportedCoding       415  2   a request body with a content coding, such as gzip
├── BoundExceeded               503  1   a query or a stage of a build exceeded a bound
│   ├── TooLong                 413  1   a query text over the limit
│   │   ├── AddressTooLong      414  1   a request target over the limit
│   │   └── HeadTooLong         431  1   a request's headers over the limit
│   └── TooManyRequests         429  1   a client with too many queries running or waiting
├── EngineFault                 503  3   a remote engine that fails or answers incorrectly
│   └── AccessRefused           503  3   a remote engine that rejects our credentials
├── BuildLost                   503  3   the files of the build that is served are gone
├── Inconsistent                500  1   the graph contradicts itself under OWL 2 RL
└── ValidationFailed            500  1   a shape of severity Violation fired
"""

from __future__ import annotations

from pathlib import Path

from diplograph.core.terminal import escape_controls


class DiplographError(Exception):
    """Root of the tree; its text is a sentence that a user can act on."""

    http_status = 500
    exit_code = 4

    def __init_subclass__(cls, http_status: int | None = None, exit_code: int | None = None):
        cls.http_status = http_status or cls.http_status
        cls.exit_code = exit_code or cls.exit_code

    def __reduce__(self) -> tuple:
        """Let every error be sent between processes, whatever its constructor requires."""
        return _restore, (type(self), self.args, self.__dict__)


def _restore(kind: type[DiplographError], arguments: tuple, fields: dict) -> DiplographError:
    error = kind.__new__(kind, *arguments)
    error.args = arguments
    error.__dict__.update(fields)
    return error


class UsageError(DiplographError, http_status=400, exit_code=2):
    """An invalid argument, option or combination of them."""


class UnknownParameter(UsageError):
    """A parameter that the question does not have."""


class AmbiguousThing(UsageError, http_status=409):
    """A label that several things share."""


class MethodNotAllowed(UsageError, http_status=405):
    """A method that the resource does not support; `allowed` are those that it does."""

    def __init__(self, message: str, *, allowed: tuple[str, ...]):
        self.allowed = allowed
        super().__init__(message)


class LengthRequired(UsageError, http_status=411):
    """A request body with neither Content-Length nor chunked transfer coding."""


class InputError(DiplographError, http_status=400, exit_code=3):
    """An input that cannot be read or parsed."""


class _FileError(InputError, http_status=500):
    """An input error with its file, line and offending value."""

    def __init__(self, message: str, *, file: str | Path, line: int | None = None, value: str = ""):
        self.file, self.line, self.value, self.message = str(file), line, value, message
        name = escape_controls(self.file)
        place = f"{name}:{line}" if line else name
        shown = f": {value!r}" if value else ""
        super().__init__(f"{place}: {message}{shown}")


class UnreadableFile(_FileError):
    """A file that is missing, may not be opened or is not UTF-8."""


class MalformedFile(_FileError):
    """A file whose text does not follow its grammar."""


class CommentsLost(_FileError, exit_code=1):
    """A file with comments that a new layout would drop."""


class SourceMismatch(_FileError):
    """A source's text whose hash is not the one recorded in the graph."""


class UnknownPrefix(InputError):
    """A CURIE whose prefix is in no table."""


class MalformedDate(InputError):
    """A text that is no EDTF date."""


class NotExpressible(InputError, http_status=406):
    """Data that the chosen format has no way to write; `form` is the name of that format."""

    def __init__(self, message: str, *, form: str):
        self.form = form
        super().__init__(message)


class QuerySyntaxError(InputError):
    """A query the parser refuses; `line` and `column` count from 1."""

    def __init__(self, message: str, *, line: int | None = None, column: int | None = None):
        self.line, self.column, self.message = line, column, message
        place = f"line {line}, column {column}: " if line and column else ""
        super().__init__(f"{place}{message}")


class Refused(DiplographError, http_status=403, exit_code=2):
    """An update, or a query that would contact another server."""


class NotHere(DiplographError, http_status=404, exit_code=1):
    """A name that nothing in the graph has."""


class UnknownThing(NotHere):
    """No thing of that name; the text offers near matches."""


class UnknownGraph(NotHere):
    """No named graph of that IRI."""


class UnknownQuestion(NotHere):
    """No question file of that name; the text offers near matches."""


class NotAcceptable(DiplographError, http_status=406, exit_code=2):
    """None of the formats the client accepts can carry this result."""


class UnsupportedMediaType(DiplographError, http_status=415, exit_code=2):
    """A request body in a media type that is not supported."""


class UnsupportedCoding(UnsupportedMediaType):
    """A request body with a content coding, such as gzip; bodies are read as they are."""


class BoundExceeded(DiplographError, http_status=503, exit_code=1):
    """A query or a stage of a build exceeded a bound, or a request could not be accepted.

    `bound` is time, rows, bytes, memory, depth, length, queue (too many queries wait), long (too
    many long ones run), client (too many of one client), worker (its process ended) or service
    (an endpoint named by SERVICE did not answer).
    """

    def __init__(self, message: str, *, bound: str):
        self.bound = bound
        super().__init__(message)


class TooLong(BoundExceeded, http_status=413):
    """A query text over the limit."""


class AddressTooLong(TooLong, http_status=414):
    """A request target over the limit; a long query can be sent by POST."""


class HeadTooLong(TooLong, http_status=431):
    """A request whose address and headers are over the limit in all."""


class TooManyRequests(BoundExceeded, http_status=429):
    """A client that has as many queries or pages under way or waiting as one may."""


class EngineFault(DiplographError, http_status=503, exit_code=3):
    """A remote engine that cannot be reached, or answers incorrectly."""


class AccessRefused(EngineFault):
    """A remote engine that rejects our credentials."""


class BuildLost(DiplographError, http_status=503, exit_code=3):
    """The files of the build that is served were removed or changed since it was opened."""


class Inconsistent(DiplographError, exit_code=1):
    """The graph contradicts itself under OWL 2 RL; `clashes` are sentences."""

    def __init__(self, clashes: tuple[str, ...]):
        self.clashes = clashes
        super().__init__(
            "the graph contradicts itself:\n"
            + "\n".join(f"  {escape_controls(c)}" for c in clashes)
        )


class ValidationFailed(DiplographError, exit_code=1):
    """A shape of severity Violation fired; `findings` are the violations."""

    def __init__(self, findings: tuple):
        self.findings = findings
        lines = (f"\n  {escape_controls(str(finding))}" for finding in findings)
        super().__init__(f"{len(findings)} violation(s) stop the build:{''.join(lines)}")
