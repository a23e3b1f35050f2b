"""The rule files of a small real service: decider, ledger, engine and clock, run by hand."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from opsguide.guide.bindings import Bindings, read_bindings
from opsguide.incidents.state import Incident
from opsguide.incidents.state import State as Incidents
from opsguide.kernel.facts import Data, Recorded
from opsguide.kernel.part import Command
from opsguide.kernel.ports import Sample
from opsguide.rulefiles.files import RuleFiles
from opsguide.rulefiles.runner import Runner
from tests.web.served import Served

RULES = '[telemetry]\nrules = ["rules/*.yml"]\n'


class House:
    """`served` is the service; `write` puts a rule file beside the bindings, `pass_time` lets samples come."""

    def __init__(self, folder: Path, served: Served | None = None) -> None:
        self.folder = folder
        (folder / "rules").mkdir(exist_ok=True)
        if served is None:
            served = Served()
            served.adopt(more_bindings=RULES)
        self.served = served
        self.runner = served.runner = Runner(
            state=lambda: served.state("monitoring"),
            bindings=lambda: _bound(served),
            submit=self.submit,
            engine=served.telemetry,
            clock=served.clock,
            files=RuleFiles(folder, folder / "in-force.json"),
            url=lambda: "http://opsguide.example",
        )

    async def submit(self, command: Command) -> Sequence[Recorded]:
        return await self.served.decider.submit(command, actor="test")

    def write(self, text: str, name: str = "web.yml") -> None:
        (self.folder / "rules" / name).write_text(text, encoding="utf-8")

    async def sees(self, values: Mapping[str, float], metric: str = "queue") -> None:
        """A scrape with one value a shop, and the rules on it."""
        samples = [Sample({"__name__": metric, "shop": shop}, value) for shop, value in values.items()]
        self.served.telemetry.ingest(samples, self.served.now(), {"job": metric})
        await self.runner.look()
        await self.runner.round(arrived=True)

    async def pass_time(self, seconds: float, values: Mapping[str, float], every: float = 15) -> None:
        for _ in range(round(seconds / every)):
            self.served.clock.advance(every)
            await self.sees(values)

    def asked(self, expression: str) -> dict[str, float]:
        """What PromQL says now, by the shop."""
        found = self.served.telemetry.instant(expression, self.served.now())
        return {one.labels.get("shop", ""): one.value for one in found}

    def facts(self, kind: str) -> list[Data]:
        return [row.fact.data for row in self.served.ledger.rows if row.fact.type == kind]

    @property
    def incidents(self) -> Incidents:
        state: Incidents = self.served.state("incidents")
        return state

    @property
    def burning(self) -> list[Incident]:
        """Open incidents whose cause is not over."""
        return [one for one in self.incidents.open.values() if one.recovered_at is None]

    def restart(self) -> "House":
        """As after kill -9: what is on the ledger and on the disk, and an engine without samples."""
        other = Served()
        other.clock, other.ledger = self.served.clock, self.served.ledger
        other.decider._clock, other.decider._ledger = other.clock, other.ledger
        other.decider.start()
        return House(self.folder, other)


def _bound(served: Served) -> Bindings:
    found, _ = read_bindings(served.guide.bindings_text)
    assert found is not None
    return found
