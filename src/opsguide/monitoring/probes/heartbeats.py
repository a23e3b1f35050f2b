"""Jobs that report by themselves: start, success, failure; late where nothing comes when it should."""

import base64
import hmac
from typing import Literal, TypeAlias

from msgspec import Struct

from ...guide.bindings import LOCAL, ProbeBinding
from ...kernel.clock import Instant, after, seconds_between
from ...kernel.duration import spoken
from .quorum import Judgement

Sign: TypeAlias = Literal["success", "start", "fail"]

MOST_SAID = 1000
"""So many characters are kept of what a job says of itself."""


class Beat(Struct):
    """What is known of one job. `since` is when it was first waited for; `ran_seconds` how long its last run took.

    `started` is set while it runs, `failed` since it said that it failed; `said` is the end of its last body.
    """

    since: Instant
    success: Instant | None = None
    started: Instant | None = None
    failed: Instant | None = None
    why: str = ""
    said: str = ""
    ran_seconds: float | None = None

    def took(self, sign: Sign, now: Instant, why: str = "", said: str = "") -> None:
        """A sign of life. `why` says how it failed."""
        if sign == "start":
            self.started = now
            return
        self.ran_seconds = seconds_between(self.started, now) if self.started is not None else None
        self.started, self.said = None, said[-MOST_SAID:]
        if sign == "success":
            self.success, self.failed, self.why = now, None, ""
        else:
            self.failed = now if self.failed is None else self.failed
            self.why = why


def sign_of(word: str) -> tuple[Sign, str] | None:
    """What the end of an address means: a word, or the exit status of the job; and why, where it failed."""
    if word in ("", "success"):
        return "success", ""
    if word == "start":
        return "start", ""
    if word == "fail":
        return "fail", "the job says that it failed"
    if word.isascii() and word.isdecimal() and len(word) <= 3 and int(word) <= 255:
        return ("success", "") if int(word) == 0 else ("fail", f"the job ended with exit status {int(word)}")
    return None


def secret_of(key: bytes, name: str) -> str:
    """The secret end of a job's address: only who knows the service's key can make it. 160 bits."""
    digest = hmac.digest(key, f"heartbeat:{name}".encode(), "sha256")
    return base64.b32encode(digest[:20]).decode().casefold()


def judge(probe: ProbeBinding, beat: Beat, now: Instant, listening_since: Instant) -> Judgement:
    """How a job is. What fell into a time in which nobody listened may still come: it gets its grace once more."""
    assert probe.heartbeat is not None
    if beat.failed is not None:
        return _down(beat.why, beat.failed)
    if beat.started is not None:
        end = after(max(beat.started, listening_since), probe.grace)
        if now > end:
            ago = spoken(seconds_between(beat.started, now))
            return _down(f"it started {ago} ago and has not ended; it may run {spoken(probe.grace)}", end)
    last = beat.success if beat.success is not None else beat.since
    due = after(last, probe.heartbeat)
    if now > max(after(due, probe.grace), after(listening_since, probe.grace)):
        every = f"it is due every {spoken(probe.heartbeat)}"
        if beat.success is None:
            return _down(f"no sign of life in {spoken(seconds_between(last, now))}; {every}", due)
        return _down(f"its last sign of life came {spoken(seconds_between(last, now))} ago; {every}", due)
    if beat.success is None:
        return Judgement(None, "waiting for its first sign of life", {LOCAL: "new"})
    if now > due:
        return Judgement("up", f"late by {spoken(seconds_between(due, now))}", {LOCAL: "up"})
    return Judgement("up", "it reported in time", {LOCAL: "up"})


def _down(reason: str, since: Instant) -> Judgement:
    return Judgement("down", reason, {LOCAL: "down"}, 1, since)
