"""What the edge reports of probes and regions. Most of it changes nothing."""

from typing import Literal

from ...kernel.clock import Instant
from ...kernel.part import Command


class Judged(Command, frozen=True):
    """How a probe is, as all its regions say together. `since` is the first failed look of an outage.

    `certificate_ends` is set where the certificate has fewer days left than it should.
    """

    probe: str
    state: Literal["up", "down", "unknown"]
    reason: str
    failures: int = 0
    since: Instant | None = None
    certificate_ends: Instant | None = None


class RegionSeen(Command, frozen=True):
    """Whether a region reports."""

    region: str
    silent: bool
    reason: str
