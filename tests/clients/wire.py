"""One connection to a server, written and read as bytes."""

import json
import socket
from dataclasses import dataclass

QUERY = "/sparql?query=ASK%20%7B%7D"


@dataclass(frozen=True)
class Answer:
    """One response as it came: its status, its headers by lower-case name, its body."""

    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Wire:
    """One connection to the server."""

    def __init__(self, address):
        self.host = address.rpartition("/")[2]
        name, _, port = self.host.rpartition(":")
        self.socket = socket.create_connection((name, int(port)), timeout=10)
        self.file = self.socket.makefile("rb")

    def send(self, head, body=b""):
        """Send a request; `HOST` in it stands for the server's own Host line."""
        head = head.replace("HOST\r\n", f"Host: {self.host}\r\n")
        self.socket.sendall(head.encode("latin-1") + body)
        return self

    def read(self, method="GET"):
        """Return the next response, None where the connection ends instead."""
        line = self.file.readline()
        if not line:
            return None
        lines = iter(lambda: self.file.readline().decode("latin-1").strip(), "")
        pairs = [each.partition(":") for each in lines]
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        status = int(line.split()[1])
        bodiless = method == "HEAD" or status in {100, 204, 304}
        length = 0 if bodiless else int(headers.get("content-length", 0))
        return Answer(status, headers, self.file.read(length))

    def ends(self):
        """Return whether the server has nothing more to say and closes the connection."""
        return self.file.read(1) == b""

    def close(self):
        self.file.close()
        self.socket.close()


def get(path=QUERY, more="", method="GET"):
    return f"{method} {path} HTTP/1.1\r\nHOST\r\n{more}\r\n"


def post(more):
    return get("/sparql", more, "POST")
