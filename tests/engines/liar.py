"""An engine that lies: it answers whatever a test has it answer."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from diplograph.core.names import PREFIXES, REFERENCE_GRAPH
from diplograph.remote.record import RECORD_GRAPH

JSON = "application/sparql-results+json"
DIGEST, GRAPH = "5" * 64, REFERENCE_GRAPH

_PREDICATES = {
    "identifier": PREFIXES["dcterms"] + "identifier",
    "triples": "http://rdfs.org/ns/void#triples",
    "type": PREFIXES["rdf"] + "type",
}
Reply = Callable[["Handler", str], None]


class Handler(BaseHTTPRequestHandler):
    """Hands each request, its body read, to the server's `reply`."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer by what the test says; a client that has gone away is no fault."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        try:
            self.server.reply(self, body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_PUT = do_DELETE = do_GET = do_POST

    def say(self, status: int, media_type: str, body: bytes, **headers: str) -> None:
        """Send a whole reply."""
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def say_held(self, *, whole: bool = True) -> None:
        """Answer as an engine does that holds the record of one graph."""
        rows = [(RECORD_GRAPH, "identifier", DIGEST)] if whole else []
        rows += [(GRAPH, "identifier", "6" * 64), (RECORD_GRAPH, "type", "x")]
        said = [dict(zip("spo", map(_term, row), strict=True)) for row in rows]
        said.append(dict(zip("spo", map(_term, (GRAPH, "triples", "3")), strict=True)))
        table = {"head": {"vars": ["s", "p", "o"]}, "results": {"bindings": said}}
        self.say(200, JSON, json.dumps(table).encode())

    def say_packed(self, size: int) -> None:
        """Send `size` MiB of spaces, gzipped to a thousandth."""
        body = gzip.compress(b" " * (size << 20))
        self.say(200, JSON, body, Content_Encoding="gzip")

    def say_endlessly(self, part: bytes, pause: float = 0.0) -> None:
        """Send `part` again and again until the client has gone or the test is over."""
        self.send_response(200)
        self.send_header("Content-Type", JSON)
        self.end_headers()
        self.close_connection = True
        while not self.server.over.wait(pause):
            self.wfile.write(part)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def run_liar(reply: Reply) -> Iterator[ThreadingHTTPServer]:
    """Run the engine until the block ends; `server.address` is how it is called."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.reply, server.over = True, reply, threading.Event()
    server.address = f"sparql+http://127.0.0.1:{server.server_port}/query"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _term(text: str) -> dict[str, str]:
    iri = _PREDICATES.get(text, text)
    return {"type": "uri" if "://" in iri else "literal", "value": iri}
