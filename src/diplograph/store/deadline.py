"""HTTP connections whose reply has begun, headers and all, by one deadline."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection


class _Hurried:
    """A connection that waits for a status and headers as long as for any one part of them."""

    def getresponse(self) -> HTTPResponse:
        """Return the reply, its body unread; raises TimeoutError.

        The library bounds each read, so that a header now and then would go on for ever.
        """
        late, reading = threading.Event(), self.sock
        end = threading.Timer(self.timeout, _end, (reading, late))
        end.daemon = True
        end.start()
        try:
            response = super().getresponse()
        except Exception as error:
            if late.is_set():
                raise TimeoutError("the headers took too long") from error
            raise
        finally:
            end.cancel()
        if late.is_set():
            response.close()
            raise TimeoutError("the headers took too long")
        return response


class _Plain(_Hurried, HTTPConnection):
    """A connection by HTTP."""


class _Secure(_Hurried, HTTPSConnection):
    """A connection by HTTPS."""


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


def open_manager(at_once: int) -> PoolManager:
    """Return what keeps `at_once` sockets to a host; a timeout is of all headers together."""
    manager = PoolManager(num_pools=4, maxsize=at_once, retries=False)
    manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
    return manager


def _end(reading: socket.socket, late: threading.Event) -> None:
    """End a read that has its thread waiting; a socket that is closed by now has none."""
    late.set()
    with suppress(OSError):
        reading.shutdown(socket.SHUT_RDWR)
