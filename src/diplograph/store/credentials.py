"""Who asks an engine elsewhere: a user or a token from the environment, sent as it is asked for."""

from __future__ import annotations

import os
import threading
from base64 import b64encode
from dataclasses import dataclass, field
from urllib.request import (
    HTTPDigestAuthHandler,
    HTTPPasswordMgrWithDefaultRealm,
    Request,
    parse_http_list,
    parse_keqv_list,
)

from diplograph.core.errors import UsageError

USER, PASSWORD, TOKEN = (f"DIPLOGRAPH_STORE_{each}" for each in ("USER", "PASSWORD", "TOKEN"))


@dataclass(frozen=True)
class Credentials:
    """A user with a password, or a token, or neither; a secret is in no repr."""

    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls) -> Credentials:
        """Return what DIPLOGRAPH_STORE_USER, _PASSWORD and _TOKEN say.

        Raises UsageError where both a user and a token are named, or one that no header can carry.
        """
        user, password, token = (os.environ.get(name, "") for name in (USER, PASSWORD, TOKEN))
        if token and (user or password):
            raise UsageError(f"set {USER} and {PASSWORD}, or {TOKEN}, not both")
        if password and not user:
            raise UsageError(f"{PASSWORD} is set, and {USER} is not")
        if ":" in user or not (user + password + token).isprintable():
            raise UsageError(f"{USER}, {PASSWORD} or {TOKEN} has a character that none can have")
        return cls(user, password, token)


class Authorization:
    """What stands in the Authorization header of each request, once the engine has asked.

    A password goes out only after a 401 or 403, and by the scheme that the engine names, since
    Basic before that would tell it to one that wants Digest (RFC 7616; Virtuoso's graph store
    does). A token goes with every request (RFC 6750, section 2.1).
    """

    def __init__(self, credentials: Credentials):
        self._credentials, self._basic, self._challenge = credentials, False, {}
        passwords = HTTPPasswordMgrWithDefaultRealm()
        self._passwords, self._digest = passwords, HTTPDigestAuthHandler(passwords)
        self._lock = threading.Lock()

    def header(self, method: str, url: str) -> dict[str, str]:
        """Return the header for a request, or nothing where none was asked for."""
        known = self._credentials
        if known.token:
            return {"Authorization": f"Bearer {known.token}"}
        with self._lock:
            if self._challenge:
                self._passwords.add_password(None, url, known.user, known.password)
                request = Request(url, method=method)  # an http URL, from read_address
                said = self._digest.get_authorization(request, self._challenge)
                return {"Authorization": f"Digest {said}"} if said else {}
            if not self._basic:
                return {}
        pair = b64encode(f"{known.user}:{known.password}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}

    def accept(self, challenge: str) -> bool:
        """Take in the WWW-Authenticate header of a refusal; return whether to ask once more."""
        if not self._credentials.user:
            return False
        scheme, _, rest = challenge.partition(" ")
        with self._lock:
            if scheme.lower() == "digest":
                self._challenge = parse_keqv_list([each for each in parse_http_list(rest) if each])
                return True
            first, self._basic = not self._basic, True
            return first
