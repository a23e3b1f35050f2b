"""Which promises cannot be kept yet, and the key of opsguide.toml that would bind each."""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

from msgspec import UNSET, Struct

from ..parts import part_named
from ..promise import Promise, Reading
from ..recurring import opened
from ..values import Alert, Amount, ClockValues, Environment, Objective, Rule, Severity, Step, Window
from ..working_hours import whole
from .model import Bindings
from .names import built_in, environments, handle, of_part, severities, severity_of
from .parts import keys_of, part_of, place_of
from .problems import quoted

NOT_KEPT_YET = "not kept by this version yet"

OF_DATABASES = frozenset({"query_time", "pool_utilisation", "active_connections", "lock_contention"})
"""Signals that a watched database gives. Some applications export all but the last."""

OF_BROWSERS = frozenset({"lcp", "cls", "inp", "fid"})
"""Web vitals, which the browsers of visitors report."""

OF_LABS = frozenset({"lcp", "cls"})
"""Those that a page shows by itself, without a visitor: a lab can stand in."""

BUILT_IN_SIGNALS = OF_DATABASES | OF_BROWSERS | {"error_rate", "request_rate", "response_time"}
"""Signals that monitoring can ask for by itself (monitoring/definitions.py; a test holds the two together)."""


BETWEEN_UPDATES = "a time: at most so long between two status updates"

UNSPECIFIED = "unspecified"
"""The word for an alert to which the guide gives no severity; `[severities]` binds it like any other."""


class Missing(Struct, frozen=True, kw_only=True):
    """A promise lacks a binding: `key` dotted, `toml` the lines to add; both empty if no key would help."""

    promise: str
    reason: str
    key: str = ""
    toml: str = ""


def unbound(reading: Reading, bindings: Bindings) -> tuple[Missing, ...]:
    """One entry a promise and key it lacks, most useful key first, what no key can bind last.

    A promise may lack several keys, and is in the result once for each.
    """
    need = _Needs(reading, bindings)
    found = [missing for promise in reading.promises for missing in need.of(promise)]
    useful = Counter(missing.key for missing in found)
    place = {key: place for place, key in enumerate(useful)}
    return tuple(
        sorted(found, key=lambda missing: (not missing.key, -useful[missing.key], place[missing.key]))
    )


