"""Where a remote engine is, and the guarded way to it, which the composition root makes of the bindings."""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct


class Place(Struct, frozen=True):
    """`url` is what stands before `/api/v1`, `shown` the same without what may be secret.

    `scope` are the label matchers of the environment's series. `timeout` is in seconds, for all questions of one batch.
    """

    url: str
    shown: str
    scope: str
    timeout: float


class Reply(Struct, frozen=True):
    """An answer over HTTP; names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Send(Protocol):
    """One request, signed in as the bindings say: POST of a body, GET without. Redirects are not followed.

    Raises EngineAway where no answer comes within `seconds`, QueryError where it is too large, BindingsError where
    what the bindings refer to (a token, a certificate) is not there.
    """

    async def __call__(
        self, url: str, /, *, seconds: float, body: bytes | None = None, headers: Mapping[str, str] = {}
    ) -> Reply: ...
