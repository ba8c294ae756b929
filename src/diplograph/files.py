"""Reads and writes files: a failure names the file and line, and nobody ever sees half a file."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from diplograph.errors import UnreadableFile


def read_bytes(path: Path, *, file: str | Path | None = None) -> bytes:
    """Return the bytes of the file at `path`; an error calls it `file` where that is given.

    Raises UnreadableFile where the file is missing or may not be opened.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnreadableFile(f"the file cannot be read: {reason}", file=file or path) from error


def decode(content: bytes, *, file: str | Path) -> str:
    """Return UTF-8 bytes as text, a byte order mark dropped, line ends as they are.

    Raises UnreadableFile with the line and the offending bytes in hexadecimal.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        value = content[error.start : error.end].hex(" ")
        message = "the file is not UTF-8; save it as UTF-8"
        raise UnreadableFile(message, file=file, line=line, value=value) from error


def replace_file(path: Path, content: bytes) -> None:
    """Put `content` at `path` in one step; the file keeps its permissions, a link its target.

    Raises UnreadableFile where the folder is missing or cannot be written; then nothing changed.
    """
    target = Path(os.path.realpath(path))
    mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
    try:
        handle, beside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(content)
            os.chmod(beside, mode)
            os.replace(beside, target)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnreadableFile(f"the file cannot be written: {reason}", file=path) from error
