"""Nothing that the team calls something stands in anything public, whatever happens; unless somebody publishes it."""

import asyncio
import json
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsguide.app.core import remembering_engine
from opsguide.app.status_page.asking import Asking
from opsguide.app.status_page.desk import Desk
from opsguide.app.status_page.messages import as_json, as_mail, confirmation, messages, signed
from opsguide.app.status_page.render import Press
from opsguide.app.status_page.subscribers import Subscribers
from opsguide.guide.bindings import read_bindings
from opsguide.guide.values import Objective, Window
from opsguide.incidents.commands import (
    Acknowledge,
    AddNote,
    Merge,
    Open,
    Reopen,
    Resolve,
    Silence,
    Unacknowledge,
)
from opsguide.incidents.process.commands import AddTask, AssignRole, Update
from opsguide.kernel.errors import Refused
from opsguide.kernel.part import Command
from opsguide.kernel.standing import EvidenceRecorded
from opsguide.maintenance.commands import AnnounceMaintenance
from opsguide.monitoring.commands import Probed
from opsguide.monitoring.probes.commands import Judged
from opsguide.service.guarded import Answer
from tests.cast import PROMISES
from tests.status_page.scene import Town
from tests.world import World, a_promise

TOLD = "We are looking into it, and will say more soon."


def inside(word: str) -> str:
    """A word of the team: in nothing but its own places."""
    return f"inwendig_{word}"


ENVIRONMENT, PROBE, PERSON, HOST, TEAM = map(inside, ("environment", "probe", "person", "host", "team"))
PROMISE, WINDOW = f"monitoring.objective.{inside('promise')}", f"maintenance.window.{inside('window')}"
BINDINGS = f"""
service = "Harbour"
[environments.{ENVIRONMENT}]
url = "http://{HOST}.example/health"
[probes.{PROBE}]
tcp = "{HOST}.example:25"
severity = "high"
[people.{PERSON}]
name = "{inside("name")}"
channels = ["{inside("channel")}"]
[teams.{TEAM}]
members = ["{PERSON}"]
[channels.{inside("channel")}]
url = "json://{HOST}.example/{inside("path")}"
[maintenance]
every_time = ["{WINDOW}"]
[status]
incidents = "automatic"
url = "https://status.harbour.example"
webhooks = true
mail = {{ url = "smtp://{HOST}.example", sender = "status@harbour.example" }}
[status.components.shop]
label = "Shop"
environment = "{ENVIRONMENT}"
promise = "{PROMISE}"
[status.components.mail]
label = "Order e-mails"
probe = "{PROBE}"
"""


class Inside(Town):
    """A town in which everything of the team has a word of its own."""

    def __init__(self) -> None:
        World.__init__(self)
        self.engine, self.text = remembering_engine(), BINDINGS
        window = Window(
            window=inside("name of the window"), rrule="FREQ=DAILY", start="02:00", end="06:00", zone="UTC"
        )
        promises = [
            *PROMISES,
            a_promise(PROMISE, Objective(signal=inside("signal"), percentile=95, op="<", seconds=0.2)),
            a_promise(WINDOW, window, keeper="maintenance"),
        ]
        self.adopt(promises, BINDINGS)
        self.asked = 0

    def word(self) -> str:
        """One that was not there yet."""
        self.asked += 1
        return inside(f"word{self.asked}")

    def tries(self, command: Command) -> None:
        """What is refused says nothing to the public either."""
        try:
            self.do(command, actor=f"person:{PERSON}")
        except Refused:
            return

    def opens(self, key: str) -> None:
        self.tries(
            Open(
                key=key,
                title=self.word(),
                reason=self.word(),
                severity="critical",
                promise=PROMISE if key == PROMISE else None,
                labels={"environment": ENVIRONMENT, self.word(): self.word()},
            )
        )

    def sees(self, verdict: str) -> None:
        seen = EvidenceRecorded(PROMISE, verdict, self.word(), 600, self.word(), self.word())  # type: ignore[arg-type]
        self._keep(self.engine.record(seen, subject=f"promise:{PROMISE}", now=self.clock.now()))


def _announces(town: Inside, hours: int) -> None:
    start = town.clock.now() + hours * 3_600_000
    town.tries(AnnounceMaintenance(town.word(), start, start + 3_600_000, PERSON, anyway=True))


def _fails(town: Inside) -> None:
    for _ in range(3):
        town.tries(Probed(ENVIRONMENT, False, 0.0, town.word()))


def _waits(town: Inside) -> None:
    town.pass_time(700)


