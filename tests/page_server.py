"""An application on a port of this machine for a browser to open, silent about it."""

import threading
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server


class _Silent(WSGIRequestHandler):
    def log_message(self, *parts):
        """Write no log."""


class _Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True


@contextmanager
def serve(app):
    """Yield the address of `app`, which answers several requests at once, until the block ends."""
    options = {"server_class": _Threaded, "handler_class": _Silent}
    with make_server("127.0.0.1", 0, app, **options) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