class _Needs:
    """What the promises of one guide need, chapter by chapter. A chapter that is not built keeps nothing."""

    def __init__(self, reading: Reading, bindings: Bindings) -> None:
        self._bindings = bindings
        self._severities = severities(reading.promises)
        self._main = _main_environment(reading, bindings)

    def of(self, promise: Promise) -> Iterator[Missing]:
        says = partial(Missing, promise=promise.id)
        match promise.keeper, promise.values:
            case "monitoring" | "performance", Alert() | Objective() as values:
                yield from self._measured(promise.id, values, says)
            case "incidents", ClockValues() as values:
                yield from self._clock(promise.id, values, says)
            case "incidents", Step() as values:
                yield from self._people(values.to, says)
            case "incidents", Severity():
                return
            case "delivery", Environment() as values:
                yield from self._url(values.environment.casefold(), says)
            case "maintenance", Window() as values:
                if not _asks_something(values, self._bindings.zone):
                    yield says(reason="the guide says neither when, nor how long, nor how long ahead")
            case _, Rule() as values if wants_live_updates(promise):
                if not has_amount(values):
                    yield from self._limit(promise.id, says, BETWEEN_UPDATES)
            case "maintenance", Rule(by=str(by), demands=demands) if "approval" in demands:
                yield from self._people(by, says)
            case _, Rule(rule="post_mortem", by=by):
                yield from self._people(by, says) if by else ()
            case _:
                yield says(reason=NOT_KEPT_YET)

    def _measured(
        self, promise: str, values: Alert | Objective, says: Callable[..., Missing]
    ) -> Iterator[Missing]:
        bound = self._bindings.objectives.get(promise)
        if isinstance(values, Objective) and values.signal == "availability":
            by_requests = bound is not None and bound.count == "requests"
            if by_requests:
                yield from self._part(values, says)
                yield from self._metrics(says)
            else:
                yield from self._url(place_of(values, self._bindings, self._main), says)
        else:
            yield from self._source(values, says)
        if not has_amount(values):
            yield from self._limit(promise, says)
        if isinstance(values, Alert) or values.level == "alert":
            yield from self._severity(values.severity if isinstance(values, Alert) else None, says)

    def _limit(self, promise: str, says: Callable[..., Missing], of_time: str = "") -> Iterator[Missing]:
        """The guide gives none: the bindings may, `of_time` where it has to be one, and says what it is."""
        bound = self._bindings.limits.get(promise)
        if bound is not None and (bound.seconds is not None or not of_time):
            return
        reason = (
            "its limit in the bindings is no time" if bound is not None else "the guide gives it no limit"
        )
        note = f"  # {of_time}" if of_time else ""
        key = f"limits.{quoted(promise)}"
        yield says(reason=reason, key=key, toml=f'[limits]\n{quoted(promise)} = "…"{note}')

    def _url(self, environment: str, says: Callable[..., Missing]) -> Iterator[Missing]:
        bound = self._bindings.environments.get(environment)
        probes = self._bindings.probes.values()
        if any(one.availability and one.environment == environment for one in probes):
            return
        if bound is None or bound.url is None:
            table = f"environments.{quoted(environment)}"
            yield says(
                reason=f"nothing says where {environment} is",
                key=f"{table}.url",
                toml=f'[{table}]\nurl = "https://…"',
            )

    def _source(self, values: Alert | Objective, says: Callable[..., Missing]) -> Iterator[Missing]:
        signal = built_in(values.signal)
        is_bound = any(name in self._bindings.signals for name in keys_of(values, self._bindings))
        if not is_bound and signal in BUILT_IN_SIGNALS:
            yield from self._part(values, says)
        has_database = any(one.kind == "postgresql" for one in self._bindings.databases.values())
        if has_database and (is_bound or signal in OF_DATABASES):
            return
        if signal in OF_BROWSERS and not is_bound:
            judged = signal in OF_LABS and any(one.judges for one in self._bindings.lab.values())
            if self._bindings.vitals is None and not judged:
                reason = "nothing says whose pages may report web vitals"
                yield says(reason=reason, key="vitals.origins", toml='[vitals]\norigins = ["https://…"]')
            return
        if not is_bound and (signal == "lock_contention" or (signal in OF_DATABASES and self._only_logs())):
            reason = "nothing says where its database is"
            toml = '[databases.main]\nurl = "env:DATABASES_MAIN_URL"'
            yield says(reason=reason, key="databases.main.url", toml=toml)
            return
        yield from self._metrics(says)
        if not is_bound and signal not in BUILT_IN_SIGNALS:
            name = quoted(of_part(values.signal, values))
            yield says(
                reason=f"no signal is known for {values.signal}",
                key=f"signals.{name}",
                toml=f"[signals]\n{name} = '…'",
            )

    def _part(self, values: Alert | Objective, says: Callable[..., Missing]) -> Iterator[Missing]:
        """A part of the service is not judged by all of it."""
        if part_of(values, self._bindings, self._main) is None:
            named = part_named(values) or ""
            line = f'{quoted(named)} = \'job="…"\'  # the labels of its series; "*" for all of the service'
            yield says(
                reason=f"nothing says which part of the service {named} is",
                key=f"scopes.{quoted(named)}",
                toml=f"[scopes]\n{line}",
            )

    def _only_logs(self) -> bool:
        """Are access logs all that measures? They tell nothing of a database."""
        measured = [bound for bound in self._bindings.environments.values() if bound.measured]
        others = any(bound.metrics or bound.targets or bound.pushed for bound in measured)
        return bool(measured) and not others and not self._bindings.telemetry.is_remote

    def _metrics(self, says: Callable[..., Missing]) -> Iterator[Missing]:
        if not self._bindings.telemetry.is_remote and not any(
            bound.measured for bound in self._bindings.environments.values()
        ):
            table = f"environments.{quoted(self._main)}"
            yield says(
                reason="nothing says where its metrics are",
                key=f"{table}.metrics",
                toml=f'[{table}]\nmetrics = "https://…/metrics"  # or targets, access_log, pushed = true',
            )

    def _severity(self, said: str | None, says: Callable[..., Missing]) -> Iterator[Missing]:
        word = (said or UNSPECIFIED).casefold()
        if self._severities and severity_of(word, self._severities, self._bindings) is None:
            known = ", ".join(severity.severity for severity in self._severities)
            yield says(
                reason=f"the guide defines no severity {word}" if said else "the guide gives it no severity",
                key=f"severities.{quoted(word)}",
                toml=f'[severities]\n{quoted(word)} = "…"  # one of {known}',
            )

    def _clock(self, promise: str, values: ClockValues, says: Callable[..., Missing]) -> Iterator[Missing]:
        kept = values.clock in ("acknowledge", "respond", "resolve", "update", "postmortem")
        in_days = values.clock == "postmortem" and (values.business_days, values.months) != (UNSET, UNSET)
        if not kept or values.scope is not None:
            yield says(reason=NOT_KEPT_YET)
        elif values.clock == "update" and not has_amount(values):
            yield from self._limit(promise, says, BETWEEN_UPDATES)
        elif values.seconds is UNSET and not in_days:
            yield says(reason=NOT_KEPT_YET)
        elif values.hours is not None and whole(values.hours, self._bindings.zone) is None:
            yield says(reason="the guide does not say on which days and from when to when these hours are")
        elif not (
            self._bindings.databases or self._bindings.probes or self._bindings.telemetry.is_remote
        ) and not any(bound.url or bound.measured for bound in self._bindings.environments.values()):
            yield from self._url(self._main, says)

    def _people(self, to: str, says: Callable[..., Missing]) -> Iterator[Missing]:
        """Somebody has to be behind a name of the guide."""
        team = handle(to)
        if team not in self._bindings.teams and team not in self._bindings.people:
            table = f"teams.{quoted(team)}"
            yield says(
                reason=f"nobody is bound to {to}",
                key=f"{table}.members",
                toml=f'[{table}]\nmembers = ["…"]',
            )


def wants_live_updates(promise: Promise) -> bool:
    """`Communication: real-time status updates`: of an incident or of emergency maintenance, without a number."""
    values = promise.values
    about = promise.keeper in ("incidents", "maintenance")
    return about and isinstance(values, Rule) and "real_time" in values.demands


def has_amount(values: Amount) -> bool:
    """Whether the guide says how much."""
    return any(getattr(values, field) is not UNSET for field in Amount.__struct_fields__)


def _asks_something(window: Window, zone: str) -> bool:
    """Whether an announcement could be held to it."""
    amounts = (window.max_seconds, window.notice_seconds, window.notice_business_days)
    return any(amount is not None for amount in amounts) or opened(window, zone) is not None


def _main_environment(reading: Reading, bindings: Bindings) -> str:
    """The one that users meet: production, else the only one bound, else the last that the guide names."""
    named = environments(reading.promises)
    if "production" in named or "production" in bindings.environments:
        return "production"
    if len(bindings.environments) == 1:
        return next(iter(bindings.environments))
    return named[-1] if named else "production"
