"""Is it up? One guarded request to a bound URL, and what it tells."""

from msgspec import Struct

from opsguide.kernel.clock import Instant
from opsguide.kernel.errors import OpsguideError

from .fetching import Fetch


class ProbeResult(Struct, frozen=True):
    """`up` is an answer with a status below 400. `error` is a short plain sentence, "" when up."""

    up: bool
    status: int | None
    latency_seconds: float
    tls_expires: Instant | None
    error: str


async def probe(
    url: str,
    *,
    private: bool,
    timeout: float,  # noqa: ASYNC109
    fetch: Fetch,
    authority: str = "",
) -> ProbeResult:
    """Ask the URL once, within `timeout` seconds. `private` allows private addresses. Never raises.

    The latency of a failure is NaN: there was no answer to time.
    """
    try:
        answer = await fetch(url, private=private, timeout=timeout, authority=authority)
    except OpsguideError as error:
        return ProbeResult(False, None, float("nan"), None, error.what)
    up = answer.status < 400
    why = "" if up else f"it answered {answer.status}"
    return ProbeResult(up, answer.status, answer.latency_seconds, answer.tls_expires, why)
