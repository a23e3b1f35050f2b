"""Grafana OnCall's public API v1: users, schedules and their shifts, escalation chains and policies, rules of people.

Shapes after grafana.com/docs/oncall/latest/oncall-api-reference. Its lists (`results`) do not say what they hold: it is
told by the fields of an item. Times of a shift are of the wall clock of its zone. Of its rolling users each has an
event of RFC 5545 of its own, so only shifts whose events follow each other as turns do are turns here.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from typing import Annotated, Any

from msgspec import Meta, Struct

from ..guide.wording import plural
from ..kernel.errors import ImportFailed
from .documents import documents, is_empty, note_left, typed
from .grafana_shifts import Shift, layer_of
from .model import Contact, Cover, Found, Kind, Layer, Note, Person, Policy, Rule, Schedule, Step, Target
from .tracks import split
from .turns import aware, known_zone, unknown_zone

TOOL = "Grafana OnCall"
PAGE = {"count", "next", "previous", "results", "page_size", "current_page_number", "total_pages"}
"""What a page of a list says of itself."""
_KINDS: dict[str, Kind] = {
    "notify_by_email": "mail",
    "notify_by_phone_call": "call",
    "notify_by_sms": "sms",
    "notify_by_mobile_app": "push",
    "notify_by_mobile_app_critical": "push",
    "notify_by_slack": "chat",
    "notify_by_telegram": "chat",
    "notify_by_msteams": "chat",
}


class User(Struct):
    id: str
    username: str
    email: str | None = None
    name: str | None = None


class OnCallSchedule(Struct):
    id: str
    name: str
    type: str
    time_zone: str | None = None
    shifts: list[str] | None = None
    ical_url_primary: str | None = None
    ical_url_overrides: str | None = None
    on_call_now: list[str] | None = None


class Chain(Struct):
    id: str
    name: str


class PolicyStep(Struct):
    escalation_chain_id: str
    type: str
    position: int = 0
    duration: Annotated[float, Meta(ge=0)] | None = None
    persons_to_notify: list[str] | None = None
    persons_to_notify_next_each_time: list[str] | None = None
    notify_on_call_from_schedule: str | None = None


class NotificationRule(Struct):
    user_id: str
    type: str
    position: int = 0
    important: bool = False
    duration: Annotated[float, Meta(ge=0)] | None = None


class _Lists:
    """What the lists of all files hold."""

    def __init__(self, notes: list[Note]) -> None:
        self.notes = notes
        self.users: list[User] = []
        self.schedules: list[OnCallSchedule] = []
        self.shifts: list[Shift] = []
        self.chains: list[Chain] = []
        self.steps: list[PolicyStep] = []
        self.rules: list[NotificationRule] = []

    def take(self, document: Mapping[str, Any], name: str) -> None:
        """Raises ImportFailed where the document is no list of these."""
        items = document.get("results", [document] if "id" in document else None)
        if not isinstance(items, list):
            raise ImportFailed(
                "holds no `results` of Grafana OnCall",
                where=name,
                hint="save what GET /api/v1/users/, schedules/, on_call_shifts/ and the like answer",
            )
        fields = set(items[0]) if items and isinstance(items[0], dict) else set()
        if "escalation_chain_id" in fields and "position" in fields:
            self.steps += typed(items, PolicyStep, name, self.notes)
        elif "user_id" in fields:
            self.rules += typed(items, NotificationRule, name, self.notes)
        elif "username" in fields:
            self.users += typed(items, User, name, self.notes)
        elif {"duration", "start"} <= fields:
            self.shifts += typed(items, Shift, name, self.notes)
        elif "type" in fields and fields & {"on_call_now", "time_zone", "shifts", "ical_url_primary"}:
            self.schedules += typed(items, OnCallSchedule, name, self.notes)
        elif {"id", "name"} <= fields and not fields & {"type", "email", "avatar_url"}:
            self.chains += typed(items, Chain, name, self.notes)
        elif items:
            what = "is a list of something else than people, schedules and escalation: not read"
            self.notes.append(Note("missing", name, what))
        if "results" in document:
            note_left(
                name, [key for key in document if key not in PAGE and not is_empty(document[key])], self.notes
            )


def read(files: Mapping[str, str], now: datetime) -> Found:
    """What the files (texts by name) hold. `now` decides what is over. Raises ImportFailed."""
    notes: list[Note] = []
    got = _Lists(notes)
    for name, text in files.items():
        for document in documents(text, name):
            got.take(document, name)
            if document.get("next"):
                notes.append(
                    Note("missing", name, "is one page of several: export the one that `next` names too")
                )
    shifts = {shift.id: shift for shift in got.shifts}
    made = [_schedule(schedule, shifts, now, notes) for schedule in got.schedules]
    schedules = tuple(part for one in made if one is not None for part in split(one, now, notes))
    policies = tuple(_policies(got, notes))
    known = {user.id for user in got.users}
    referred = _referred(schedules, policies)
    unknown = [key for key in dict.fromkeys(referred) if key not in known]
    for key in unknown:
        notes.append(
            Note("approximated", f"user {key}", "is not among the users: taken over without channels")
        )
    return Found(
        tool=TOOL,
        people=(
            *(
                _person(user, [rule for rule in got.rules if rule.user_id == user.id], notes)
                for user in got.users
            ),
            *(Person(key=key, handle=key) for key in unknown),
        ),
        schedules=schedules,
        policies=policies,
        notes=tuple(notes),
    )


def _referred(schedules: Iterable[Schedule], policies: Iterable[Policy]) -> Iterator[str]:
    for schedule in schedules:
        yield from (person for layer in schedule.layers for person in layer.people)
        yield from (cover.person for cover in schedule.covers)
        yield from schedule.now
    for policy in policies:
        yield from (target.key for step in policy.steps for target in step.to if target.kind == "person")


def _person(user: User, rules: list[NotificationRule], notes: list[Note]) -> Person:
    """Channels are the ways that the rules use, each once; the rules those that are not for important ones only."""
    contacts: dict[str, Contact] = {}
    made: list[Rule] = []
    after = 0.0
    important = [rule for rule in rules if rule.important]
    for rule in sorted((rule for rule in rules if not rule.important), key=lambda rule: rule.position):
        if rule.type == "wait":
            after += rule.duration or 0
        elif rule.type in _KINDS:
            kind = _KINDS[rule.type]
            address = (user.email or "") if kind == "mail" else ""
            contact = contacts.setdefault(rule.type, Contact(kind, address, rule.type))
            made.append(Rule(contact, after))
        else:
            notes.append(Note("missing", f"user {user.id}", f"`{rule.type}` has no equal here"))
    if important:
        what = f"{plural(len(important), 'rule')} for important ones: rules here go by severity, add them by hand"
        notes.append(Note("missing", f"user {user.id}", what))
    if not contacts and user.email:
        contacts["email"] = Contact("mail", user.email)
    handle = (user.email or "").partition("@")[0] or user.username.partition("@")[0] or user.id
    return Person(
        key=user.id,
        handle=handle,
        name=user.name or "",
        mail=user.email or "",
        contacts=tuple(contacts.values()),
        rules=tuple(made),
    )


def _schedule(
    schedule: OnCallSchedule, shifts: Mapping[str, Shift], now: datetime, notes: list[Note]
) -> Schedule | None:
    about = f"schedule {schedule.name}"
    if schedule.type == "ical" and schedule.ical_url_primary:
        return _of_calendar(schedule, about, notes)
    if schedule.type not in ("calendar", "web"):
        notes.append(Note("missing", about, f"is of the type `{schedule.type}`: set it up by hand"))
        return None
    zone = schedule.time_zone or "UTC"
    if not known_zone(zone):
        notes.append(unknown_zone(about, zone))
        return None
    layers: list[Layer] = []
    covers: list[Cover] = []
    for key in schedule.shifts or ():
        shift = shifts.get(key)
        if shift is None:
            notes.append(
                Note("missing", about, f"its shift {key} is not in the export: get on_call_shifts too")
            )
        elif shift.type == "override":
            where = shift.time_zone or zone
            if not known_zone(where):
                notes.append(unknown_zone(about, where))
                continue
            start = aware(shift.start, where)
            end = start + timedelta(seconds=shift.duration)
            told = shift.users or next(iter(shift.rolling_users or ()), [])
            covers += [Cover(person, start, end) for person in told[:1] if end > now]
        else:
            made = layer_of(shift, f"{about}, shift {shift.name or key}", zone, now, notes)
            layers += [made] if made is not None else []
    layers.sort(key=lambda layer: layer.level)
    return Schedule(
        key=schedule.id,
        name=schedule.name,
        zone=zone,
        layers=tuple(layers),
        covers=tuple(covers),
        calendar="ical_url_overrides" if schedule.ical_url_overrides else "",
        now=tuple(schedule.on_call_now or ()),
    )


def _of_calendar(schedule: OnCallSchedule, about: str, notes: list[Note]) -> Schedule:
    """All its shifts stand in an iCalendar file elsewhere."""
    if schedule.ical_url_overrides:
        what = "has overrides in a second iCalendar file: a rotation has one, so put them into the first"
        notes.append(Note("missing", about, what))
    zone = schedule.time_zone or ""
    if zone and not known_zone(zone):
        notes.append(unknown_zone(about, zone))
        zone = ""
    return Schedule(
        key=schedule.id,
        name=schedule.name,
        zone=zone,
        layers=(),
        calendar="ical_url_primary",
        now=tuple(schedule.on_call_now or ()),
    )


def _policies(got: _Lists, notes: list[Note]) -> Iterator[Policy]:
    names = {chain.id: chain.name for chain in got.chains}
    ordered = sorted(got.steps, key=lambda step: (step.escalation_chain_id, step.position))
    for chain, steps in groupby(ordered, key=lambda step: step.escalation_chain_id):
        name = names.get(chain, chain)
        yield Policy(name, tuple(_steps(f"escalation chain {name}", steps, notes)))


def _steps(about: str, steps: Iterable[PolicyStep], notes: list[Note]) -> Iterator[Step]:
    after = 0.0
    for step in steps:
        if step.type == "wait":
            after += step.duration or 0
        elif step.type == "notify_on_call_from_schedule" and step.notify_on_call_from_schedule:
            yield Step(after, (Target("schedule", step.notify_on_call_from_schedule),))
        elif step.type in ("notify_persons", "notify_person_next_each_time"):
            people = step.persons_to_notify or step.persons_to_notify_next_each_time or []
            if step.type != "notify_persons":
                what = "tells another person each time: here each of them, make it a rotation"
                notes.append(Note("approximated", about, what))
            yield Step(after, tuple(Target("person", person) for person in people))
        else:
            notes.append(Note("missing", about, f"its step `{step.type}` has no equal here"))
