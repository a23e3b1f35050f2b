"""Alertmanager's configuration: inhibitions, routes with their grouping, receivers, and the times they are active.

After prometheus.io/docs/alerting/latest/configuration. Inhibitions are the same here. A route groups and chooses a
receiver; here groups are the bindings', and who is told stands in the guide, so a receiver becomes a team that a route
of the guide can name: its person stands for a chat room or a mailbox. Times in which all its routes are active become
the hours of that team's rotation. Secrets of receivers are neither read nor copied.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import PurePath

from msgspec import Struct
from yaml.nodes import Node

from ..kernel.errors import ImportFailed, QueryError
from ..kernel.matching import Matcher, Op, parse_matcher
from ..rulefiles.documents import Document, line_of
from .documents import note_left
from .intervals import Interval, intervals, when
from .model import Contact, Found, Grouping, Inhibition, Kind, Layer, Note, Person, Schedule
from .week import ALL

TOOL = "Alertmanager"
_ANY = 'alertname!=""'
"""What is written for alerts of Prometheus means those, which all have this label, and never the guide's own."""
_MAX_DEPTH = 50
_BETWEEN = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^,])+')
"""What stands between commas; those in quotes are part of it."""
_KINDS: dict[str, Kind] = {
    "email_configs": "mail",
    "slack_configs": "chat",
    "msteams_configs": "chat",
    "msteamsv2_configs": "chat",
    "discord_configs": "chat",
    "telegram_configs": "chat",
    "webex_configs": "chat",
    "rocketchat_configs": "chat",
    "mattermost_configs": "chat",
    "wechat_configs": "chat",
    "pushover_configs": "push",
    "sns_configs": "hook",
    "webhook_configs": "hook",
    "jira_configs": "hook",
}
_PAGERS = {"pagerduty_configs": "PagerDuty", "opsgenie_configs": "Opsgenie", "victorops_configs": "VictorOps"}
_TIMERS = ("group_wait", "group_interval", "repeat_interval")
_AT_THE_TOP = {"route", "receivers", "inhibit_rules", "time_intervals", "mute_time_intervals"}
_OF_A_ROUTE = {
    *("receiver", "group_by", "match", "match_re", "matchers", "continue", "routes", *_TIMERS),
    *("active_time_intervals", "mute_time_intervals"),
}
_OF_AN_INHIBITION = {
    "equal",
    *(f"{side}_{how}" for side in ("source", "target") for how in ("match", "match_re", "matchers")),
}
_OF_AN_ADDRESS = {"to", "channel"}
"""What is read; all other keys are named in the report."""


class Route(Struct, frozen=True):
    """A route with what it inherits: all matchers from the root down."""

    line: int
    matchers: tuple[Matcher, ...]
    receiver: str
    by: tuple[str, ...]
    active: tuple[str, ...]
    muted: tuple[str, ...]

    @property
    def about(self) -> str:
        return f"route of line {self.line}"


def read(files: Mapping[str, str], now: datetime) -> Found:
    """What one configuration holds (text by name). Raises ImportFailed with the first line that is wrong."""
    if len(files) != 1:
        raise ImportFailed(
            "Alertmanager has one configuration", where=", ".join(files), hint="name that file alone"
        )
    ((name, text),) = files.items()
    document = Document(text, PurePath(name).name)
    root = document.root
    notes: list[Note] = []
    top = {} if root is None else document.mapping(root, (), "the configuration", any_key=True)
    if not document.problems and "route" not in top:
        document.note(1, "there is no `route`", "name the file that Alertmanager is started with")
    routes = [] if "route" not in top else list(_routes(document, top["route"], _Above(), notes))
    inhibitions = [
        _inhibition(document, node, notes)
        for node in document.sequence(top.get("inhibit_rules"), "`inhibit_rules`")
    ]
    named = intervals(document, top, notes)
    note_left(name, top.keys() - _AT_THE_TOP, notes)
    receivers = list(_receivers(document, top, notes))
    if document.problems:
        first = min(document.problems, key=lambda problem: problem.line)
        raise ImportFailed(first.what, where=f"{name}:{first.line}", hint=first.hint)
    people = tuple(person for person in receivers if person.contacts)
    return Found(
        tool=TOOL,
        people=people,
        schedules=tuple(_schedules(people, routes, named, notes)),
        inhibitions=tuple(inhibitions),
        groups=tuple(_groups(routes, notes)),
        desks=frozenset(person.key for person in people),
        notes=(*notes, *_told(routes)),
    )


