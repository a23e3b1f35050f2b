"""What was asked of a schedule, as forms and the API say it: times in the rotation's zone, and who may ask for it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from ...guide.bindings import Bindings
from ...identity.principal import Principal, authorize, may
from ...kernel.calendar import instant_of
from ...kernel.clock import Instant, after, from_datetime, to_datetime
from ...kernel.errors import Refused
from ..roster import zone_of
from .commands import MakeOverride
from .facts import Span

TIMES = "write 2026-12-24T09:00 (in the rotation's zone), 2026-12-24T09:00Z, or now"


class Asked(Struct, frozen=True, kw_only=True):
    """An override as somebody asks for it: `start` is now and `end` is `seconds` later where they are empty."""

    team: str
    person: str
    start: str = ""
    end: str = ""
    seconds: float = 0.0
    replaces: str = ""
    reason: str = ""
    by: str = ""


def wanted(bindings: Bindings, asked: Asked, now: Instant) -> MakeOverride:
    """The command for it. Names are case-folded, as in the bindings. Raises Refused."""
    span = span_of(bindings, asked.team, asked.start, asked.end, asked.seconds, now)
    return MakeOverride(
        team=asked.team.casefold(),
        person=asked.person.casefold(),
        start=span.start,
        end=span.end,
        by=asked.by,
        replaces=asked.replaces.casefold(),
        reason=asked.reason,
    )


def span_of(bindings: Bindings, team: str, start: str, end: str, seconds: float, now: Instant) -> Span:
    """Times in the zone of the team's rotation where they name none. Raises Refused."""
    if team.casefold() not in bindings.rotations:
        hint = f"rotations: {', '.join(bindings.rotations) or 'none is bound'}"
        raise Refused(f"there is no rotation {team}", reason="unknown_rotation", hint=hint)
    where = zone_of(bindings, team.casefold())
    begins = _moment(start, where, now) if start.strip() else now
    if not end.strip() and seconds <= 0:
        raise Refused("it has no end", reason="empty_end", hint="say until when, or for how long")
    return Span(begins, _moment(end, where, now) if end.strip() else after(begins, seconds))


def _moment(text: str, where: ZoneInfo, now: Instant) -> Instant:
    if text.strip().casefold() == "now":
        return now
    try:
        found = datetime.fromisoformat(text.strip())
        at = instant_of(found, where) if found.tzinfo is None else from_datetime(found)
        to_datetime(at)
    except (ValueError, OverflowError):
        raise Refused(f"`{text[:40]}` is no time", reason="malformed_time", hint=TIMES) from None
    return at


def authorize_for(me: Principal, team: str, by: str, own: set[str]) -> None:
    """What is one's own is a responder's; that of others an operator's. Raises NotAllowed."""
    authorize(me, "respond", team)
    if by not in own:
        authorize(me, "operate", team)


def may_for(me: Principal | None, team: str, by: str, own: set[str]) -> bool:
    """Whether `authorize_for` lets it pass."""
    return may(me, "respond" if by in own else "operate", team)
