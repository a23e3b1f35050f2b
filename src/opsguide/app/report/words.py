"""What a report says in words, the same in every form."""

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from ...guide.versions import VersionEntry
from ...kernel.clock import Instant, to_datetime
from ...kernel.duration import spoken
from ...web.words import SHORT_MONTHS, plural
from .model import ClockLine, PromiseLine, Report

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def month_name(month: str) -> str:
    """`November 2026`."""
    return f"{MONTHS[int(month[5:]) - 1]} {month[:4]}"


def moment(at: Instant, zone: str) -> str:
    """`23 Nov 2026, 03:31` in a zone; the report says once which."""
    day = to_datetime(at).astimezone(ZoneInfo(zone))
    return f"{day.day} {SHORT_MONTHS[day.month - 1]} {day.year}, {day:%H:%M}"


def minutes(seconds: float) -> str:
    """`12 m`, `2 h 10 m`, and nothing for nothing."""
    return spoken(seconds) if seconds else "–"


def share(line: PromiseLine) -> str:
    """Of the time in which somebody looked: `99.93 %`; never rounded up to all of it."""
    if line.kept_share is None:
        return "–"
    percent = line.kept_share * 100
    return "100 %" if percent == 100 else f"{min(percent, 99.99):.2f} %"


def summary(report: Report) -> Iterator[str]:
    """The sentences that a reader needs if they read no further."""
    if not report.promises:
        yield f"No guide was in force in {month_name(report.month)}: there is nothing to report."
        return
    if not report.facts:
        yield f"Nothing was recorded in {month_name(report.month)}: what stands here held before and went on."
    broken = report.broken
    total = plural(len(report.promises), "promise")
    if broken:
        yield (
            f"{len(broken)} of {total} {'was' if len(broken) == 1 else 'were'} broken at some time, "
            f"for {spoken(report.broken_seconds)} in all."
        )
    else:
        yield f"None of {total} was seen broken."
    yield from _looked(report)
    yield _incidents(report)
    loosened = sum(
        len(entry.found.of(kind))
        for entry in report.changes
        if isinstance(entry, VersionEntry) and entry.found is not None
        for kind in ("loosened", "dropped")
    )
    adopted = sum(isinstance(entry, VersionEntry) for entry in report.changes)
    if adopted:
        said = f", with {plural(loosened, 'promise')} loosened or dropped" if loosened else ""
        yield f"The guide took {plural(adopted, 'new version')}{said}."


def _looked(report: Report) -> Iterator[str]:
    kept, by_hand = report.count("kept"), report.count("by_hand")
    blind = report.count("unproven") + report.count("unbound")
    signed = f", {by_hand} stood by a person's signature" if by_hand else ""
    unseen = f"; for {blind} nobody and nothing looked" if blind else ""
    yield f"{kept} {'was' if kept == 1 else 'were'} kept whenever looked at{signed}{unseen}."


def _incidents(report: Report) -> str:
    if not report.incidents:
        return "No incident was open."
    missed, met, running = (report.clocks_in(state) for state in ("missed", "met", "running"))
    clocks = ", ".join(
        f"{number} {word}"
        for number, word in ((met, "met"), (missed, "ran out"), (running, "still running"))
        if number
    )
    return f"{plural(len(report.incidents), 'incident')}" + (
        f"; of their clocks {clocks}." if clocks else ", no clock ran."
    )


def clock(one: ClockLine) -> str:
    """`acknowledge 4 m of 15 m, met`."""
    taken = f"{spoken(one.taken)} of " if one.taken is not None else ""
    word = {"missed": "ran out"}.get(one.state, one.state)
    return f"{one.name} {taken}{spoken(one.limit)}, {word}"


def person(who: str, names: Mapping[str, str]) -> str:
    return names.get(who, who)
