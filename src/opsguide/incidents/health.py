"""How channels do: what their messages came to, when one is cut off, when it is tried again, and its tests. Pure."""

from collections.abc import Iterable

from ..kernel.clock import Instant, after
from ..kernel.outbox import retry_delay
from ..kernel.part import Answer, Refusal, Said
from . import oncall
from .commands import NoteTest
from .facts import ChannelTested
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
    was_cut_off = health.failures >= CUT_OFF_AFTER
    if problem is None:
        health.failures, health.problem, health.worked_at = 0, "", at
    else:
        health.failures, health.problem, health.failed_at = health.failures + 1, problem, at
    if was_cut_off != (health.failures >= CUT_OFF_AFTER):
        state.agenda.everything = (
            True  # who waits for it is told through another one, or need not be any more
        )


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


def users(state: State, channel: str) -> Iterable[str]:
    """Who is told through it."""
    people = sorted(state.bindings.people)
    return [person for person in people if channel in oncall.channels(state.bindings, person)]


def why_untestable(state: State, channel: str, person: str) -> Refusal | None:
    """Why no test can go through it to a person ("": whoever uses it); None where it can."""
    if channel not in state.bindings.channels:
        return Refusal(
            "unknown_channel",
            f"there is no channel {channel}",
            "opsguide channels list shows those that are bound",
        )
    if person and person not in users(state, channel):
        hint = f"add it to the channels of [people.{person}]" if person in state.bindings.people else ""
        return Refusal("not_theirs", f"{channel} is no channel of {person}", hint)
    return None


def note_test(state: State, command: NoteTest, _now: Instant) -> Answer:
    refusal = why_untestable(state, command.channel, command.person)
    if refusal is not None:
        return refusal
    tested = ChannelTested(
        channel=command.channel,
        by=command.by,
        problem=command.problem,
        seconds=command.seconds,
        person=command.person,
    )
    return (Said(tested, f"channel:{command.channel}"),)
