"""The bindings that an import adds: tables as text, to stand after those that are there; and what became of it all."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from ..guide.bindings import Bindings, Group, Inhibit
from ..guide.bindings.writing import header, line
from .model import Contact, Found, Layer, Note, Person, Policy, Schedule
from .names import Names
from .severities import Meaning, in_the_guides_words
from .week import as_days

_LOOKS = {
    "mail": "mailtos://USER:PASSWORD@SMTP-SERVER?to={}",
    "call": "a voice gateway to {}, such as twilio://",
    "sms": "an SMS gateway to {}, such as twilio://",
    "push": "ntfys://NTFY-SERVER/TOPIC, or another push service",
    "chat": "slack://, msteams://, tgram:// …",
    "hook": "jsons://SERVER/PATH",
}

_DAY = 86_400.0


class Taken(Struct, frozen=True):
    """One thing that was taken over: what it was, and the key that it is now."""

    what: str
    key: str


class Variable(Struct, frozen=True):
    """To be set for the service before it starts, to what."""

    name: str
    what: str


class Draft:
    """`text` is TOML to stand at the end of the bindings; empty where nothing is new."""

    def __init__(self, found: Found, bindings: Bindings, names: Names, meaning: Meaning) -> None:
        self._found = found
        self._bindings = bindings
        self._names = names
        self._meaning = meaning
        self.taken: list[Taken] = []
        self.kept: list[Taken] = []
        self.variables: list[Variable] = []
        self.notes: list[Note] = []
        # JSON may hold halves of signs that no text can have.
        self.text = "\n".join(self._tables()).encode(errors="replace").decode()

    @property
    def ids(self) -> dict[str, str]:
        """What people and schedules are called here, by their keys there."""
        return {**self._names.teams, **self._names.people}

    def _tables(self) -> Iterator[str]:
        for person in self._found.people:
            yield from self._person(person)
        for schedule in self._found.schedules:
            yield from self._schedule(schedule)
        for group in self._found.groups:
            made = Group(match=self._severities(group.match), by=group.by)
            what = f"grouping by {', '.join(group.by)}"
            if not self._is_there(made in self._bindings.incidents.group, what, "[[incidents.group]]"):
                yield from header("incidents", "group", many=True)
                yield from (line("match", made.match), line("by", made.by), "")
        for one in self._found.inhibitions:
            source, target = self._severities(one.source), self._severities(one.target)
            inhibit = Inhibit(source=source, target=target, equal=one.equal)
            is_there = inhibit in self._bindings.incidents.inhibit
            if not self._is_there(is_there, "an inhibition", "[[incidents.inhibit]]"):
                yield from header("incidents", "inhibit", many=True)
                yield from (line("source", source), line("target", target), line("equal", one.equal), "")
        self._note_lost()

    def _note_lost(self) -> None:
        """Whom a policy tells and nothing was taken over of."""
        for policy in self._found.policies:
            lost = {target.key for step in policy.steps for target in step.to} - self.ids.keys()
            for key in sorted(lost):
                what = f"tells {key}, which was not taken over: its line is left out of the guide's"
                self.notes.append(Note("missing", f"policy {policy.name}", what))

    def _is_there(self, found: bool, what: str, key: str) -> bool:
        (self.kept if found else self.taken).append(Taken(what, key))
        return found

    def _severities(self, matchers: tuple[str, ...]) -> tuple[str, ...]:
        found, unknown = in_the_guides_words(matchers, self._meaning)
        for word in unknown:
            what = (
                "is matched as it is, and no severity of the guide: write `[severities]`, or name the guide"
            )
            self.notes.append(Note("approximated", f"severity {word}", what))
        return found

    def _person(self, person: Person) -> Iterator[str]:
        name, is_there = self._names.person(person)
        what = f"{'receiver' if person.key in self._found.desks else 'user'} {person.key}"
        if is_there:
            self.kept.append(Taken(what, f"people.{name}"))
            return
        self.taken.append(Taken(what, f"people.{name}"))
        channels = {contact: self._names.channel(name, contact.kind) for contact in person.contacts}
        yield from header("people", name)
        if person.name:
            yield line("name", person.name)
        if person.mail and any(schedule.calendar for schedule in self._found.schedules):
            yield line("mail", person.mail)
        yield from (line("channels", tuple(channels.values())), "")
        yield from self._rules(person, name, channels)
        for contact, channel in channels.items():
            variable = self._names.variable(channel)
            self.variables.append(Variable(variable, f"the URL of channel `{channel}`"))
            yield from header("channels", channel)
            yield f"# {_one_line(_LOOKS[contact.kind].format(contact.address or '…'))}"
            yield from (line("url", f"env:{variable}"), "")

    def _rules(self, person: Person, name: str, channels: dict[Contact, str]) -> Iterator[str]:
        for rule in person.rules:
            if rule.after > _DAY:
                what = "is told of something only after more than a day: that rule is left out"
                self.notes.append(Note("missing", f"user {person.key}", what))
                continue
            yield from header("people", name, "notify", many=True)
            yield line("channel", channels[rule.contact])
            if rule.after:
                yield line("after", _duration(rule.after))
            yield ""

    def _schedule(self, schedule: Schedule) -> Iterator[str]:
        team = self._names.team(schedule)
        what = f"{'receiver' if self._found.desks else 'schedule'} {schedule.name}"
        alone = _always_one(schedule)
        if team in self._bindings.rotations or (alone and team in self._bindings.teams):
            self.kept.append(Taken(what, f"{'teams' if alone else 'rotations'}.{team}"))
            return
        members = dict.fromkeys(self._names.people[key] for key in _members(schedule))
        if not members and not (schedule.calendar and team in self._bindings.teams):
            lost = "has nobody in any layer that could be taken over: left out"
            if schedule.calendar:
                lost = f"names nobody outside its calendar: write `[teams.{team}]`, and import it again"
            self.notes.append(Note("missing", what, lost))
            return
        self.taken.append(Taken(what, f"{'teams' if alone else 'rotations'}.{team}"))
        if team not in self._bindings.teams:
            if schedule.calendar:
                known = f"its team has only those whom the export names: add the others to `[teams.{team}]`"
                self.notes.append(Note("approximated", what, known))
            yield from header("teams", team)
            yield from (line("members", tuple(members)), "")
        if alone:
            return
        yield from header("rotations", team)
        if schedule.zone:
            yield line("zone", schedule.zone)
        if schedule.calendar:
            yield self._calendar(schedule, team)
        yield ""
        for layer in schedule.layers:
            yield from self._layer(layer, team, schedule.zone)
        for cover in schedule.covers:
            where = ZoneInfo(schedule.zone)
            yield from header("rotations", team, "overrides", many=True)
            yield line("person", self._names.people[cover.person])
            yield line("start", cover.start.astimezone(where))
            yield from (line("end", cover.end.astimezone(where)), "")

    def _calendar(self, schedule: Schedule, team: str) -> str:
        """Its address may be secret: it is named, and not copied."""
        variable = self._names.variable(f"{team}-calendar")
        what = f"`{schedule.calendar}` of schedule {schedule.name}, the address of its calendar"
        self.variables.append(Variable(variable, what))
        return line("calendar", f"env:{variable}")

    def _layer(self, layer: Layer, team: str, zone: str) -> Iterator[str]:
        """A layer for each piece of the week: the same people in the same turns have all of them."""
        where = ZoneInfo(layer.zone)
        for days, hours in as_days(layer.week) or [((), None)]:
            if layer.name:
                yield f"# {_one_line(layer.name)}"
            yield from header("rotations", team, "layers", many=True)
            yield line("members", tuple(self._names.people[key] for key in layer.people))
            yield line("start", layer.first.date())
            yield line("every", f"{layer.every}{layer.unit}")
            yield line("handoff", f"{layer.first:%H:%M}")
            optional: tuple[tuple[str, Any], ...] = (
                ("days", days),
                ("hours", hours),
                ("zone", layer.zone if layer.zone != zone else None),
                ("since", layer.since and layer.since.astimezone(where)),
                ("until", layer.until and layer.until.astimezone(where)),
            )
            yield from (line(key, value) for key, value in optional if value)
            yield ""


def _always_one(schedule: Schedule) -> bool:
    """Whether the same person is always on call: then a team without a rotation says it."""
    people = {*_members(schedule)}
    bounded = all(layer.week or layer.since or layer.until for layer in schedule.layers)
    return len(people) == 1 and not bounded and not schedule.covers and not schedule.calendar


def _members(schedule: Schedule) -> Iterator[str]:
    """By their keys. Whom a calendar names nobody knows before it is read, save who is on call now."""
    yield from (key for layer in schedule.layers for key in layer.people)
    if schedule.calendar:
        yield from schedule.now


def route_of(policy: Policy, ids: dict[str, str]) -> list[str]:
    """The policy as lines of a guide: a step for each whom it tells; those who have no equal here are left out.

    A later step says its delay even where that is none: without one it would wait for the clock of acknowledging.
    """
    told = ((step.after, ids[target.key]) for step in policy.steps for target in step.to if target.key in ids)
    return [
        f"- Level {place}: @{name}" + (f" after {_in_words(after)}" if after or place > 1 else "")
        for place, (after, name) in enumerate(told, 1)
    ]


def _duration(seconds: float) -> str:
    return f"{seconds / 60:g}m" if seconds % 3600 else f"{seconds / 3600:g}h"


def _in_words(seconds: float) -> str:
    return f"{seconds / 60:g} minutes" if seconds % 3600 or not seconds else f"{seconds / 3600:g} hours"


def _one_line(text: str) -> str:
    """For a comment, which may hold no control characters."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
