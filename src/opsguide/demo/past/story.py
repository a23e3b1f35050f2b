"""What happened to the shop in the two weeks before: when it broke, who answered, how the guide changed since."""

from datetime import UTC, datetime, time, timedelta

from msgspec import Struct

from ...kernel.clock import Instant, after, from_datetime, to_datetime
from ..shop.faults import Fault

DAYS = 14
DOWN = "down"


class Trouble(Struct, frozen=True):
    """One fault of the shop. `answered` is how long after the page somebody acknowledged, in seconds."""

    fault: str
    start: Instant
    end: Instant
    by: str
    answered: float
    note: str

    def covers(self, at: Instant) -> bool:
        return self.start <= at < self.end


class Signed(Struct, frozen=True):
    """Somebody vouched for a promise of the guide that nothing measures."""

    at: Instant
    by: str
    promise: str
    note: str


class Story(Struct, frozen=True):
    """`start` and `end` of what is told; `changed` is when the guide got its present form."""

    start: Instant
    end: Instant
    changed: Instant
    troubles: tuple[Trouble, ...]
    signed: tuple[Signed, ...]


# Days before today, time of day (UTC), fault, its length in minutes, who answers after how many minutes, and the note.
_TROUBLES = (
    (13, time(10, 42), Fault.ERRORS, 19, "ana", 4, "Release 44 renamed a column that checkout reads. Rolled back."),
    (11, time(2, 17), DOWN, 6, "ana", 3, "The host ran out of memory and was restarted."),
    (9, time(16, 5), Fault.SLOW, 26, "bogdan", 9, "The stock report ran at noon of the busiest day. Moved to 04:00."),
    (7, time(20, 30), Fault.ERRORS, 41, "bogdan", 19, "Nobody heard the first page. Rolled back."),
    (4, time(11, 15), Fault.CONNECTIONS, 12, "ana", 5, "A job kept its connections. Restarted; fix in release 46."),
    (2, time(3, 40), DOWN, 2, "carmen", 1, "A kernel update rebooted the host outside the window."),
)  # fmt: skip

_WENT_THROUGH = ((12, time(14, 0), "bogdan"), (10, time(9, 15), "ana"), (5, time(15, 30), "carmen"))
_SIGNED = {
    "bogdan": (
        ("delivery.stage.pull_request_opened", "The main branch takes nothing else; I tried."),
        ("delivery.stage.automated_tests", "Required by the branch's protection."),
        ("delivery.stage.review_by_a_colleague", "One approval is required, nobody's own."),
        ("delivery.stage.merge_to_main", "Squash merges only, by the same protection."),
    ),
    "ana": (
        (
            "recovery.rule.configuration",
            "All of it is in the repository `harbour-config`; I looked at both hosts.",
        ),
        ("recovery.rule.secrets", "The vault's audit shows no secret read from anywhere else this quarter."),
        ("maintenance.rule.rollback_plan", "The last three changes each had one; two were rehearsed."),
    ),
    "carmen": (
        ("security.rule.administrators", "Went through all nine accounts: each has a second factor."),
        ("security.rule.the_database", "Only the bastion's address is in the firewall's list."),
        ("security.rule.production_access", "Four grants this month, all expired within the day."),
    ),
}
"""Who went through which lines, and what they saw."""

_CHANGED = 6
"""The guide was tightened the day after the page that nobody answered in time."""


def story(now: Instant) -> Story:
    """The two weeks that end at `now`. The same `now` tells the same story."""
    today = to_datetime(now).date()

    def on(days: int, when: time) -> Instant:
        return from_datetime(datetime.combine(today - timedelta(days=days), when, UTC))

    troubles = tuple(
        Trouble(
            fault=str(fault),
            start=on(days, when),
            end=after(on(days, when), minutes * 60),
            by=by,
            answered=answered * 60.0,
            note=note,
        )
        for days, when, fault, minutes, by, answered, note in _TROUBLES
    )
    signed = tuple(
        Signed(on(days, when), by, promise, note)
        for days, when, by in _WENT_THROUGH
        for promise, note in _SIGNED[by]
    )
    return Story(
        start=after(now, -DAYS * 86400),
        end=now,
        changed=on(_CHANGED, time(9, 30)),
        troubles=troubles,
        signed=signed,
    )
