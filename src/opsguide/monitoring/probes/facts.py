"""Transitions of probes and regions. Looks are no facts: telemetry keeps them."""

from ...kernel.clock import Instant
from ...kernel.facts import Data
from ..facts import FACTS


@FACTS.register("probe.down")
class ProbeDown(Data, frozen=True):
    """A bound probe counts as down, or a job as late; since `since`. `severity` is the binding's word, null if none.

    `availability`: its environment counts as down with it, which is told there.
    """

    probe: str
    reason: str
    since: Instant
    severity: str | None = None
    environment: str | None = None
    availability: bool = False


@FACTS.register("probe.up")
class ProbeUp(Data, frozen=True):
    """It answers, for the first time or again; or nobody asks any more."""

    probe: str
    reason: str
    environment: str | None = None


@FACTS.register("probe.unknown")
class ProbeUnknown(Data, frozen=True):
    """Too few regions say how it is. What it was counted as before stays so, until somebody knows."""

    probe: str
    reason: str


@FACTS.register("probe.certificate_ending")
class ProbeCertificateEnding(Data, frozen=True):
    """The certificate that a probe was shown runs out soon, or has."""

    probe: str
    expires: Instant
    reason: str


@FACTS.register("probe.certificate_renewed")
class ProbeCertificateRenewed(Data, frozen=True):
    """A certificate with days enough is shown, or nobody looks at it any more."""

    probe: str
    reason: str


@FACTS.register("region.silent")
class RegionSilent(Data, frozen=True):
    """A region that probes was not heard of for too long."""

    region: str
    reason: str


@FACTS.register("region.heard")
class RegionHeard(Data, frozen=True):
    """It reports, for the first time or again; or it is no longer bound."""

    region: str
    reason: str
