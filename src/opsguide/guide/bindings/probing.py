"""What `opsguide.toml` says of probes and of the regions that they run from, typed.

Durations are seconds.
"""

from typing import Literal, TypeAlias

from msgspec import Struct

ProbeKind: TypeAlias = Literal["http", "tcp", "dns", "heartbeat"]

LOCAL = "local"
"""The region that the service itself is."""

MAJORITY = "majority"


class Expect(Struct, frozen=True, kw_only=True):
    """What an answer must be, or the probe has failed.

    `status` holds `200`, `2xx`, `301-308`; none: below 400. `json` goes by JSON pointer (RFC 6901). `headers` go by
    name, and hold what must stand in them. `certificate_days`: fewer days left open a ticket, and are no failure.
    """

    status: tuple[str, ...] = ()
    contains: str | None = None
    matches: str | None = None
    json: dict[str, str | int | float | bool | None] = {}
    headers: dict[str, str] = {}
    answers: tuple[str, ...] = ()
    certificate_days: int = 14


class ProbeBinding(Struct, frozen=True, kw_only=True):
    """Something that is asked every `every` seconds, by one of `url`, `tcp`, `dns`; or a job that reports: `heartbeat`.

    A look is tried `retries` times more before it counts as failed; `failures` failed looks in a row mean that it is
    down. `regions`: none means all that are bound, and the service itself. `headers` hold texts and references.
    """

    url: str | None = None
    tcp: str | None = None
    dns: str | None = None
    heartbeat: float | None = None
    environment: str | None = None
    availability: bool = False
    severity: str | None = None
    every: float = 60.0
    timeout: float = 5.0
    retries: int = 1
    failures: int = 2
    regions: tuple[str, ...] = ()
    quorum: str = MAJORITY
    private: bool = False
    authority: str | None = None
    method: str = "GET"
    headers: dict[str, str] = {}
    body: str | None = None
    redirects: bool = True
    tls: bool = False
    send: str | None = None
    record: str = "A"
    resolver: str | None = None
    grace: float = 300.0
    secret: str | None = None
    get: bool = False
    expect: Expect = Expect()

    @property
    def kind(self) -> ProbeKind:
        if self.heartbeat is not None:
            return "heartbeat"
        return "tcp" if self.tcp is not None else "dns" if self.dns is not None else "http"


class RegionBinding(Struct, frozen=True, kw_only=True):
    """Another place that probes: `opsguide probe --region NAME`. `token` refers to what it proves itself with."""

    token: str


def regions_of(probe: ProbeBinding, regions: dict[str, RegionBinding]) -> tuple[str, ...]:
    """From where something is probed: the regions it names, else the service and all that are bound."""
    if probe.kind == "heartbeat":
        return (LOCAL,)
    return probe.regions or (LOCAL, *regions)


def quorum_of(probe: ProbeBinding, regions: int) -> int:
    """How many of so many regions must see it fail for it to be down."""
    return regions // 2 + 1 if probe.quorum == MAJORITY else int(probe.quorum)
