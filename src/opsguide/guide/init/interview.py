"""Goes through what a guide's promises need, most useful first, and fills a draft with the answers."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from ..bindings import Database, environments, severities
from ..bindings.unbound import UNSPECIFIED
from ..bindings.urls import is_private, variable_of
from ..promise import Promise, Reading
from ..values import Hours, Window
from .draft import Draft
from .found import Found, FoundDatabase, Guess, Somebody
from .git import id_of
from .needs import Key, Need, Value, needs

_LOCAL = ("dev", "local", "entwickl", "desarroll", "développ", "developp", "desenvolv", "dezvolt")
"""How names of environments begin that run on a developer's machine."""

Check = Callable[[str], str]
"""What is wrong with an answer; empty if nothing is."""


class Question(Struct, frozen=True, kw_only=True):
    """`hint` says how an answer looks, `offers` what it may be.

    The first of `guesses` is the default; of several each goes by its number, too.
    """

    title: str
    hint: str
    promises: tuple[Promise, ...] = ()
    offers: tuple[str, ...] = ()
    guesses: tuple[Guess, ...] = ()


class Asker(Protocol):
    """Whoever answers: a person on a terminal, or nobody."""

    def ask(self, question: Question, check: Check) -> Guess | None:
        """An answer with which `check` finds nothing wrong, None to leave it out."""


class Nobody:
    """Takes what was seen to be so, and leaves out all else."""

    def ask(self, question: Question, check: Check) -> Guess | None:
        return next((guess for guess in question.guesses if guess.sure and not check(guess.value)), None)


