"""What the edge files of this chapter need: guarded HTTP, which `service.guarded.Guarded().fetch` is."""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from opsguide.kernel.clock import Instant


class Answer(Protocol):
    """What came back. `latency_seconds` is from the start to the last byte."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...
    @property
    def latency_seconds(self) -> float: ...
    @property
    def tls_expires(self) -> Instant | None: ...


class Asking(Struct, frozen=True):
    """A request."""

    method: str = "GET"
    headers: Mapping[str, str] = {}
    body: bytes | None = None


PLAINLY = Asking()


class Fetch(Protocol):
    """One guarded request, redirects followed, within `timeout` seconds. Raises OpsguideError, in plain words.

    `authority` is a certificate (PEM) that is trusted beside the system's.
    """

    async def __call__(
        self,
        url: str,
        /,
        *,
        private: bool,
        timeout: float,  # noqa: ASYNC109
        send: Asking = PLAINLY,
        authority: str = "",
    ) -> Answer: ...
