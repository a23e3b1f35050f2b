"""PagerDuty's REST API v2: users with contact methods and notification rules, schedules, policies.

Shapes after developer.pagerduty.com/api-reference: `GET /users?include[]=contact_methods&include[]=notification_rules`,
`GET /schedules/{id}`, `GET /escalation_policies`. Of its schedules: layers come from the top to the bottom, turns and
restrictions keep to the wall clock of the schedule's zone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from ..guide.wording import plural
from ..kernel.errors import ImportFailed
from .documents import documents, is_empty, items, note_left, typed
from .model import Contact, Cover, Found, Kind, Layer, Note, Person, Policy, Rule, Schedule, Step, Target
from .turns import aware, end_of, ended, known_zone, length_of, unknown_zone, wall
from .week import DAY, Window, daily, merged

TOOL = "PagerDuty"
_KINDS: dict[str, Kind] = {
    "email_contact_method": "mail",
    "phone_contact_method": "call",
    "sms_contact_method": "sms",
    "push_notification_contact_method": "push",
}
_MINUTE = 60
PAGE = {"limit", "offset", "total", "more", "query", "next_cursor"}
"""What a page of a list says of itself."""


class Reference(Struct):
    id: str
    type: str = ""
    summary: str | None = None


class UserReference(Struct):
    id: str
    summary: str | None = None


class MethodReference(Struct):
    id: str


class ContactMethod(Struct):
    id: str
    type: str
    address: str | None = None
    country_code: int | None = None


class NotificationRule(Struct):
    contact_method: MethodReference
    start_delay_in_minutes: Annotated[float, Meta(ge=0)] = 0
    urgency: str = "high"


class User(Struct):
    id: str
    name: str | None = None
    summary: str | None = None
    email: str | None = None
    contact_methods: list[ContactMethod] = []
    notification_rules: list[NotificationRule] = []


class Restriction(Struct):
    type: Literal["daily_restriction", "weekly_restriction"]
    start_time_of_day: time
    duration_seconds: Annotated[int, Meta(ge=60, le=604_800)]
    start_day_of_week: Annotated[int, Meta(ge=1, le=7)] | None = None


class Member(Struct):
    user: UserReference


class ScheduleLayer(Struct):
    start: datetime
    rotation_virtual_start: datetime
    rotation_turn_length_seconds: Annotated[int, Meta(ge=1, le=366 * 86_400)]
    users: list[Member]
    name: str | None = None
    end: datetime | None = None
    restrictions: list[Restriction] | None = None


class Entry(Struct):
    start: datetime
    end: datetime
    user: UserReference | None = None


class SubSchedule(Struct):
    rendered_schedule_entries: list[Entry] | None = None


class PagerDutySchedule(Struct):
    id: str
    name: str
    time_zone: str
    schedule_layers: list[ScheduleLayer] | None = None
    overrides_subschedule: SubSchedule | None = None
    overrides: list[Entry] = []


class EscalationRule(Struct):
    targets: list[Reference]
    escalation_delay_in_minutes: Annotated[float, Meta(ge=0)] = 30


class EscalationPolicy(Struct):
    name: str
    escalation_rules: list[EscalationRule]
    num_loops: int = 0


def read(files: Mapping[str, str], now: datetime) -> Found:
    """What the files (texts by name) hold. `now` decides what is over. Raises ImportFailed."""
    users, schedules, policies = [], [], []
    notes: list[Note] = []
    for name, text in files.items():
        for document in documents(text, name):
            one = _document(document, name, notes)
            users += one[0]
            schedules += one[1]
            policies += one[2]
            if document.get("more") is True:
                notes.append(
                    Note("missing", name, "is one page of several: `more` is true, export the others too")
                )
    named = {user.id: user for user in users}
    made = [_schedule(schedule, now, notes) for schedule in _once(schedules)]
    return Found(
        tool=TOOL,
        people=tuple(_people(named, _references(schedules, policies), notes)),
        schedules=tuple(schedule for schedule in made if schedule is not None),
        policies=tuple(_policy(policy, notes) for policy in policies),
        notes=tuple(notes),
    )


def _document(
    document: Mapping[str, Any], name: str, notes: list[Note]
) -> tuple[list[User], list[PagerDutySchedule], list[EscalationPolicy]]:
    lists = (
        typed(items(document, "users", "user"), User, name, notes),
        typed(items(document, "schedules", "schedule"), PagerDutySchedule, name, notes),
        typed(items(document, "escalation_policies", "escalation_policy"), EscalationPolicy, name, notes),
    )
    known = {"users", "user", "schedules", "schedule", "escalation_policies", "escalation_policy"}
    if not known & document.keys():
        raise ImportFailed(
            "holds no users, schedules or escalation policies of PagerDuty",
            where=name,
            hint="save what GET /users, /schedules/{id} and /escalation_policies answer",
        )
    note_left(
        name, [key for key in document if key not in known | PAGE and not is_empty(document[key])], notes
    )
    return lists


def _once(schedules: Iterable[PagerDutySchedule]) -> list[PagerDutySchedule]:
    """The list of schedules may stand beside each of them: the one with layers counts."""
    found: dict[str, PagerDutySchedule] = {}
    for schedule in schedules:
        if schedule.id not in found or schedule.schedule_layers is not None:
            found[schedule.id] = schedule
    return list(found.values())


def _references(
    schedules: Iterable[PagerDutySchedule], policies: Iterable[EscalationPolicy]
) -> Iterator[UserReference]:
    for schedule in schedules:
        for layer in schedule.schedule_layers or ():
            yield from (member.user for member in layer.users)
        yield from (entry.user for entry in _overrides(schedule) if entry.user is not None)
    for policy in policies:
        for rule in policy.escalation_rules:
            users = (target for target in rule.targets if target.type.startswith("user"))
            yield from (UserReference(target.id, target.summary) for target in users)


def _people(
    users: Mapping[str, User], referred: Iterable[UserReference], notes: list[Note]
) -> Iterator[Person]:
    for user in users.values():
        yield _person(user, notes)
    for key, reference in {one.id: one for one in referred if one.id not in users}.items():
        name = reference.summary or ""
        notes.append(
            Note("approximated", f"user {key}", "is not among the users: taken over without channels")
        )
        yield Person(key=key, handle=name or key, name=name)


def _person(user: User, notes: list[Note]) -> Person:
    contacts = {method.id: _contact(method) for method in user.contact_methods if method.type in _KINDS}
    for method in user.contact_methods:
        if method.id not in contacts:
            notes.append(
                Note(
                    "missing",
                    f"user {user.id}",
                    f"is reached by `{method.type}` too, which has no equal here",
                )
            )
    if not contacts and user.email:
        contacts["email"] = Contact("mail", user.email)
    lost = [rule for rule in user.notification_rules if rule.contact_method.id not in contacts]
    if lost:
        what = f"{plural(len(lost), 'rule')} through what was not taken over"
        notes.append(Note("missing", f"user {user.id}", what))
    low = [rule for rule in user.notification_rules if rule.urgency != "high"]
    if low:
        what = (
            f"{plural(len(low), 'rule')} for low urgency: what does not page makes a ticket in the inbox here"
        )
        notes.append(Note("missing", f"user {user.id}", what))
    rules = (
        Rule(contacts[rule.contact_method.id], rule.start_delay_in_minutes * _MINUTE)
        for rule in user.notification_rules
        if rule.urgency == "high" and rule.contact_method.id in contacts
    )
    name = user.name or user.summary or ""
    return Person(
        key=user.id,
        handle=(user.email or "").partition("@")[0] or name or user.id,
        name=name,
        contacts=tuple(contacts.values()),
        rules=tuple(rules),
    )


def _contact(method: ContactMethod) -> Contact:
    country = (
        f"+{method.country_code} " if method.country_code and method.type != "email_contact_method" else ""
    )
    address = "" if method.type.startswith("push") else f"{country}{method.address or ''}"
    return Contact(_KINDS[method.type], address, method.id)


def _schedule(schedule: PagerDutySchedule, now: datetime, notes: list[Note]) -> Schedule | None:
    about = f"schedule {schedule.name}"
    if schedule.schedule_layers is None:
        notes.append(
            Note(
                "missing", about, f"stands in a list without its layers: export GET /schedules/{schedule.id}"
            )
        )
        return None
    if not known_zone(schedule.time_zone):
        notes.append(unknown_zone(about, schedule.time_zone))
        return None
    layers = []
    for layer in reversed(schedule.schedule_layers):
        made = _layer(layer, schedule, now, notes)
        layers += [made] if made is not None else []
    if any(entry.user is None for entry in _overrides(schedule)):
        notes.append(Note("missing", about, "has overrides of nobody: left out"))
    covers = (
        Cover(entry.user.id, aware(entry.start, schedule.time_zone), aware(entry.end, schedule.time_zone))
        for entry in _overrides(schedule)
        if entry.user is not None
    )
    return Schedule(
        key=schedule.id,
        name=schedule.name,
        zone=schedule.time_zone,
        layers=tuple(layers),
        covers=tuple(cover for cover in covers if cover.end > now),
    )


def _overrides(schedule: PagerDutySchedule) -> Sequence[Entry]:
    rendered = schedule.overrides_subschedule
    return [*schedule.overrides, *((rendered and rendered.rendered_schedule_entries) or ())]


def _layer(
    layer: ScheduleLayer, schedule: PagerDutySchedule, now: datetime, notes: list[Note]
) -> Layer | None:
    about = f"schedule {schedule.name}, layer {layer.name or 'without a name'}"
    since = aware(layer.start, schedule.time_zone)
    until = end_of(layer.end, schedule.time_zone)
    if not layer.users:
        notes.append(Note("missing", about, "has nobody: left out"))
    if not layer.users or ended(about, until, now, notes):
        return None
    people = tuple(member.user.id for member in layer.users)
    turn = length_of(about, timedelta(seconds=layer.rotation_turn_length_seconds), people, notes)
    if turn is None:
        return None
    restrictions = layer.restrictions or ()
    return Layer(
        name=layer.name or "",
        people=people,
        first=wall(about, layer.rotation_virtual_start, schedule.time_zone, notes),
        zone=schedule.time_zone,
        every=turn[0],
        unit=turn[1],
        week=merged(window for one in restrictions for window in _windows(about, one, notes)),
        since=since if since > now else None,
        until=until,
    )


def _windows(about: str, restriction: Restriction, notes: list[Note]) -> tuple[Window, ...]:
    opens = restriction.start_time_of_day
    if opens.second or restriction.duration_seconds % _MINUTE:
        notes.append(Note("approximated", about, "seconds of a restriction are left out"))
    start, length = opens.hour * 60 + opens.minute, restriction.duration_seconds // _MINUTE
    if restriction.type == "daily_restriction":
        return daily(start, length)
    first = ((restriction.start_day_of_week or 1) - 1) * DAY + start
    return ((first, first + length),)


def _policy(policy: EscalationPolicy, notes: list[Note]) -> Policy:
    if policy.num_loops:
        what = f"is repeated {policy.num_loops} times: here nothing follows the last step"
        notes.append(Note("missing", f"escalation policy {policy.name}", what))
    steps, after = [], 0.0
    for rule in policy.escalation_rules:
        targets = []
        for target in rule.targets:
            kind: Literal["schedule", "person"] = (
                "schedule" if target.type.startswith("schedule") else "person"
            )
            if target.type.startswith(("schedule", "user")):
                targets.append(Target(kind, target.id))
            else:
                what = f"tells a `{target.type}`, which has no equal here"
                notes.append(Note("missing", f"escalation policy {policy.name}", what))
        steps.append(Step(after, tuple(targets)))
        after += rule.escalation_delay_in_minutes * _MINUTE
    return Policy(policy.name, tuple(steps))