DEEDS: dict[str, Callable[[Inside, str], None]] = {
    "an environment is down": lambda town, _: _fails(town),
    "an environment is up": lambda town, _: town.tries(Probed(ENVIRONMENT, True, 0.1)),
    "a probe is down": lambda town, _: town.tries(Judged(PROBE, "down", town.word())),
    "a probe is up": lambda town, _: town.tries(Judged(PROBE, "up", town.word())),
    "a promise is broken": lambda town, _: town.sees("broken"),
    "a promise is kept": lambda town, _: town.sees("kept"),
    "somebody opens it": lambda town, _: town.opens(f"environment:{ENVIRONMENT}"),
    "a line opens it": lambda town, _: town.opens(PROMISE),
    "something else breaks": lambda town, _: town.opens(inside("key")),
    "acknowledged": lambda town, one: town.tries(Acknowledge(one, PERSON)),
    "given back": lambda town, one: town.tries(Unacknowledge(one, PERSON, town.word())),
    "noted": lambda town, one: town.tries(AddNote(one, PERSON, town.word())),
    "the team is told": lambda town, one: town.tries(
        Update(one, PERSON, town.word(), public=False, phase="identified")
    ),
    "everybody is told": lambda town, one: town.tries(
        Update(one, PERSON, TOLD, public=True, phase="identified")
    ),
    "a role": lambda town, one: town.tries(AssignRole(one, "commander", PERSON, PERSON)),
    "a task": lambda town, one: town.tries(AddTask(one, PERSON, town.word(), PERSON)),
    "a silence": lambda town, _: town.tries(Silence((f'{town.word()}="x"',), 3600.0, PERSON, town.word())),
    "merged": lambda town, one: town.tries(Merge("INC-1", one, PERSON)),
    "resolved": lambda town, one: town.tries(Resolve(one, PERSON, town.word())),
    "reopened": lambda town, one: town.tries(Reopen(one, PERSON, town.word())),
    "maintenance now": lambda town, _: _announces(town, 0),
    "maintenance soon": lambda town, _: _announces(town, 30),
    "minutes pass": lambda town, _: _waits(town),
    "a day passes": lambda town, _: town.clock.advance(86_400),
}
STORIES = st.lists(
    st.tuples(st.sampled_from(sorted(DEEDS)), st.sampled_from(["INC-1", "INC-2", "INC-3"])),
    min_size=4,
    max_size=25,
)


def public(town: Inside) -> Iterator[str]:
    """Everything that leaves the house: files, mails, webhooks, and the answers to forms and links."""
    page, press = town.page(), Press()
    for live in (True, False):
        for name, one in press.files(page, live=live, subscribing=live).items():
            yield f"{name}\n{one.body.decode()}"
    link = "https://status.harbour.example/unsubscribe/token"
    for message in messages(page):
        mail = as_mail(message, page, "status@harbour.example", "zoe@example.com", link)
        yield f"{mail.as_string()}\n{mail.get_content()}"
        body = as_json(message, page)
        yield f"{json.loads(body)}{signed(message.id, body, 'secret', town.clock.now())}"
    yield confirmation(page, "status@harbour.example", "zoe@example.com", link).as_string()
    yield from asyncio.run(_answers(town, press))


async def _answers(town: Inside, press: Press) -> list[str]:
    async def refused(*_: object) -> Answer:
        return Answer(500, {}, b"", 0.0, None)

    subscribers = Subscribers(None, b"k" * 32)
    bound = town.bindings.status
    asking = Asking(bound=lambda: bound, resolve=str, post=refused, subscribers=subscribers, clock=town.clock)
    desk = Desk(
        page=town.page,
        bound=lambda: bound,
        asking=asking,
        subscribers=subscribers,
        press=press,
        clock=town.clock,
    )
    asked = [
        ("GET", "/subscribe", b""),
        ("POST", "/subscribe", b"url=https%3A%2F%2Fhook.example%2F"),
        ("POST", "/subscribe", b"email=nobody"),
        ("GET", "/confirm/x", b""),
        ("POST", "/unsubscribe/x", b""),
    ]
    replies = [await desk.answer(*one, "10.9.8.7") for one in asked]
    subscribers.close()
    return [one.body.decode() for one in replies if one is not None]


def words_in(texts: Iterator[str]) -> list[str]:
    """Each word of the team that stands there, and after what."""
    found = []
    for text in texts:
        for sign in ("inwendig", "INC-", "MNT-", "SIL-", "monitoring.", "maintenance.window"):
            if sign in text:
                place = text.index(sign)
                found.append(text[max(0, place - 60) : place + 60])
    return found


@settings(max_examples=40)
@given(STORIES)
def test_nothing_of_the_team_gets_out_whatever_happens(story: list[tuple[str, str]]) -> None:
    town = Inside()
    for deed, incident in story:
        DEEDS[deed](town, incident)
        town.clock.advance(1)
    assert words_in(public(town)) == []


@pytest.mark.parametrize("deed", sorted(DEEDS))
def test_each_deed_happens_in_a_town_that_has_trouble_and_tells_nothing(deed: str) -> None:
    """So that what is drawn above is not refused all the time."""
    town = Inside()
    for first in ("an environment is up", "a probe is down", "an environment is down"):
        DEEDS[first](town, "INC-1")
        town.clock.advance(60)
    if deed in ("given back", "reopened"):
        DEEDS["acknowledged" if deed == "given back" else "resolved"](town, "INC-2")
    before = len(town.history)
    DEEDS[deed](town, "INC-2")
    again = ("a day passes", "a probe is down", "an environment is down", "somebody opens it")
    assert len(town.history) > before or deed in again
    town.pass_time(60)
    found = list(public(town))
    assert words_in(iter(found)) == []
    assert any("Problem with Shop" in one for one in found), "and yet there is something to tell"


def test_what_somebody_publishes_is_told_word_for_word() -> None:
    town = Inside()
    town.opens(f"environment:{ENVIRONMENT}")
    town.do(Update("INC-1", PERSON, f"{HOST} is out of memory.", public=True, phase="identified"))
    told = [text for text in public(town) if f"{HOST} is out of memory." in text]
    assert len(told) >= 6, "page, page of the incident, feeds, state, mail, webhook"


def test_a_page_without_a_title_does_not_take_the_guides() -> None:
    bound, _ = read_bindings(BINDINGS.replace('service = "Harbour"\n', ""))
    assert bound is not None
    town = Inside()
    town.text = BINDINGS.replace('service = "Harbour"\n', "")
    town.adopt(PROMISES, town.text)
    assert town.page().title == "Service"
