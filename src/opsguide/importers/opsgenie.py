"""Opsgenie's REST API v2, and Jira Service Management's after it: users, schedules, overrides, escalations.

Shapes after docs.opsgenie.com/docs/user-api, schedule-api (`GET /v2/schedules?expand=rotation`), schedule-override-api
and escalation-api. Its lists do not say what they hold: it is told by the fields of an item. All rotations of a
schedule that cover an instant have somebody on call there; here a rotation has one owner, so those that overlap become
several.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from ..kernel.errors import ImportFailed
from .documents import documents, is_empty, note_left, typed
from .model import Cover, Found, Layer, Note, Person, Policy, Schedule, Step, Target
from .opsgenie_people import note_of_routing, note_of_team, with_rules
from .opsgenie_shapes import (
    DAYS,
    Escalation,
    NotificationRule,
    OpsgenieSchedule,
    Override,
    Recipient,
    Rotation,
    RoutingRule,
    Team,
    TimeRestriction,
    User,
)
from .tracks import split
from .turns import aware, end_of, ended, known_zone, length_of, wall
from .week import DAY, WEEK, Window, daily, merged

TOOL = "Opsgenie"
PAGE = {"data", "values", "paging", "totalCount", "took", "requestId", "expandable", "links"}
"""What a page of a list says of itself."""
_LENGTHS = {"hourly": timedelta(hours=1), "daily": timedelta(days=1), "weekly": timedelta(weeks=1)}


def read(files: Mapping[str, str], now: datetime) -> Found:
    """What the files (texts by name) hold. `now` decides what is over. Raises ImportFailed."""
    notes: list[Note] = []
    got = _Lists(notes)
    for name, text in files.items():
        for document in documents(text, name):
            got.take(document, name)
            if isinstance(document.get("paging"), dict) and document["paging"].get("next"):
                notes.append(
                    Note(
                        "missing", name, "is one page of several: export the one that `paging.next` names too"
                    )
                )
    keys = {user.username.casefold(): user.id or user.username for user in got.users}
    people = _People(keys)
    made = [
        _schedule(schedule, _of_schedule(got.overrides, schedule, notes), people, now, notes)
        for schedule in got.schedules
    ]
    policies = [_policy(policy, people, notes) for policy in got.escalations]
    return Found(
        tool=TOOL,
        people=(*with_rules(got.users, got.rules, notes), *people.unknown(notes)),
        schedules=tuple(part for one in made if one is not None for part in split(one, now, notes)),
        policies=tuple(policies),
        notes=tuple(notes),
    )


class _Lists:
    """What the lists of all files hold."""

    def __init__(self, notes: list[Note]) -> None:
        self.notes = notes
        self.rules: list[NotificationRule] = []
        self.users: list[User] = []
        self.schedules: list[OpsgenieSchedule] = []
        self.overrides: list[Override] = []
        self.escalations: list[Escalation] = []

    def take(self, document: Mapping[str, Any], name: str) -> None:
        """Raises ImportFailed where the document is no list of these."""
        data = document.get("data", document.get("values"))
        items = [data] if isinstance(data, dict) else data
        if not isinstance(items, list):
            raise ImportFailed(
                "holds no `data` of Opsgenie",
                where=name,
                hint="save what GET /v2/users, /v2/schedules?expand=rotation and /v2/escalations answer",
            )
        fields = set(items[0]) if items and isinstance(items[0], dict) else set()
        if "username" in fields:
            self.users += typed(items, User, name, self.notes)
        elif "notify" in fields:
            self.notes += map(note_of_routing, typed(items, RoutingRule, name, self.notes))
        elif "timezone" in fields:
            self.schedules += typed(items, OpsgenieSchedule, name, self.notes)
        elif "startDate" in fields:
            self.overrides += typed(items, Override, name, self.notes)
        elif "rules" in fields:
            self.escalations += typed(items, Escalation, name, self.notes)
        elif "actionType" in fields:
            self.rules += typed(items, NotificationRule, name, self.notes)
        elif fields & {"members", "description"}:
            self.notes += map(note_of_team, typed(items, Team, name, self.notes))
        elif items and "name" not in fields:
            raise ImportFailed(
                "holds a list that is neither of users, schedules, overrides nor escalations",
                where=name,
                hint="export those four, one file each",
            )
        elif items:
            what = "is a list of something else than people, schedules, escalations and rules: not read"
            self.notes.append(Note("missing", name, what))
        note_left(
            name, [key for key in document if key not in PAGE and not is_empty(document[key])], self.notes
        )


class _People:
    """Keys of people by what refers to them; remembers those that are not among the users."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._keys = keys
        self._known = set(keys.values())
        self._unknown: dict[str, str] = {}

    def key(self, recipient: Recipient) -> str:
        name = recipient.username or recipient.name or ""
        key = self._keys.get(name.casefold()) or recipient.id or name
        if key not in self._known:
            self._unknown[key] = name
        return key

    def unknown(self, notes: list[Note]) -> Iterator[Person]:
        for key, name in self._unknown.items():
            notes.append(
                Note("approximated", "a user", "is not among the users: taken over without channels")
            )
            yield Person(key=key, handle=name.partition("@")[0] or key)