class Interview:
    """`run` fills the draft. Everything that is asked is needed by a promise, but for the name of the service."""

    def __init__(self, reading: Reading, found: Found, asker: Asker) -> None:
        self.draft = Draft(reading)
        self._reading, self._found, self._ask = reading, found, asker.ask
        self._people = {somebody.id: somebody for somebody in found.people}

    def run(self) -> None:
        self._service()
        asked = set[Key]()
        while need := next((one for one in self._needs() if one.key not in asked), None):
            asked.add(need.key)
            self.draft.lines[need.key] = need.promises
            if need.key[0] == "teams":
                self._team(need)
            else:
                self._plain(need)
        self._unasked()

    def _needs(self) -> tuple[Need, ...]:
        return needs(self._reading, self.draft.bindings())

    def _service(self) -> None:
        question = Question(
            title="What is the service called?",
            hint="Pages and the console call it so; without a name, the guide's title.",
            guesses=(self._found.service,) if self._found.service else (),
        )
        self._one(("service",), question, "…", lambda answer: {("service",): answer})

    def _plain(self, need: Need) -> None:
        key = need.key
        guesses = self._guesses(key) if key[0] == "environments" else ()
        if key[0] == "databases":
            guesses = tuple(self._roles())
        title, hint = self._words(key)
        question = Question(title=title, hint=hint, promises=need.promises, guesses=guesses)
        self._one(key, question, need.example, lambda answer: _bound(key, answer))
        for other in ("access_log", "pushed"):
            if (*key[:2], other) in self.draft.bound:
                self.draft.lines.setdefault((*key[:2], other), need.promises)

    def _one(
        self,
        key: Key,
        question: Question,
        example: Value,
        bound: Callable[[str], dict[Key, Value]],
        wrong: Check = lambda _answer: "",
    ) -> None:
        """Ask, and bind the answer or leave the key for later. `wrong` are complaints beside those of `check`."""
        answer = self._ask(question, lambda text: wrong(text) or self.draft.complaint(bound(text)))
        if answer is not None:
            self.draft.bind(bound(answer.value), key, answer.source)
        else:
            maybe = question.guesses[0] if question.guesses else None
            self.draft.leave(key, maybe.value if maybe else example, maybe.source if maybe else "")

    def _words(self, key: Key) -> tuple[str, str]:
        """The question, and how an answer looks."""
        defined = ", ".join(severity.severity for severity in severities(self._reading.promises))
        match key:
            case ("environments", name, "url"):
                return (
                    f"Where is {name}?",
                    "An http(s) URL that is probed, such as https://shop.example/health",
                )
            case ("environments", name, _):
                return (
                    f"Where are the metrics of {name}?",
                    "An http(s) URL that is scraped, such as https://shop.example/metrics; the path of an access"
                    " log, where there is only that; or pushed, where OpenTelemetry or remote_write sends them",
                )
            case ("severities", word) if word == UNSPECIFIED:
                return "How severe are alerts to which the guide gives no severity?", f"One of {defined}"
            case ("severities", word):
                return f"How severe is `{word}`? The guide does not define it.", f"One of {defined}"
            case ("databases", _, _):
                return (
                    "Where is the database?",
                    "Where its URL stands, with a role that may only watch: env:NAME or file:PATH",
                )
            case ("vitals", _):
                return (
                    "Which page of the service do users open?",
                    "Its origin, such as https://shop.example: its visitors' browsers report web vitals; "
                    "commas between several",
                )
            case ("signals", name):
                return (
                    f"What measures `{name}`?",
                    "PromQL over the metrics, such as max(rate(jobs_failed_total[5m]))",
                )
            case ("scopes", name):
                return (
                    f"Which series are those of {name}?",
                    'Label matchers, such as job="checkout"; * where it is all of the service',
                )
            case _:
                return "Which limit has this line?", "A number and a unit, such as 5, 80% or < 200ms"

    def _guesses(self, key: Key) -> tuple[Guess, ...]:
        """What answers here is the environment of developers, where the guide has one: never another one unasked."""
        local = next((name for name in environments(self._reading.promises) if name.startswith(_LOCAL)), None)
        seen = self._found.urls if key[2] == "url" else self._found.metrics
        if sum(guess.sure for guess in seen) > 1:  # which of them is for a person to say
            seen = tuple(replace(guess, sure=False) for guess in seen)
        if key[1] == local:
            return seen
        if local is None:
            elsewhere = f"; write another address if {key[1]} is elsewhere"
            return tuple(replace(guess, source=guess.source + elsewhere) for guess in seen)
        return tuple(replace(guess, sure=False) for guess in seen) if key[2] == "metrics" else ()

    def _roles(self) -> Iterator[Guess]:
        """The variables that hold the application's own URL: one has to look whether its role may watch."""
        for database in self._found.databases:
            if database.kind == Database.__struct_defaults__[0] and database.variable:
                source = f"{database.source}; better with a role of opsguide's own"
                yield Guess(f"env:{database.variable}", source, sure=False)

    def _team(self, need: Need) -> None:
        key, name = need.key, need.key[1]
        known = tuple(self._people.values())
        offers = tuple(f"{place} {somebody.name or somebody.id}" for place, somebody in enumerate(known, 1))
        step = need.promises[0].values
        question = Question(
            title=f"Who is {getattr(step, 'to', name)}?",
            hint="People, with commas between them; the first one is on call",
            promises=need.promises,
            offers=offers,
        )
        before = set(self._bound_people())
        self._one(key, question, need.example, lambda answer: self._members(key, answer, known), _no_person)
        for person in self._bound_people():
            if person not in before:
                self._channel(person)

    def _members(self, key: Key, answer: str, known: tuple[Somebody, ...]) -> dict[Key, Value]:
        """The team, and tables for those of its people that have none."""
        members, changes = [], dict[Key, Value]()
        for word in filter(None, map(str.strip, answer.split(","))):
            somebody = self._somebody(word, known)
            if somebody.id not in members:
                members.append(somebody.id)
                changes[("people", somebody.id, "name")] = somebody.name or somebody.id
                if somebody.forge:
                    changes[("people", somebody.id, "forge")] = somebody.forge
        return changes | {key: tuple(members)}

    def _somebody(self, word: str, known: tuple[Somebody, ...]) -> Somebody:
        """By the number of an offer, an id, a login or a name; else somebody new."""
        if word.isdecimal() and 0 < int(word) <= len(known):
            return known[int(word) - 1]
        wanted = word.lstrip("@").casefold()
        for somebody in self._people.values():
            if wanted in (somebody.id, somebody.name.casefold(), somebody.forge.casefold()):
                return somebody
        is_id = re.fullmatch(r"\w[\w.-]*", wanted) is not None
        return Somebody(id=wanted if is_id else id_of(word, self._people) or wanted, name=word.lstrip("@"))

    def _bound_people(self) -> tuple[str, ...]:
        return tuple(key[1] for key in self.draft.bound if key[0] == "people" and key[2] == "name")

    def _channel(self, person: str) -> None:
        name = str(self.draft.bound["people", person, "name"])
        self._people.setdefault(person, Somebody(id=person, name=name))
        key, url = ("people", person, "channels"), ("channels", person, "url")

        def bound(answer: str) -> dict[Key, Value]:
            if ("channels", answer, "url") in self.draft.bound:
                return {key: (answer,)}
            return {url: answer, key: (person,)}

        variable = variable_of(url)
        question = Question(
            title=f"How is {name} told?",
            hint=f"Where an Apprise URL stands: env:{variable} or file:PATH; else the console's inbox only",
        )
        answer = self._ask(question, lambda text: self.draft.complaint(bound(text)))
        if answer is not None:
            self.draft.bind(bound(answer.value), key)
        else:
            self.draft.leave(key, (person,))
            self.draft.leave(url, f"env:{variable}")

    def _unasked(self) -> None:
        """What was found for promises that no version keeps yet: written down, not asked."""
        promises, found = self._reading.promises, self._found
        if found.repository and any(promise.keeper == "delivery" for promise in promises):
            self._sure(("repository",), found.repository)
        if any(_lacks_zone(promise) for promise in promises):
            zone = _zone_of(promises) or found.zone
            if zone is not None:
                self._sure(("zone",), zone)
        is_bound = any(key[0] == "databases" for key in self.draft.bound)
        if not is_bound and any(promise.keeper == "recovery" for promise in promises):
            for database in found.databases:
                self._database(database)

    def _database(self, database: FoundDatabase) -> None:
        key = ("databases", database.id, "url")
        is_usual = database.kind == Database.__struct_defaults__[0]
        kind: dict[Key, Value] = {} if is_usual else {("databases", database.id, "kind"): database.kind}
        if database.variable:
            self._sure(key, Guess(f"env:{database.variable}", database.source), kind)
        else:
            self.draft.leave(key, "env:…", database.source)
            for other, value in kind.items():
                self.draft.leave(other, value)

    def _sure(self, key: Key, guess: Guess, others: dict[Key, Value] | None = None) -> None:
        changes = (others or {}) | {key: guess.value}
        if not self.draft.complaint(changes):
            self.draft.bind(changes, key, guess.source)


