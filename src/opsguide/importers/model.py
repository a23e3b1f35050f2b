"""What the readers of all tools give: people, schedules, escalation policies, in the tool's own keys."""

from datetime import datetime
from typing import Literal, TypeAlias

from msgspec import Struct

from .week import Window

Kind: TypeAlias = Literal["mail", "call", "sms", "push", "chat", "hook"]
"""How a contact reaches somebody."""

Unit: TypeAlias = Literal["h", "d", "w"]


class Contact(Struct, frozen=True):
    """One way to reach a person. `address` is shown only in the bindings, as a comment; empty where none is known."""

    kind: Kind
    address: str = ""
    key: str = ""


class Rule(Struct, frozen=True):
    """The person is told through `contact` so many seconds after the page."""

    contact: Contact
    after: float = 0.0


class Person(Struct, frozen=True, kw_only=True):
    """`handle` is what the id is made of: the part before the @ of a mail address, or a login. `mail` is by what
    calendars mean them."""

    key: str
    handle: str
    name: str = ""
    mail: str = ""
    contacts: tuple[Contact, ...] = ()
    rules: tuple[Rule, ...] = ()


class Layer(Struct, frozen=True, kw_only=True):
    """People (by their keys) who take turns of `every` `unit`s, the first one from `first` by the wall clock of `zone`.

    `week`: the parts of the week that it covers, empty for all of it. Bounded by `since` and `until`, with an offset.
    Of a schedule's layers the one with the highest level decides.
    """

    name: str
    people: tuple[str, ...]
    first: datetime
    zone: str
    every: int = 1
    unit: Unit = "w"
    week: tuple[Window, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    level: int = 0


class Cover(Struct, frozen=True):
    """Somebody stands in, from `start` to `end`: both with an offset."""

    person: str
    start: datetime
    end: datetime


class Schedule(Struct, frozen=True, kw_only=True):
    """Layers from the bottom to the top. `zone` is "" where it has none of its own.

    `calendar` names the key of the export that holds the address of an iCalendar file, whose entries go before the
    layers: the address itself may be secret. `now` are those who were on call when it was exported.
    """

    key: str
    name: str
    zone: str
    layers: tuple[Layer, ...]
    covers: tuple[Cover, ...] = ()
    calendar: str = ""
    now: tuple[str, ...] = ()


class Target(Struct, frozen=True):
    """Whom a step tells: a person or a schedule, by its key."""

    kind: Literal["person", "schedule"]
    key: str


class Step(Struct, frozen=True):
    """So many seconds after the incident opened."""

    after: float
    to: tuple[Target, ...]


class Policy(Struct, frozen=True):
    """Who is told, in which order."""

    name: str
    steps: tuple[Step, ...]


class Note(Struct, frozen=True):
    """What is not as it was there: `approximated` says how, `missing` what has no equal here, `left` names keys that
    are not read at all. No personal data."""

    kind: Literal["approximated", "missing", "left"]
    about: str
    what: str


class Inhibition(Struct, frozen=True):
    """Matchers as Prometheus writes them."""

    source: tuple[str, ...]
    target: tuple[str, ...]
    equal: tuple[str, ...] = ()


class Grouping(Struct, frozen=True):
    """Alerts that fulfil `match` are one where the labels `by` are alike."""

    match: tuple[str, ...]
    by: tuple[str, ...]


class Found(Struct, frozen=True, kw_only=True):
    """All that was read of one tool's files. `desks` are keys of people who are none, but a chat room or a mailbox."""

    tool: str
    people: tuple[Person, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    policies: tuple[Policy, ...] = ()
    inhibitions: tuple[Inhibition, ...] = ()
    groups: tuple[Grouping, ...] = ()
    desks: frozenset[str] = frozenset()
    notes: tuple[Note, ...] = ()
