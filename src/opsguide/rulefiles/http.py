"""The page of rules and the API's list: the guide's alert rules, and those of rule files."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from litestar import Response, get
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from opsguide.guide.wording import plural
from opsguide.kernel.duration import spoken
from opsguide.telemetry.prometheus_rules import Group, Rule
from opsguide.web.console import Console
from opsguide.web.live import Fragment
from opsguide.web.metrics import Metric, gauge
from opsguide.web.pages import ConsoleDep, Found, Link, Pages, Panel
from opsguide.web.shell import ShellDep

from ..gotemplate.printing import number
from . import http_api
from .runner import Runner
from .told import groups

EVENT = "rules"
ALERTS_SHOWN = 50
GUIDE = "guide"

OwnRules = Callable[[], Sequence[Group]]


class Row(Struct, frozen=True):
    """A rule as a row of its group: `state` is a class of the style, `said` its words."""

    rule: Rule
    state: str
    said: str
    value: str
    line: int

    @property
    def severity(self) -> str:
        """Empty where it depends on the series."""
        said = self.rule.labels.get("severity", "")
        return "" if "{{" in said else said


def _row(rule: Rule) -> Row:
    line = int(rule.where.rpartition(":")[2] or 0)
    if rule.error:
        return Row(rule, "failing", "cannot be evaluated", "", line)
    if rule.kind == "recording":
        return Row(rule, "recording", f"{rule.series} series" if rule.at else "not run yet", "", line)
    if rule.unknown and not rule.active:
        return Row(rule, "unknown", "no value", "", line)
    firing = sum(one.state == "firing" for one in rule.active)
    pending = len(rule.active) - firing
    said = [f"{firing} firing" if firing else "", f"{pending} pending" if pending else ""]
    values = [one.value for one in rule.active if one.value is not None]
    value = number(values[0]) if len(values) == 1 else ""
    words = ", ".join(one for one in said if one) or ("inactive" if rule.at else "not run yet")
    return Row(rule, rule.state, words, value, line)


def pages(own: OwnRules, runner: Runner | None) -> Pages:
    """`own` are the guide's rules; `runner` runs the rule files, None where nothing does."""
    return Pages(
        name="rulefiles",
        handlers=(*_handlers(own, runner), *http_api.handlers(partial(_known, own, runner))),
        templates=Path(__file__).parent / "templates",
        links=(Link("Rules", "/rules", "", 42, minor=True),),
        panels=partial(_panels, runner),
        metrics=partial(_metrics, runner),
        finds=partial(_finds, runner),
        fragments=partial(_fragments, runner),
    )


def _known(own: OwnRules, runner: Runner | None, console: Console) -> Sequence[Group]:
    """All groups as of the console's instant; the guide's are told of now only."""
    past = console.as_of is not None
    mine = [] if past else list(own())
    if runner is None:
        return mine
    return [*mine, *groups(runner, console.state("monitoring").rule_files, past=past)]


def _handlers(own: OwnRules, runner: Runner | None) -> tuple[ControllerRouterHandler, ...]:
    @get("/rules", needs="read", include_in_schema=False)
    async def rules_page(console: ConsoleDep, shell: ShellDep) -> Response[str]:
        """Every rule: state, last evaluation, value, what is wrong with it, where it stands."""
        found = _known(own, runner, console)
        return shell.render(
            "rulefiles/rules.html",
            here="/rules",
            groups=[(group, [_row(rule) for rule in group.rules]) for group in found],
            problems=runner.problems if runner is not None else (),
            elsewhere=runner.elsewhere if runner is not None else "",
            most=ALERTS_SHOWN,
            spoken=spoken,
            number=number,
            guide=GUIDE,
        )

    return (rules_page,)


def _panels(runner: Runner | None, console: Console) -> Iterator[Panel]:
    """What keeps rules from watching: a person must mend it, or alerts are missed."""
    if runner is None or console.as_of is not None:
        return
    if runner.elsewhere and runner.bindings().telemetry.rules:
        yield Panel("rule files", "not run here", "/rules", alarm=True)
    if runner.problems:
        yield Panel("rule files", plural(len(runner.problems), "problem"), "/rules", alarm=True)
    if runner.failing:
        yield Panel("rules", f"{len(runner.failing)} cannot be evaluated", "/rules", alarm=True)


def _metrics(runner: Runner | None, _console: Console) -> Iterator[Metric]:
    if runner is None:
        return
    yield gauge("opsguide_rules", "Rules of rule files.", len(runner.loaded.rules))
    yield gauge(
        "opsguide_rules_failing", "Rules of rule files that cannot be evaluated.", len(runner.failing)
    )
    yield gauge("opsguide_rule_file_problems", "What is wrong in rule files.", len(runner.problems))
    seconds = sum(one.seconds for one in runner.groups.values())
    yield gauge("opsguide_rules_evaluation_seconds", "What the last evaluation of all groups took.", seconds)


def _finds(runner: Runner | None, _console: Console) -> Iterator[Found]:
    for rule in runner.loaded.rules if runner is not None else ():
        yield Found("page", rule.name, f"/rules#{rule.file}:{rule.line}", about=f"rule, {rule.where}")


def _fragments(runner: Runner | None) -> Mapping[str, Fragment]:
    """The event of the page: rules ran again, and the page fetches itself."""
    if runner is None:
        return {}
    key = (tuple(sorted((name, one.at) for name, one in runner.groups.items())), len(runner.problems))
    return {EVENT: Fragment(key, lambda _before: "")}
