"""Runs the rule files of the running service: when samples arrive, and on a tick for what depends on time alone.

Groups that are due share one instant. A run is followed by a pause of three times what it cost, so that rules never
take more than a quarter of a core; what arrives meanwhile waits for the next run. The past is never evaluated again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec import Struct

from opsguide.guide.bindings import Bindings
from opsguide.kernel.clock import Clock, Instant, after, seconds_between
from opsguide.kernel.errors import LedgerUnwritable, Refused
from opsguide.kernel.part import Command
from opsguide.monitoring.arrivals import apart, waking
from opsguide.monitoring.rulefiles.commands import Moved, RuleFailed, RuleMoved, RulesKnown, RulesRan
from opsguide.monitoring.rulefiles.state import Instance
from opsguide.monitoring.state import State
from opsguide.telemetry.embedded import Embedded

from .alerting import Alert, Surroundings
from .evaluating import Evaluator, Outcome
from .files import Loaded, RuleFiles
from .model import Group, Problem, Rule

log = logging.getLogger(__name__)

EVERY_SECONDS = 15.0
"""A group without `interval` runs at least so often."""

LOOK_SECONDS = 2.0
"""How often the files are looked at."""

ELSEWHERE = (
    "A remote engine answers (`telemetry.source`), so rule files belong there: opsguide does not run them. "
    "Load them into the engine, and let its Alertmanager call opsguide."
)

Alerts = Mapping[str, Mapping[str, Instance]]


class Ran(Struct, frozen=True):
    """The last evaluation of a rule: what it said. `error` is empty where it could be evaluated."""

    at: Instant
    seconds: float
    series: int
    error: str
    alerts: tuple[Alert, ...]


class GroupRan(Struct, frozen=True):
    at: Instant
    seconds: float


@dataclass(kw_only=True)
class Runner:
    """`state` is the chapter's, with the alerts of the ledger; `submit` hands a command to the decider; `url` is ours,
    for templates.

    `loaded` is what is in force, `rules` the last evaluation of each rule, `groups` of each group, by its key.
    """

    state: Callable[[], State]
    bindings: Callable[[], Bindings]
    submit: Callable[[Command], Awaitable[object]]
    engine: Embedded
    clock: Clock
    files: RuleFiles
    url: Callable[[], str] = str
    loaded: Loaded = field(default_factory=Loaded)
    rules: dict[str, Ran] = field(default_factory=dict)
    groups: dict[str, GroupRan] = field(default_factory=dict)
    _evaluator: Evaluator = field(init=False)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._evaluator = Evaluator(self.engine, Surroundings())

    async def run(self) -> None:
        """Look at the files and run what is due; until cancelled."""
        with self.engine.samples_wake(waking(self._arrived)):
            while True:
                await self.look()
                cost = await self.round(arrived=self._arrived.is_set())
                if cost is not None:
                    await asyncio.sleep(apart(cost))
                await self._wait()

    async def _wait(self) -> None:
        """Until samples arrive, something is due, or the files are to be looked at."""
        left = min((self._left(group) for group in self.loaded.groups), default=LOOK_SECONDS)
        try:
            async with asyncio.timeout(min(LOOK_SECONDS, max(0.05, left))):
                await self._arrived.wait()
                if not any(self._is_due(group, arrived=True) for group in self.loaded.groups):
                    self._arrived.clear()
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            pass

    async def look(self) -> None:
        """Put changed files in force."""
        patterns = () if self._is_remote() else self.bindings().telemetry.rules
        loaded = await asyncio.to_thread(self.files.look, patterns)
        if loaded is None:
            return
        for problem in loaded.problems:
            log.warning("%s", problem)
        self.loaded = loaded
        known = {rule.id for rule in loaded.rules}
        self.rules = {name: ran for name, ran in self.rules.items() if name in known}
        self.groups = {one.key: self.groups[one.key] for one in loaded.groups if one.key in self.groups}
        told = self.state().rule_files.keys() | self.state().failing.keys()
        kept = {name for name in told if name.startswith(tuple(f"{one}:" for one in loaded.refused))}
        self._evaluator.forget(known | kept, self.clock.now())
        if not told <= known | kept:
            await self._report(RulesKnown(self.clock.now(), known | kept))

    async def round(self, *, arrived: bool) -> float | None:
        """Run the groups that are due, in order, at one instant; what it cost in seconds, None where none was."""
        due = [group for group in self.loaded.groups if self._is_due(group, arrived=arrived)]
        if arrived:
            self._arrived.clear()
        if not due:
            return None
        now = self.clock.now()
        self._evaluator.surroundings = Surroundings(url=self.url())
        alerts = {name: status.instances for name, status in self.state().rule_files.items()}
        outcomes = await asyncio.to_thread(self._evaluate, due, now, alerts)
        for outcome in outcomes:
            step = outcome.step
            ran = Ran(
                now, outcome.seconds, outcome.series, outcome.error, step.alerts if step is not None else ()
            )
            self.rules[outcome.rule.id] = ran
        news = RulesRan(now, tuple(_moved(outcomes)), *_evaluated(outcomes, self.state().failing))
        if news.rules or news.failed or news.well:
            await self._report(news)
        return sum(outcome.seconds for outcome in outcomes)

    def _evaluate(self, due: Sequence[Group], now: Instant, alerts: Alerts) -> list[Outcome]:
        found: list[Outcome] = []
        for group in due:
            outcomes = list(self._evaluator.run(group, now, alerts))
            self.groups[group.key] = GroupRan(now, sum(one.seconds for one in outcomes))
            found += outcomes
        return found

    def _is_due(self, group: Group, *, arrived: bool) -> bool:
        ran = self.groups.get(group.key)
        if ran is None or (arrived and group.interval_ms is None):
            return True
        return self._left(group) <= 0

    def _left(self, group: Group) -> float:
        """Seconds until the group is due by time alone."""
        ran = self.groups.get(group.key)
        if ran is None:
            return 0.0
        if group.interval_ms is not None:
            return seconds_between(self.clock.now(), ran.at + group.interval_ms)
        due = [after(ran.at, EVERY_SECONDS), *(at for at in self._ends(group) if at > ran.at)]
        return seconds_between(self.clock.now(), min(due))

    def _ends(self, group: Group) -> Iterator[Instant]:
        """When `for` and `keep_firing_for` of the group's alerts are over."""
        alerts = self.state().rule_files
        for rule in group.rules:
            status = alerts.get(rule.id)
            for one in status.instances.values() if status is not None else ():
                if not one.firing:
                    yield one.active_at + rule.for_ms
                elif one.kept_since is not None:
                    yield one.kept_since + rule.keep_firing_ms

    async def _report(self, command: Command) -> None:
        """A report that cannot be recorded is not lost: the next run finds the same change again."""
        try:
            await self.submit(command)
        except (Refused, LedgerUnwritable) as error:
            log.debug("not recorded: %s", error.what)

    @property
    def failing(self) -> Sequence[tuple[Rule, str]]:
        """Rules that cannot be evaluated, and why."""
        found = ((rule, self.rules.get(rule.id)) for rule in self.loaded.rules)
        return [(rule, ran.error) for rule, ran in found if ran is not None and ran.error]

    @property
    def elsewhere(self) -> str:
        """Why the rule files are not run here, or ""."""
        return ELSEWHERE if self._is_remote() else ""

    def _is_remote(self) -> bool:
        """Samples are asked of another engine: its rules are its own."""
        return self.bindings().telemetry.is_remote

    @property
    def problems(self) -> Sequence[Problem]:
        return self.loaded.problems


