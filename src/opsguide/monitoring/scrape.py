"""The samples that a bound /metrics shows."""

from collections.abc import Sequence
from typing import Protocol

from opsguide.kernel.errors import OpsguideError
from opsguide.kernel.ports import Sample

from .fetching import Fetch


class ScrapeError(OpsguideError):
    """A target showed no metrics. `reason`: unreachable, refused, malformed."""

    def __init__(self, what: str, *, reason: str, hint: str = "") -> None:
        super().__init__(what, hint=hint)
        self.reason = reason


class Exposition(Protocol):
    """What was read of an exposition, and what of it could not be read, a sentence each."""

    @property
    def samples(self) -> Sequence[Sample]: ...
    @property
    def complaints(self) -> Sequence[str]: ...


class Parse(Protocol):
    """`telemetry.exposition.parse`."""

    def __call__(self, body: bytes, /) -> Exposition: ...


async def scrape(
    url: str,
    *,
    private: bool,
    timeout: float,  # noqa: ASYNC109
    fetch: Fetch,
    parse: Parse,
    authority: str = "",
) -> list[Sample]:
    """All samples of one page of metrics. Raises ScrapeError.

    A page with a malformed line fails whole: half a page would make its missing series look stale, and sums
    over them would be wrong.
    """
    try:
        answer = await fetch(url, private=private, timeout=timeout, authority=authority)
    except OpsguideError as error:
        raise ScrapeError(error.what, reason="unreachable", hint=error.hint) from error
    if answer.status != 200:
        raise ScrapeError(f"it answered {answer.status}", reason="refused")
    page = parse(answer.body)
    if page.complaints:
        more = f" (and {len(page.complaints) - 1} more)" if len(page.complaints) > 1 else ""
        raise ScrapeError(f"its metrics are malformed: {page.complaints[0]}{more}", reason="malformed")
    return list(page.samples)
