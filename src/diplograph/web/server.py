"""The production server: one process that listens, and worker processes that answer queries."""

from __future__ import annotations

import errno
import socket
from collections.abc import Mapping
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

from diplograph.build.build import StageProgress, ensure_build
from diplograph.build.questions import Question, read_questions
from diplograph.build.vocabularies import read_alignments
from diplograph.core.errors import UsageError
from diplograph.core.home import Home
from diplograph.store.interface import QueryBounds
from diplograph.web.edition import read_day
from diplograph.web.opening import Builds, open_build, open_remote
from diplograph.web.service import Service, tell
from diplograph.web.settings import Settings, is_address


def serve(
    home: Home,
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    workers: int = 2,
    store: str = "",
    access_log: str = "off",
    watching: bool = False,
    progress: StageProgress | None = None,
    **options: Any,
) -> None:
    """Serve the graph at `home` until SIGINT or SIGTERM; port 0 takes any free one.

    `workers`: how many quick queries run at once; `store`: the address of an engine elsewhere that
    answers instead, `sparql+http://...`; `access_log`: a file, "-" for stderr, or "off";
    `watching`: reload when the files change, as SIGHUP does; `options`: fields of Settings and of
    Bounds. Builds first where the files have changed since the last build, and tells `progress`
    each stage of it. Raises UsageError when the address cannot be had or an option makes no sense,
    and whatever the build raises.
    """
    claim(host, port)  # before a build that may take long
    settings, questions = read_settings(options), read_questions(home)
    if store:
        settings = replace(settings, remote=True)
        words = {"alignments": read_alignments(home)}
        opening = partial(open_remote, store, questions, settings, **words)
    else:
        folder = ensure_build(home, progress=progress or _say)
        opening = Builds(home, folder, workers, settings).open
    watched = home if watching and not store else None
    Service(opening, settings, claim(host, port), access_log, watched, workers).run()


def serve_build(
    folder: Path,
    questions: Mapping[str, Question],
    host: str,
    port: int,
    *,
    workers: int = 2,
    settings: Settings | None = None,
    access_log: str = "off",
) -> None:
    """Serve the build in `folder` until SIGINT or SIGTERM; raises UsageError as `serve` does."""
    settings = settings or Settings()
    opening = partial(open_build, folder, questions, workers, settings)
    Service(opening, settings, claim(host, port), access_log, workers=workers).run()


def read_settings(options: Mapping[str, Any]) -> Settings:
    """Return the settings that `options` name: fields of Settings and of Bounds.

    Raises UsageError for an address that is none, MalformedDate for a day that is none.
    """
    for address in (options.get("base_url") or None, *options.get("services", ())):
        if address is not None and not is_address(address):
            raise UsageError(f"this is no address such as https://example.org/path: {address}")
    if options.get("as_of"):
        read_day(options["as_of"])
    bounds = {each.name for each in fields(QueryBounds)}
    of_bounds = {name: value for name, value in options.items() if name in bounds}
    others = {name: value for name, value in options.items() if name not in bounds}
    return Settings(bounds=QueryBounds(**of_bounds), **others)


def claim(host: str, port: int) -> tuple[str, int]:
    """Return the address and port that can be listened on; port 0 becomes a free one.

    The server itself would share a port with another of its kind without a word, so this asks
    first, and without SO_REUSEPORT. Raises UsageError, saying what stands in the way.
    """
    if not 0 <= port <= 65535:
        raise UsageError(f"cannot listen on {host}:{port}: a port is a number from 0 to 65535")
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return probe.getsockname()[:2]
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "this is no host name"
        unknown = not isinstance(error, OSError) or isinstance(error, socket.gaierror)
        option = "--host" if unknown or error.errno == errno.EADDRNOTAVAIL else "--port"
        raise UsageError(
            f"cannot listen on {host}:{port}: {reason.lower()}; choose another with {option}"
        ) from error


def _say(stage: str) -> None:
    tell(f"{stage} ...")
