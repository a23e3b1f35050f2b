"""The requests of the past, for budgets that are spent by failures: counted from samples as the service counts them."""

from collections.abc import Callable, Iterator

import numpy as np

from ...kernel.errors import QueryError
from ...monitoring import budgets
from ...monitoring.commands import Counted
from ...monitoring.counting import MINUTE_MS, USUAL_MS, chosen_for, errors_in
from ...monitoring.signals import signal_of
from ...monitoring.state import State
from .samples import Course, Samples


async def counted(
    state: State, samples: Samples, place: tuple[str, float], told: Callable[[float], None]
) -> list[Counted]:
    """Of what objectives ask for, as far as something counts requests. `place`: environment and cadence."""
    targets: dict[str, float] = {}
    for _, terms in budgets.objectives(state):
        if terms.count == "requests":
            targets[terms.place] = max(terms.target, targets.get(terms.place, 0.0))
    found = list[Counted]()
    for name, target in targets.items():
        promise = errors_in(state, name)
        seen = await samples.present(state.bindings, promise)
        signal = signal_of(promise, state.bindings, *place, seen, chosen_for(state, promise))
        if signal.expression is None or not signal.flow:
            continue
        try:
            total = await samples.grid((signal.own, signal.flow), told)
            share = await samples.grid((signal.own, signal.expression), told)
        except QueryError:
            continue
        found += _counted(name, total, share, samples.step_ms, 1 - target)
    return sorted(found, key=lambda one: one.end)


def _counted(
    environment: str, total: Course, share: Course, step_ms: int, allowed: float
) -> Iterator[Counted]:
    """Every five minutes, and every minute of five in which more failed than the budget allows."""
    times, requests = total.times, total.values * step_ms / 1000
    failures = requests * np.minimum(1.0, np.nan_to_num(share.values))
    known = np.flatnonzero(~np.isnan(requests))
    for usual in _parted(known, times, USUAL_MS):
        hasty = failures[usual].sum() > allowed * requests[usual].sum()
        for part in _parted(usual, times, MINUTE_MS) if hasty else (usual,):
            start, end = int(times[part[0]]), int(times[part[-1]]) + step_ms
            yield Counted(environment, start, end, float(requests[part].sum()), float(failures[part].sum()))


def _parted(
    places: "np.ndarray[tuple[int], np.dtype[np.intp]]",
    times: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    size: int,
) -> "list[np.ndarray[tuple[int], np.dtype[np.intp]]]":
    """Places whose instants lie in the same stretch of time together."""
    if not len(places):
        return []
    return np.split(places, np.flatnonzero(np.diff(times[places] // size)) + 1)
