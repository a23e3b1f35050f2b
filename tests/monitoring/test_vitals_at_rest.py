"""Page views of a quiet site: after a restart too little traffic, and never the silence of a source that is lost."""

import asyncio

from opsguide.guide.values import Objective
from opsguide.monitoring.commands import Observation
from opsguide.monitoring.looking import Looker
from opsguide.monitoring.observing import Observer
from opsguide.telemetry import labels
from opsguide.telemetry.embedded import Embedded
from opsguide.telemetry.intake.counted import Counted, Counts
from tests.world import Remembered, World, a_promise

INP = a_promise("monitoring.objective.inp", Objective(signal="inp", op="<", seconds=0.2))
BOUND = (
    '[environments.production]\nurl = "https://shop.example"\n[vitals]\norigins = ["https://shop.example"]\n'
)


class Service:
    """One life of the service: its samples are its own, the table is not."""

    def __init__(self, world: World, table: Remembered[Counts]) -> None:
        self.world, self.telemetry = world, Embedded()
        self.counted = Counted(self.telemetry, world.clock.now, table)

    def look(self) -> Observation:
        self.world.clock.advance(15)
        self.counted.flush()
        observer = Observer(
            state=lambda: self.world.engine.state("monitoring"),
            telemetry=self.telemetry,
            looker=Looker(telemetry=self.telemetry),
            clock=self.world.clock,
            away=lambda _signal, _environment: "",
            live={},
        )
        (seen,) = asyncio.run(observer.look("production", 15.0))
        return seen


def test_a_quiet_site_is_no_lost_one_after_a_restart() -> None:
    world, table = World(), Remembered[Counts]()
    world.adopt([INP], BOUND)
    service = Service(world, table)
    assert service.look().why == "no_data", "nobody ever reported: that is told of"
    service.counted.beacons(labels.of({"environment": "production"}), b'{"name": "INP", "value": 90}')
    assert service.look().value is not None
    service.counted.keep()
    world.clock.advance(7200)
    again = Service(world, table)
    again.look()
    seen = again.look()
    assert (seen.value, seen.why) == (None, "no_traffic")