class _Above(Struct, frozen=True):
    """What a route inherits."""

    matchers: tuple[Matcher, ...] = ()
    receiver: str = ""
    by: tuple[str, ...] = ()
    depth: int = 0


def _routes(document: Document, node: Node, above: _Above, notes: list[Note]) -> Iterator[Route]:
    """In the order in which an alert finds them: the children of a route before the route itself."""
    if above.depth > _MAX_DEPTH:
        document.note(node, "routes are nested too deeply")
        return
    found = document.mapping(node, (), "a route", any_key=True)
    about = f"route of line {line_of(node)}"
    note_left(about, found.keys() - _OF_A_ROUTE, notes)
    by = _texts(document, found.get("group_by"), "`group_by`") if "group_by" in found else above.by
    own = _Above(
        matchers=(*above.matchers, *_matchers(document, found, "match", "match_re", "matchers")),
        receiver=document.text(found.get("receiver"), "`receiver`", above.receiver),
        by=by,
        depth=above.depth + 1,
    )
    timers = [timer for timer in _TIMERS if timer in found]
    if timers:
        said = ", ".join(f"{timer} {document.text(found[timer], timer)}" for timer in timers)
        notes.append(
            Note("missing", about, f"{said}: here the guide's clocks and delays say when, and who is next")
        )
    if document.flag(found.get("continue"), "`continue`"):
        notes.append(Note("missing", about, "`continue`: here one route of the guide has all steps"))
    for child in document.sequence(found.get("routes"), "`routes`"):
        yield from _routes(document, child, own, notes)
    yield Route(
        line=line_of(node),
        matchers=own.matchers,
        receiver=own.receiver,
        by=by,
        active=_texts(document, found.get("active_time_intervals"), "`active_time_intervals`"),
        muted=_texts(document, found.get("mute_time_intervals"), "`mute_time_intervals`"),
    )


def _texts(document: Document, node: Node | None, what: str) -> tuple[str, ...]:
    return tuple(document.text(one, f"an entry of {what}") for one in document.sequence(node, what))


def _matchers(document: Document, found: Mapping[str, Node], *keys: str) -> Iterator[Matcher]:
    """The old keys `match` and `match_re`, and the new one, whose entries may hold several."""
    equal, matches, written = keys
    for key, op in ((equal, Op.EQUAL), (matches, Op.MATCHES)):
        for label, (value, node) in document.texts(found.get(key), f"`{key}`").items():
            yield from _parsed(document, node, str(Matcher(label, op, value)))
    for node in document.sequence(found.get(written), f"`{written}`"):
        text = document.text(node, "a matcher").strip()
        inner = text[1:-1] if text.startswith("{") and text.endswith("}") else text
        for one in _BETWEEN.findall(inner):
            if one.strip():
                yield from _parsed(document, node, one)


def _parsed(document: Document, node: Node, written: str) -> Iterator[Matcher]:
    try:
        yield parse_matcher(written)
    except QueryError as error:
        document.note(node, error.what, error.hint)


def _of_prometheus(matchers: Sequence[Matcher]) -> tuple[str, ...]:
    named = any(matcher.name == "alertname" and matcher.op in (Op.EQUAL, Op.MATCHES) for matcher in matchers)
    return (*(() if named else (_ANY,)), *map(str, matchers))


