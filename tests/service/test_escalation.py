"""Escalation through the real process, which a power cut ends in the middle: on time, nothing twice, nothing lost."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from opsguide.incidents.links import Link, sign
from opsguide.kernel.clock import after, parse_instant
from opsguide.service.datadir import link_key
from tests.service.scene import GUIDE, Opsguide, Phone, Target, eventually

pytestmark = pytest.mark.slow

ANA, BOGDAN = "page/INC-1/1/ana/phone", "page/INC-1/2/bogdan/other"


@pytest.fixture
def other() -> Iterator[Phone]:
    """Bogdan's."""
    made = Phone()
    yield made
    made.close()


@pytest.fixture
def ops(tmp_path: Path, target: Target, phone: Phone, other: Phone) -> Iterator[Opsguide]:
    """Ana has twelve seconds to acknowledge, then Bogdan is told. Nothing else happens that would wake it."""
    made = Opsguide(tmp_path, target, phone)
    made.guide.write_text(GUIDE.replace("15 minutes acknowledgment", "12 seconds acknowledgment"))
    bound = made.bindings.read_text().replace(
        '[teams.core-frontend]\nmembers = ["ana"]', '[teams.core-frontend]\nmembers = ["bogdan"]'
    )
    bound = bound.replace('every = "500ms"', 'every = "10m"')
    bound = bound.replace('settle = "1s"', 'settle = "1s"\nwarn_at = []')
    bound += f'[people.bogdan]\nchannels = ["other"]\n[channels.other]\nurl = "{other.url}"\n'
    made.bindings.write_text(bound)
    made.start()
    yield made
    made.stop()


def went_down(ops: Opsguide) -> int:
    """A person reports it; when the time to acknowledge is over."""
    said = {"title": "checkout is down", "severity": "critical", "by": "ana"}
    answer = httpx.post(f"{ops.url}/api/v1/incidents", json=said, headers=ops.local)
    assert answer.status_code == 201, answer.text
    [due] = [one["due"] for one in answer.json()["clocks"] if one["name"] == "acknowledge"]
    return parse_instant(due)


def outcomes(ops: Opsguide, key: str) -> list[str]:
    """What came of each attempt of a page."""
    return [one["data"]["result"] for one in ops.facts("outcome.recorded") if one["data"]["key"] == key]


def decided(ops: Opsguide) -> dict[str, Any]:
    """The pages of steps of the route, each by its key: a second one of the same key would be a second page."""
    found = [one for one in ops.facts("intent.decided") if one["data"]["args"]["channel"] != "inbox"]
    keys = [one["data"]["key"] for one in found]
    assert len(keys) == len(set(keys))
    return {one["data"]["key"]: one for one in found}


def test_killed_in_the_wait_it_tells_the_next_person_on_time_and_nobody_twice(
    ops: Opsguide, phone: Phone, other: Phone
) -> None:
    due = went_down(ops)
    eventually(lambda: outcomes(ops, ANA) == ["done"], "the page to Ana is known to have been taken")
    ops.kill()
    ops.start()
    eventually(lambda: outcomes(ops, BOGDAN) == ["done"], "Bogdan is told, although it was killed")
    assert parse_instant(decided(ops)[BOGDAN]["at"]) > due
    assert (phone.keys, other.keys) == ([ANA], [BOGDAN])


def test_what_fell_due_while_it_was_dead_is_done_at_once(ops: Opsguide, phone: Phone, other: Phone) -> None:
    due = went_down(ops)
    eventually(lambda: outcomes(ops, ANA) == ["done"], "the page to Ana is known to have been taken")
    ops.kill()
    eventually(lambda: time.time() * 1000 > due + 1000, "the time to acknowledge is over")
    assert other.keys == []
    ops.start()
    eventually(lambda: outcomes(ops, BOGDAN) == ["done"], "Bogdan is told as soon as it is back")
    assert len(ops.facts("clock.missed")) == 1
    assert (phone.keys, other.keys) == ([ANA], [BOGDAN])


def test_a_page_that_was_on_its_way_goes_again_by_the_same_key(
    ops: Opsguide, phone: Phone, other: Phone
) -> None:
    phone.silent = True
    went_down(ops)
    eventually(lambda: phone.keys, "the provider has the page, and has not said so")
    ops.kill()
    assert outcomes(ops, ANA) == []
    phone.silent = False
    ops.start()
    eventually(lambda: outcomes(ops, ANA) == ["done"], "it is told again")
    assert phone.keys == [ANA, ANA]
    assert ops.run("ack", "INC-1", "--as", "ana").returncode == 0
    ops.kill()
    ops.start()
    assert ops.run("ledger", "verify").returncode == 0
    assert set(decided(ops)) <= {ANA, BOGDAN}
    assert len(ops.facts("incident.acknowledged")) == 1


def test_a_provider_that_takes_a_page_and_never_says_so_gets_it_again_by_the_same_key(
    ops: Opsguide, phone: Phone
) -> None:
    phone.silent = True
    went_down(ops)
    eventually(lambda: outcomes(ops, ANA), "the service gives up waiting for an answer")
    phone.silent = False
    eventually(lambda: outcomes(ops, ANA)[-1] == "done", "the next attempt is answered")
    assert set(phone.keys) == {ANA}
    assert len(phone.keys) == len(outcomes(ops, ANA)) >= 2


def test_two_phones_press_at_once_and_both_are_shown_the_one_who_has_it(ops: Opsguide) -> None:
    due = went_down(ops)
    tokens = [sign(Link("INC-1", who, after(due, 60)), link_key(ops.data)) for who in ("ana", "bogdan")] * 4

    def press(token: str) -> httpx.Response:
        return httpx.post(f"{ops.url}/page/{token}/acknowledge", follow_redirects=True, timeout=20)

    with ThreadPoolExecutor(len(tokens)) as phones:
        answers = list(phones.map(press, tokens))
    [acknowledged] = ops.facts("incident.acknowledged")
    name = {"ana": "Ana Pop", "bogdan": "bogdan"}[acknowledged["data"]["by"]]
    assert [answer.status_code for answer in answers] == [200] * len(tokens)
    assert all(f"{name} has it" in answer.text for answer in answers)
