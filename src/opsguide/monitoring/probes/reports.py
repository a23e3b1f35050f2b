"""What a region is told to probe, and what it reports. No clock of the region is trusted: looks carry their age."""

import hashlib
import hmac

import msgspec
from msgspec import Struct

from ...guide.bindings import LOCAL, Bindings, ProbeBinding, regions_of
from ...kernel.clock import Instant
from .looks import Look

MOST_LOOKS = 2000
"""In one report."""

SILENT_SECONDS = 300.0
"""A region of which nothing is heard for so long is told of."""

QUIET_SECONDS = 60.0
"""A region that was not heard of for so long is shown as away."""

_RUNS = 8


class Plan(Struct, frozen=True):
    """What a region probes. `tag` changes with it."""

    region: str
    tag: str
    probes: dict[str, ProbeBinding]


class AgedLook(Struct, frozen=True):
    """A look, and how many seconds ago it ended when the report was sent, by a clock that nobody sets."""

    probe: str
    age_seconds: float
    look: Look


class Report(Struct, frozen=True):
    """Looks, oldest first. `run` names the process, `number` counts its reports: one that comes twice counts once.

    `lost` counts looks that were given up since the process began, because too many waited.
    """

    run: str
    number: int
    looks: tuple[AgedLook, ...]
    lost: int = 0
    version: str = ""


class Taken(Struct, frozen=True):
    """The answer to a report: how many looks were taken, and the tag of the plan in force."""

    taken: int
    plan: str


class Region(Struct):
    """What is known of a region since the service started."""

    since: Instant
    heard: Instant | None = None
    version: str = ""
    lost: int = 0
    runs: dict[str, int] = {}

    def is_new(self, report: Report) -> bool:
        """Whether the report was not taken before; remembers it."""
        if report.number <= self.runs.get(report.run, -1):
            return False
        self.runs.pop(report.run, None)
        self.runs[report.run] = report.number
        for old in list(self.runs)[:-_RUNS]:
            del self.runs[old]
        return True


def plan(bindings: Bindings, region: str) -> Plan:
    """What the region is to probe."""
    probes = {
        name: probe
        for name, probe in bindings.probes.items()
        if probe.kind != "heartbeat" and region in regions_of(probe, bindings.regions)
    }
    tag = hashlib.sha256(msgspec.json.encode(probes)).hexdigest()[:16]
    return Plan(region, tag, probes)


def local(bindings: Bindings) -> dict[str, ProbeBinding]:
    """What the service itself probes."""
    return plan(bindings, LOCAL).probes


def same(given: str, wanted: str) -> bool:
    """Compared in the same time whatever they hold, and however long they are."""
    return hmac.compare_digest(*(hashlib.sha256(text.encode()).digest() for text in (given, wanted)))
