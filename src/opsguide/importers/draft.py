"""The bindings that an import adds: tables as text, to stand after those that are there; and what became of it all."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import asdict

from ..guide.bindings import Bindings, Group, Inhibit
from ..guide.bindings.writing import header, line
from .model import Contact, Found, Layer, Note, Person, Policy, Schedule
from .names import Names
from .week import as_days

_LOOKS = {
    "mail": "mailtos://USER:PASSWORD@SMTP-SERVER?to={}",
    "call": "a voice gateway to {}, such as twilio://",
    "sms": "an SMS gateway to {}, such as twilio://",
    "push": "ntfys://NTFY-SERVER/TOPIC, or another push service",
    "chat": "slack://, msteams://, tgram:// …",
    "hook": "jsons://SERVER/PATH",
}


class Taken(Struct, frozen=True):
    """One thing that was taken over: what it was, and the key that it is now."""

    what: str
    key: str


class Variable(Struct, frozen=True):
    """To be set for the service before it starts."""

    name: str
    channel: str


class Draft:
    """`text` is TOML to stand at the end of the bindings; empty where nothing is new."""

    def __init__(self, found: Found, bindings: Bindings, names: Names) -> None:
        self._found = found
        self._bindings = bindings
        self._names = names
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
            if Group(match=group.match, by=group.by) in self._bindings.incidents.group:
                self.kept.append(Taken(f"grouping by {', '.join(group.by)}", "[[incidents.group]]"))
                continue
            yield from header("incidents", "group", many=True)
            yield from (line("match", group.match), line("by", group.by), "")
            self.taken.append(Taken(f"grouping by {', '.join(group.by)}", "[[incidents.group]]"))
        for inhibition in self._found.inhibitions:
            if Inhibit(**asdict(inhibition)) in self._bindings.incidents.inhibit:
                self.kept.append(Taken("an inhibition", "[[incidents.inhibit]]"))
                continue
            yield from header("incidents", "inhibit", many=True)
            yield from (line("source", inhibition.source), line("target", inhibition.target))
            yield from (line("equal", inhibition.equal), "")
            self.taken.append(Taken("an inhibition", "[[incidents.inhibit]]"))

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
        yield from (line("channels", tuple(channels.values())), "")
        yield from self._rules(person, name, channels)
        for contact, channel in channels.items():
            variable = self._names.variable(channel)
            self.variables.append(Variable(variable, channel))
            yield from header("channels", channel)
            yield f"# {_one_line(_LOOKS[contact.kind].format(contact.address or '…'))}"
            yield from (line("url", f"env:{variable}"), "")

    def _rules(self, person: Person, name: str, channels: dict[Contact, str]) -> Iterator[str]:
        for rule in person.rules:
            yield from header("people", name, "notify", many=True)
            yield line("channel", channels[rule.contact])
            if rule.after:
                yield line("after", _duration(rule.after))
            yield ""

    def _schedule(self, schedule: Schedule) -> Iterator[str]:
        team = self._names.team(schedule)
        what = f"schedule {schedule.name}"
        if team in self._bindings.rotations:
            self.kept.append(Taken(what, f"rotations.{team}"))
            return
        members = dict.fromkeys(self._names.people[key] for layer in schedule.layers for key in layer.people)
        if not members:
            self.notes.append(
                Note("missing", what, "has nobody in any layer that could be taken over: left out")
            )
            return
        self.taken.append(Taken(what, f"rotations.{team}"))
        if team not in self._bindings.teams:
            yield from header("teams", team)
            yield from (line("members", tuple(members)), "")
        yield from header("rotations", team)
        yield from (line("zone", schedule.zone), "")
        for layer in schedule.layers:
            yield from self._layer(layer, team, schedule.zone)
        for cover in schedule.covers:
            where = ZoneInfo(schedule.zone)
            yield from header("rotations", team, "overrides", many=True)
            yield line("person", self._names.people[cover.person])
            yield line("start", cover.start.astimezone(where))
            yield from (line("end", cover.end.astimezone(where)), "")

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


def route_of(policy: Policy, ids: dict[str, str]) -> list[str]:
    """The policy as lines of a guide: a step for each whom it tells; those who have no equal here are left out."""
    told = ((step.after, ids[target.key]) for step in policy.steps for target in step.to if target.key in ids)
    return [
        f"- Level {place}: @{name}" + (f" after {_in_words(after)}" if after else "")
        for place, (after, name) in enumerate(told, 1)
    ]


def _duration(seconds: float) -> str:
    return f"{seconds / 60:g}m" if seconds % 3600 else f"{seconds / 3600:g}h"


def _in_words(seconds: float) -> str:
    return f"{seconds / 60:g} minutes" if seconds % 3600 else f"{seconds / 3600:g} hours"


def _one_line(text: str) -> str:
    return " ".join(text.split())