def _inhibition(document: Document, node: Node, notes: list[Note]) -> Inhibition:
    found = document.mapping(node, (), "an inhibition", any_key=True)
    note_left(f"inhibition of line {line_of(node)}", found.keys() - _OF_AN_INHIBITION, notes)
    sides = [
        [*_matchers(document, found, f"{side}_match", f"{side}_match_re", f"{side}_matchers")]
        for side in ("source", "target")
    ]
    for side, matchers in zip(("source", "target"), sides, strict=True):
        if not matchers:
            document.note(node, f"the inhibition has no {side} matchers", f"add `{side}_matchers`")
    source, target = map(_of_prometheus, sides)
    return Inhibition(source, target, _texts(document, found.get("equal"), "`equal`"))


def _groups(routes: Sequence[Route], notes: list[Note]) -> Iterator[Grouping]:
    """The first that matches decides, here as there."""
    for route in routes:
        if route.by == ("...",):
            what = "groups by all labels, which is no grouping: here a later group may still take its alerts"
            notes.append(Note("approximated", route.about, what))
        elif route.by:
            yield Grouping(_of_prometheus(route.matchers), route.by)


def _told(routes: Sequence[Route]) -> Iterator[Note]:
    """Who gets what is a matter of labels there, and of the guide's routes and severities here."""
    for route in routes:
        what = ", ".join(map(str, route.matchers)) or "everything else"
        if route.active:
            what += f" in {', '.join(route.active)} only"
        if route.muted:
            what += f" but in {', '.join(route.muted)}"
        yield Note(
            "missing",
            route.about,
            f"sent {what} to {route.receiver or 'nobody'}: say in the guide who is told",
        )


def _receivers(document: Document, top: Mapping[str, Node], notes: list[Note]) -> Iterator[Person]:
    for node in document.sequence(top.get("receivers"), "`receivers`"):
        found = document.mapping(node, (), "a receiver", any_key=True)
        name = document.text(found.get("name"), "`name` of a receiver")
        about = f"receiver {name}"
        contacts: list[Contact] = []
        for key, entries in found.items():
            if key in _PAGERS:
                notes.append(Note("missing", about, f"goes to {_PAGERS[key]}, whose work is done here now"))
            elif key in _KINDS:
                for place, entry in enumerate(document.sequence(entries, f"`{key}`")):
                    address = document.mapping(entry, (), f"an entry of `{key}`", any_key=True)
                    shown = document.text(address.get("to", address.get("channel")), "its address")
                    contacts.append(Contact(_KINDS[key], shown, f"{key}{place}"))
                    note_left(f"{about}, `{key}`", address.keys() - _OF_AN_ADDRESS, notes)
            elif key != "name":
                notes.append(Note("missing", about, f"`{key}` has no equal here"))
        yield Person(key=name, handle=f"{name} desk", name=name, contacts=tuple(contacts))


def _schedules(
    people: Sequence[Person], routes: Sequence[Route], named: Mapping[str, Interval], notes: list[Note]
) -> Iterator[Schedule]:
    """A team for each receiver, in whose rotation it stands at the times in which its routes are active."""
    for person in people:
        own = [route for route in routes if route.receiver == person.key]
        times = {(route.active, route.muted) for route in own}
        if len(times) > 1:
            what = "is active at other times in each of its routes: here always, say in the guide what pages when"
            notes.append(Note("approximated", f"receiver {person.key}", what))
        active, muted = next(iter(times)) if len(times) == 1 else ((), ())
        zone, week = when(f"receiver {person.key}", active, muted, named, notes)
        layer = Layer(
            name="",
            people=(person.key,),
            first=datetime.combine(date(2024, 1, 1), time()),
            zone=zone,
            week=() if week == ALL else week,
        )
        yield Schedule(key=f"team {person.key}", name=person.key, zone=zone, layers=(layer,))
