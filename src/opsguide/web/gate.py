"""The gate before every route: who asks, and may they. A route that declares nothing is answered to nobody."""

import base64
import hashlib
import hmac
import ipaddress
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeAlias

from litestar import Response
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import SkipValidation

from ..identity import secret
from ..identity.identity import LOCAL, VISITOR, Identity
from ..identity.permissions import LINK, OPEN
from ..identity.principal import NotSignedIn, Principal, authorize, may
from ..identity.sessions import WHOLE_SECONDS, Client
from . import guard
from .errors import Forbidden
from .guard import Listening

Asking: TypeAlias = ASGIConnection[Any, Any, Any, Any]

DEVICE_SECONDS = 365 * 86_400
DEVICE_NAMES = 5
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")

MeDep: TypeAlias = NamedDependency[SkipValidation[Principal]]
"""A handler's parameter `me: MeDep` is who asks. Only a route that is open to all may get None."""


class Gate:
    """One for the service. `listening` says under which addresses it is met."""

    def __init__(self, identity: Identity, listening: Callable[[], Listening]) -> None:
        self.identity, self._listening = identity, listening

    async def guard(self, connection: Asking, handler: BaseRouteHandler) -> None:
        """Litestar's guard of all routes. Raises Forbidden, NotSignedIn, NotAllowed, SecondFactorNeeded."""
        guard.check(connection, self._listening())
        needs = handler.opt.get("needs")
        principal = None
        try:
            principal = await self._who(connection)
        except NotSignedIn:
            if needs not in (OPEN, LINK):
                raise
        connection.scope["user"] = principal
        if needs in (OPEN, LINK) or (needs is not None and guard.from_elsewhere(connection)):
            return
        if needs is None:
            raise Forbidden("nobody may call this: the route does not say who", hint="report it as a defect")
        authorize(principal, needs)

    async def _who(self, connection: Asking) -> Principal | None:
        """Who asks, and that they were here. Raises NotSignedIn for a token that does not count."""
        bearer = _bearer(connection)
        if bearer:
            found = self.identity.tokens.find(bearer)
            if found is not None:
                await self.identity.tokens.touch(found[0])
                return found[1]
            if self.identity.is_local(bearer) and is_of_this_machine(connection):
                return LOCAL
            raise NotSignedIn(
                "this token does not count: it has expired, was revoked, or was never ours",
                hint="make another one on your profile",
            )
        cookie = self.cookie(connection)
        both = self.identity.sessions.find(cookie) if cookie else None
        if both is not None and not both[0].pending:
            await self.identity.sessions.touch(cookie, both[0].used_at)
        return self.look(connection)

    def look(self, connection: Asking) -> Principal | None:
        """Who asks by their cookie, or as the demo's visitor; changes nothing."""
        if not self._listening().answers_to(connection.headers.get("host", "")):
            return None
        cookie = self.cookie(connection)
        principal = self.identity.sessions.principal(cookie) if cookie else None
        if principal is None and self.identity.visitor and is_of_this_machine(connection):
            return VISITOR
        return principal

    async def while_allowed(
        self, stream: AsyncIterator[bytes], connection: Asking, permission: str
    ) -> AsyncIterator[bytes]:
        """A stream that ends with the session, the token or the role by which it was opened."""
        bearer = _bearer(connection)
        async for piece in stream:
            if bearer and not self.identity.is_local(bearer):
                found = self.identity.tokens.find(bearer)
                principal = found[1] if found is not None else None
            else:
                principal = LOCAL if bearer else self.look(connection)
            if not may(principal, permission):
                return
            yield piece

    @property
    def public(self) -> str:
        """The address that people open, "" where it is not said."""
        return self._listening().url

    # Cookies

    def client(self, connection: Asking) -> Client:
        """Whence somebody signs in."""
        host = connection.client.host if connection.client is not None else ""
        return Client(host, connection.headers.get("user-agent", ""), frozenset(self._known(connection)))

    def cookie(self, connection: Asking) -> str:
        """The secret of the session, "" without one."""
        return connection.cookies.get(self._name(connection), "")

    def keep(self, answer: Response[Any], connection: Asking, found: str) -> None:
        """Give a session's secret to the browser. `__Host-`: no other host and no plain connection can plant one."""
        answer.set_cookie(
            self._name(connection),
            found,
            max_age=int(WHOLE_SECONDS),
            path="/",
            secure=self._listening().is_secure(connection),
            httponly=True,
            samesite="lax",
        )

    def forget(self, answer: Response[Any], connection: Asking) -> None:
        answer.set_cookie(
            self._name(connection),
            "",
            max_age=0,
            path="/",
            secure=self._listening().is_secure(connection),
            httponly=True,
            samesite="lax",
        )

    def know(self, answer: Response[Any], connection: Asking, name: str) -> None:
        """Remember on the device who signed in there: others who fail elsewhere do not keep them out."""
        names = [secret.digest(name).hex(), *self._known(connection)]
        text = ".".join(list(dict.fromkeys(names))[:DEVICE_NAMES])
        answer.set_cookie(
            self._device(connection),
            f"{text}.{self._signed(text)}",
            max_age=DEVICE_SECONDS,
            path="/",
            secure=self._listening().is_secure(connection),
            httponly=True,
            samesite="strict",
        )

    def _known(self, connection: Asking) -> list[str]:
        text, _, signature = connection.cookies.get(self._device(connection), "").rpartition(".")
        if not text or not hmac.compare_digest(signature.encode(), self._signed(text).encode()):
            return []
        return text.split(".")

    def _signed(self, text: str) -> str:
        return hmac.new(self.identity.device_key, text.encode(), hashlib.sha256).hexdigest()

    def _name(self, connection: Asking) -> str:
        prefix = "__Host-" if self._listening().is_secure(connection) else ""
        return f"{prefix}opsguide-{self.identity.instance}"

    def _device(self, connection: Asking) -> str:
        return f"{self._name(connection)}-device"


def is_of_this_machine(connection: Asking) -> bool:
    """Whether it comes by loopback, and not through a proxy that serves others."""
    if connection.client is None or any(name in connection.headers for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(connection.client.host).is_loopback
    except ValueError:
        return False


def _bearer(connection: Asking) -> str:
    """The token that comes along: as a bearer's, or as the password of basic authentication, whatever the name.

    Old programs (promtool of Debian 12) and data sources of dashboards know nothing but the latter.
    """
    scheme, _, found = connection.headers.get("authorization", "").partition(" ")
    if scheme.casefold() == "basic":
        try:
            return base64.b64decode(found.strip(), validate=True).decode().partition(":")[2]
        except ValueError:
            return ""
    return found.strip() if scheme.casefold() == "bearer" else ""


GateDep: TypeAlias = NamedDependency[SkipValidation[Gate]]
"""A handler's parameter `gate: GateDep` keeps and forgets cookies, and watches over streams."""