def _no_person(answer: str) -> str:
    """An address in place of people: it would become somebody's name, and nobody would be told."""
    slip = next((word for word in map(str.strip, answer.split(",")) if re.search("[:/]", word)), None)
    if slip is None:
        return ""
    return f"`{slip}` is no person; name who is on call: how each is told is asked next"


def _bound(key: Key, answer: str) -> dict[Key, Value]:
    """The key; with it leave for an address that only this machine or this network has.

    Metrics may come in other ways than by an address: by a log, or sent. Of origins there may be several.
    """
    if key == ("vitals", "origins"):
        return {key: tuple(filter(None, map(str.strip, answer.split(","))))}
    if key[0] == "environments" and key[2] == "metrics":
        if answer.casefold() == "pushed":
            return {(*key[:2], "pushed"): True}
        if "/" in answer and "://" not in answer:
            return {(*key[:2], "access_log"): answer}
    if key[0] == "environments" and (is_private(answer) or "." not in (_host(answer) or ".")):
        return {key: answer, (*key[:2], "private"): True}
    return {key: answer}


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _lacks_zone(promise: Promise) -> bool:
    values = promise.values
    if isinstance(values, Window):
        return values.start is not None and values.zone is None
    hours = getattr(values, "hours", None)
    return isinstance(hours, Hours) and hours.start is not None and hours.zone is None


def _zone_of(promises: Iterable[Promise]) -> Guess | None:
    """A zone that the guide names elsewhere."""
    for promise in promises:
        values = promise.values
        hours = getattr(values, "hours", None)
        zone = values.zone if isinstance(values, Window) else hours.zone if isinstance(hours, Hours) else None
        if zone:
            return Guess(zone, f"the guide, line {promise.span.line}")
    return None