def _of_schedule(
    overrides: Iterable[Override], schedule: OpsgenieSchedule, notes: list[Note]
) -> list[Override]:
    """An override names its schedule only where it was asked for alone."""
    found = []
    for override in overrides:
        if override.parent is not None and schedule.id == override.parent.id:
            found.append(override)
        elif override.parent is None:
            what = "has overrides that do not say of which schedule: export each with GET …/overrides/{alias}"
            notes.append(Note("missing", "a list", what))
    return found


def _schedule(
    schedule: OpsgenieSchedule, overrides: list[Override], people: _People, now: datetime, notes: list[Note]
) -> Schedule | None:
    about = f"schedule {schedule.name}"
    if not schedule.enabled:
        notes.append(Note("missing", about, "is not enabled: left out"))
        return None
    if schedule.rotations is None:
        notes.append(Note("missing", about, "has no rotations in this export: ask with ?expand=rotation"))
        return None
    if not known_zone(schedule.timezone):
        notes.append(
            Note(
                "missing", about, f"`{schedule.timezone}` is no zone of the IANA database: set it up by hand"
            )
        )
        return None
    made = (_layer(rotation, schedule, people, now, notes) for rotation in schedule.rotations)
    covers = []
    for override in overrides:
        if override.rotations:
            notes.append(Note("approximated", about, "an override of some rotations stands for all of them"))
        start, end = (
            aware(override.start_date, schedule.timezone),
            aware(override.end_date, schedule.timezone),
        )
        if override.user.type != "user":
            notes.append(Note("missing", about, f"an override by a {override.user.type}: left out"))
        elif end > now:
            covers.append(Cover(people.key(override.user), start, end))
    return Schedule(
        key=schedule.id,
        name=schedule.name,
        zone=schedule.timezone,
        layers=tuple(layer for layer in made if layer is not None),
        covers=tuple(covers),
    )


def _layer(
    rotation: Rotation, schedule: OpsgenieSchedule, people: _People, now: datetime, notes: list[Note]
) -> Layer | None:
    about = f"schedule {schedule.name}, rotation {rotation.name or 'without a name'}"
    since = aware(rotation.start_date, schedule.timezone)
    until = end_of(rotation.end_date, schedule.timezone)
    if ended(about, until, now, notes):
        return None
    others = sorted({one.type for one in rotation.participants if one.type != "user"})
    if others or not rotation.participants:
        what = f"has turns of {', '.join(others) or 'nobody'}: only people take turns here, set it up by hand"
        notes.append(Note("missing", about, what))
        return None
    keys = tuple(people.key(one) for one in rotation.participants)
    turn = length_of(about, rotation.length * _LENGTHS[rotation.type], keys, notes)
    if turn is None:
        return None
    return Layer(
        name=rotation.name or "",
        people=keys,
        first=wall(about, rotation.start_date, schedule.timezone, notes),
        zone=schedule.timezone,
        every=turn[0],
        unit=turn[1],
        week=_week(rotation.time_restriction),
        since=since if since > now else None,
        until=until,
    )


def _week(restriction: TimeRestriction | None) -> tuple[Window, ...]:
    if restriction is None:
        return ()
    found: list[Window] = []
    for one in [*([restriction.restriction] if restriction.restriction else []), *restriction.restrictions]:
        start, end = one.start_hour * 60 + one.start_min, one.end_hour * 60 + one.end_min
        if restriction.type == "time-of-day":
            found += daily(start, (end - start) % DAY or DAY)
        else:
            start += _day(one.start_day) * DAY
            end += _day(one.end_day or one.start_day) * DAY
            found.append((start, start + ((end - start) % WEEK or WEEK)))
    return merged(found)


def _day(name: str | None) -> int:
    return DAYS.index((name or "monday").casefold())


def _policy(policy: Escalation, people: _People, notes: list[Note]) -> Policy:
    about = f"escalation {policy.name}"
    steps = []
    for rule in policy.rules:
        if rule.recipient.type not in ("user", "schedule"):
            what = f"tells a {rule.recipient.type}: name a schedule or a person in the guide's route"
            notes.append(Note("missing", about, what))
            continue
        if rule.notify_type != "default":
            notes.append(
                Note("approximated", about, f"`{rule.notify_type}` of a schedule: here who is on call now")
            )
        if rule.condition != "if-not-acked":
            what = f"`{rule.condition}`: here an acknowledgement stops what follows"
            notes.append(Note("approximated", about, what))
        is_user = rule.recipient.type == "user"
        key = people.key(rule.recipient) if is_user else rule.recipient.id or rule.recipient.name or ""
        steps.append(Step(rule.delay.seconds, (Target("person" if is_user else "schedule", key),)))
    if policy.repeat and policy.repeat.count:
        what = f"is repeated {policy.repeat.count} times: here nothing follows the last step"
        notes.append(Note("missing", about, what))
    return Policy(policy.name, tuple(sorted(steps, key=lambda step: step.after)))
