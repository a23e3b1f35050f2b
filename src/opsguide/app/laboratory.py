"""The lab of the running service, with what it needs of the world."""

from collections.abc import Callable
from pathlib import Path

from ..guide.bindings import Bindings
from ..kernel.clock import Clock
from ..kernel.ports import Telemetry
from ..monitoring.lab.checks import Check
from ..monitoring.lab.edge.laboratory import Laboratory
from ..monitoring.lab.http import measuring
from ..service.guarded import vetted
from ..service.kept import KeptTable

CHECKS = "lab.json"
"""The file of the data directory with the last check of each page."""


def laboratory(
    bindings: Callable[[], Bindings], telemetry: Telemetry, clock: Clock, data: Path
) -> Laboratory:
    """One over the data directory."""
    return Laboratory(
        bindings=bindings,
        telemetry=telemetry,
        clock=clock,
        vet=vetted,
        kept=KeptTable(data / CHECKS, Check),
        script=measuring,
    )
