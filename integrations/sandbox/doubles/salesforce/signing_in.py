"""Signing in: the token endpoint of an External Client App, for client credentials and for assertions, and sessions that end."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import jwt
from jwt.types import Options

from integrations.sandbox.doubles.salesforce.org import Refused

BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LONGEST = timedelta(minutes=3)
AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
_BY_THE_ORGS_CLOCK: Options = {
    "require": ["iss", "sub", "aud", "exp"], "verify_exp": False, "verify_aud": False, "verify_iat": False, "verify_nbf": False
}  # fmt: skip
"""Who and when is looked at below."""


@dataclass
class Door:
    """Who may sign in. `public_key` is the app's certificate in PEM; `user` is for whom the app was approved."""

    clock: Callable[[], datetime]
    client_id: str = "3MVG9double"
    client_secret: str = "client-secret-7c1"  # noqa: S105  of a server that is only played
    user: str = "nextplay@example.com"
    public_key: str = ""
    lasts: timedelta = timedelta(hours=2)
    sessions: dict[str, datetime] = field(default_factory=dict)
    """Until when each token is good."""
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def grant(self, form: Mapping[str, str], address: str) -> tuple[int, dict[str, Any]]:
        """The answer of the token endpoint: its status and body. `address`: under which it was asked."""
        match form.get("grant_type"):
            case "client_credentials":
                refused = self._client(form)
            case kind if kind == BEARER:
                refused = self._assertion(form.get("assertion", ""), address)
            case _:
                refused = ("unsupported_grant_type", "grant type not supported")
        if refused is not None:
            return 400, {"error": refused[0], "error_description": refused[1]}
        token = f"00DHs!session-{next(self._numbers)}"
        self.sessions[token] = self.clock() + self.lasts
        return 200, {"access_token": token, "instance_url": address, "token_type": "Bearer", "scope": "api"}

    def admit(self, authorization: str) -> None:
        """Raises Refused for a session that is over or never was."""
        ends = self.sessions.get(authorization.removeprefix("Bearer "))
        if ends is None or self.clock() >= ends:
            raise Refused(401, "INVALID_SESSION_ID", "Session expired or invalid")

    def revoke(self) -> None:
        """An administrator ends every session."""
        self.sessions.clear()

    def _client(self, form: Mapping[str, str]) -> tuple[str, str] | None:
        if form.get("client_id") != self.client_id:
            return "invalid_client_id", "client identifier invalid"
        return None if form.get("client_secret") == self.client_secret else ("invalid_client", "invalid client credentials")

    def _assertion(self, assertion: str, address: str) -> tuple[str, str] | None:
        try:
            said = jwt.decode(assertion, self.public_key, algorithms=["RS256"], options=_BY_THE_ORGS_CLOCK)
        except jwt.PyJWTError:
            return "invalid_grant", "invalid assertion"
        if said["iss"] != self.client_id:
            return "invalid_client_id", "client identifier invalid"
        if said["aud"] not in (*AUDIENCES, address):
            return "invalid_grant", "audience is invalid"
        left = said["exp"] - self.clock().timestamp()
        if not 0 < left <= LONGEST.total_seconds():
            return "invalid_grant", "expired authorization code"
        return None if said["sub"] == self.user else ("invalid_grant", "user hasn't approved this consumer")
