"""The engine of the bindings: where it is, how we sign in there, over the guarded client."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from opsguide.guide.bindings import Bindings, Scoped, TelemetryBinding, main_of
from opsguide.kernel.errors import BindingsError, EngineAway, QueryError
from opsguide.monitoring.scope import remote_scope
from opsguide.service.guarded import MAX_BODY_BYTES, Guarded, OutboundError, Outgoing
from opsguide.telemetry.remote.place import Place, Reply

AGENT = "opsguide"
WHOLE = "the engine"
"""What is said of one whose address is a secret."""


@dataclass(frozen=True)
class Way:
    """`place` and `send` are what `telemetry.remote` asks for. References are followed at each request: a token that
    is renewed in its file is used from then on."""

    bindings: Callable[[], Bindings]
    resolve: Callable[[str], str]
    max_bytes: int = MAX_BODY_BYTES

    def place(self) -> Place:
        """Raises BindingsError."""
        bindings = self.bindings()
        bound = bindings.telemetry
        url = self.resolve(bound.url or "").rstrip("/")
        shown = url if url == bound.url else f"{WHOLE} at {urlsplit(url).hostname}"
        scope = remote_scope(bindings, Scoped(main_of(bindings) or "")).matchers
        return Place(url, shown, scope, bound.timeout)

    def write_url(self) -> str:
        """Where own samples are sent, "" where they are not. Raises BindingsError."""
        return self.resolve(self.bindings().telemetry.write or "")

    async def send(
        self, url: str, /, *, seconds: float, body: bytes | None = None, headers: Mapping[str, str] = {}
    ) -> Reply:
        """Fulfils `telemetry.remote.place.Send`."""
        bound = self.bindings().telemetry
        signed = {"User-Agent": AGENT, "Accept": "application/json", **self._signed(bound), **headers}
        try:
            client = Guarded(max_bytes=self.max_bytes, certificate=self._of(bound.certificate))
            answer = await client.fetch(
                url,
                private=bound.private,
                timeout=max(0.001, seconds),
                send=Outgoing("GET" if body is None else "POST", signed, body),
                redirects=False,
                authority=self._of(bound.authority),
            )
        except OutboundError as error:
            if error.reason == "too large":
                hint = "aggregate it, or ask for a shorter range"
                raise QueryError("the engine's answer is too large", hint=hint) from None
            raise EngineAway(f"the engine cannot be reached: {error.what}", hint=error.hint) from None
        return Reply(answer.status, answer.headers, answer.body)

    def _signed(self, bound: TelemetryBinding) -> dict[str, str]:
        """The headers that say who asks. Raises BindingsError."""
        found = {name: self._line(reference) for name, reference in bound.headers.items()}
        if bound.token is not None:
            found["Authorization"] = f"Bearer {self._line(bound.token)}"
        if bound.user is not None and bound.password is not None:
            pair = f"{bound.user}:{self.resolve(bound.password)}".encode()
            found["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        if bound.tenant is not None:
            found["X-Scope-OrgID"] = bound.tenant
        return found

    def _line(self, reference: str) -> str:
        """What goes into a header: one line, or everything after it would be a header too."""
        found = self.resolve(reference)
        if not found.isprintable() or not found.isascii():
            raise BindingsError("it is not one line of plain characters", where=reference)
        return found

    def _of(self, reference: str | None) -> str:
        return self.resolve(reference) if reference is not None else ""