def _moved(outcomes: Iterable[Outcome]) -> Iterator[RuleMoved]:
    for outcome in outcomes:
        if outcome.step is not None and outcome.step.changes:
            rule = outcome.rule
            moved = tuple(
                Moved(change, alert.id, dict(alert.labels), *_told(rule, alert, change))
                for change, alert in outcome.step.changes
            )
            yield RuleMoved(rule.id, rule.name, rule.where, rule.for_ms / 1000, moved)


def _evaluated(
    outcomes: Sequence[Outcome], known: Collection[str]
) -> tuple[tuple[RuleFailed, ...], tuple[str, ...]]:
    """Which rules fail, and which do not, of which the ledger says otherwise. Why they fail may change: that is no
    news, or series that come and go would fill the ledger."""
    failed = (one for one in outcomes if one.error and one.rule.id not in known)
    well = (one.rule.id for one in outcomes if not one.error and one.rule.id in known)
    return tuple(
        RuleFailed(one.rule.id, one.rule.name, f"{one.error[:PROBLEM]} ({one.rule.where})") for one in failed
    ), tuple(well)


PROBLEM = 500
TITLE = 200


def _told(rule: Rule, alert: Alert, change: str) -> tuple[str, str]:
    """The title of an alert that fires, and the address of its runbook."""
    if change != "firing":
        return "", ""
    own = ", ".join(
        f"{name}={value}" for name, value in alert.labels if name not in ("alertname", "severity")
    )
    title = " ".join(alert.annotations.get("summary", "").split())
    title = title or (f"{rule.name}: {own}" if own else rule.name)
    return title[:TITLE], alert.annotations.get("runbook_url", "")[:2000]
