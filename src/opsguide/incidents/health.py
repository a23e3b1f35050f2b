"""How channels do: what their messages came to, when one is cut off, and when it is tried again. Pure."""

from ..kernel.clock import Instant, after
from ..kernel.outbox import retry_delay
from .oncall import INBOX
from .state import Health, State

CUT_OFF_AFTER = 3
"""So many failures in a row cut a channel off: then one message at a time tries it, and the others wait."""


def heard(state: State, channel: str, at: Instant, problem: str | None, seconds: float | None) -> None:
    """Fold what a message came to; `problem` is None where the provider took it."""
    if channel == INBOX:
        return
    health = state.health.setdefault(channel, Health())
    health.turned = (health.failures > 0) != (problem is not None)
    health.seconds = seconds
    if problem is None:
        health.failures, health.problem, health.worked_at = 0, "", at
    else:
        health.failures, health.problem, health.failed_at = health.failures + 1, problem, at


def channel_of(key: str) -> str:
    """The channel at the end of a key: `page/INC-1/2/ana/ana-phone`."""
    return key.rpartition("/")[2]


def is_cut_off(state: State, channel: str) -> bool:
    """It failed so often that nothing is expected of it."""
    health = state.health.get(channel)
    return health is not None and health.failures >= CUT_OFF_AFTER


def tried_again_at(state: State, channel: str) -> Instant:
    """When a channel may be tried: 0 unless it is cut off."""
    health = state.health.get(channel)
    if health is None or health.failures < CUT_OFF_AFTER or health.failed_at is None:
        return 0
    return after(health.failed_at, retry_delay(health.failures, channel))
