"""The production server in a process of its own, over a build or a home, for tests to ask."""

import json
import os
import signal
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path

SCRIPT = """
import json, sys
from pathlib import Path
from diplograph.core.home import Home
from diplograph.web.server.service import read_settings, serve, serve_build
folder, port, options = Path(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
if (folder / "build.json").exists():
    kept = {name: options.pop(name) for name in ("workers", "access_log") if name in options}
    serve_build(folder, {}, "127.0.0.1", port, settings=read_settings(options), **kept)
else:
    serve(Home.find(folder), "127.0.0.1", port, **options)
"""


class Server:
    """A server over a build's folder or a home; its address is read from what it prints.

    `options` are those of `serve`; what it says on stderr goes to the file `errors`.
    """

    def __init__(self, folder, port=0, errors=None, **options):
        command = [sys.executable, "-c", SCRIPT, folder, str(port), json.dumps(options)]
        with open(errors or os.devnull, "w") as said:
            told = said if errors else None
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=told, text=True)
        self.said = [self.process.stdout.readline(), self.process.stdout.readline()]
        self.address = next(word for word in self.said[0].split() if word.startswith("http"))
        self.port = urllib.parse.urlsplit(self.address).port

    @property
    def workers(self):
        """The processes that the server started, and those that they started."""
        found, new = set(), {self.process.pid}
        while new:
            found |= new
            new = {child for parent in new for child in children(parent)} - found
        return found - {self.process.pid}

    def get(self, path, accept="*/*", **headers):
        fields = {"Accept": accept, **{name.replace("_", "-"): headers[name] for name in headers}}
        request = urllib.request.Request(self.address + path, headers=fields)
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, response.read()

    def ask(self, query, **headers):
        return self.get("sparql?query=" + urllib.parse.quote(query), **headers)

    def stop(self, how=signal.SIGTERM):
        """Return the exit code after the signal."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(timeout=15)
        self.process.stdout.close()
        return code


def children(process_id):
    """Return the processes that one started; Linux only."""
    tasks = Path(f"/proc/{process_id}/task")
    try:
        return {int(c) for task in tasks.iterdir() for c in (task / "children").read_text().split()}
    except FileNotFoundError:
        return set()
