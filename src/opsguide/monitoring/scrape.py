"""The samples that a bound /metrics shows, in the formats that Prometheus 3 asks for, but for protobuf."""

from collections.abc import Sequence
from typing import Protocol

from opsguide.kernel.errors import OpsguideError
from opsguide.kernel.ports import Sample

from .fetching import Asking, Fetch


class ScrapeError(OpsguideError):
    """A target showed no metrics. `reason`: unreachable, refused, malformed."""

    def __init__(self, what: str, *, reason: str, hint: str = "") -> None:
        super().__init__(what, hint=hint)
        self.reason = reason


class Exposition(Protocol):
    """What was read of an exposition, the names of its metrics, and what could not be read, a sentence each."""

    @property
    def samples(self) -> Sequence[Sample]: ...
    @property
    def names(self) -> frozenset[str]: ...
    @property
    def complaints(self) -> Sequence[str]: ...


class Parse(Protocol):
    """`telemetry.exposition.parse`."""

    def __call__(self, body: bytes, /, *, open_metrics: bool = False) -> Exposition: ...


OPEN_METRICS = "application/openmetrics-text"
ACCEPT = (
    f"{OPEN_METRICS};version=1.0.0;escaping=allow-utf-8;q=0.6,{OPEN_METRICS};version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
"""prometheus.io/docs/instrumenting/content_negotiation."""


async def scrape(
    url: str,
    *,
    private: bool,
    timeout: float,  # noqa: ASYNC109
    fetch: Fetch,
    parse: Parse,
    authority: str = "",
) -> Exposition:
    """One page of metrics, all of it. Raises ScrapeError.

    A page with a malformed line fails whole: half a page would make its missing series look stale, and sums
    over them would be wrong.
    """
    try:
        send = Asking(
            headers={
                "accept": ACCEPT,
                "accept-encoding": "gzip",
                "x-prometheus-scrape-timeout-seconds": f"{timeout:g}",
            }
        )
        answer = await fetch(url, private=private, timeout=timeout, send=send, authority=authority)
    except OpsguideError as error:
        raise ScrapeError(error.what, reason="unreachable", hint=error.hint) from error
    if answer.status != 200:
        raise ScrapeError(f"it answered {answer.status}", reason="refused")
    kind = {name.lower(): value for name, value in answer.headers.items()}.get("content-type", "")
    page = parse(answer.body, open_metrics=kind.partition(";")[0].strip().lower() == OPEN_METRICS)
    if page.complaints:
        more = f" (and {len(page.complaints) - 1} more)" if len(page.complaints) > 1 else ""
        raise ScrapeError(f"its metrics are malformed: {page.complaints[0]}{more}", reason="malformed")
    return page
