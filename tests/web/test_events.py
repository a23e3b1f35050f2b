"""The stream of facts: typed, resumable, alive while nothing happens, ended with a word for who reads too slowly."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from litestar.testing import TestClient

from opsguide.incidents.commands import Acknowledge
from opsguide.web.api import events
from opsguide.web.shell import Shell
from tests.web.served import Served, harbour

BASE = "http://127.0.0.1:8470"


def parsed(raw: bytes) -> list[dict[str, str]]:
    """The events and comments of a piece of the stream."""
    found = []
    for block in raw.decode().replace("\r\n", "\n").strip().split("\n\n"):
        lines = [line.partition(":") for line in block.split("\n")]
        found.append({name or "comment": value.removeprefix(" ") for name, _, value in lines})
    return found


class Reader:
    """Reads a stream, piece by piece."""

    def __init__(self, served: Served, seen: int, kind: str | None = None, slow: float = 30) -> None:
        shell = Shell(served, served.pages)
        self._stream: AsyncIterator[bytes] = events.follow(served, shell, seen, kind, slow)

    async def next(self) -> list[dict[str, str]]:
        return parsed(await asyncio.wait_for(anext(self._stream), 5))

    async def close(self) -> None:
        await self._stream.aclose()  # type: ignore[attr-defined]


def down() -> Served:
    served = harbour()
    served.go_down()
    return served


async def test_facts_come_as_they_are_recorded() -> None:
    served = down()
    reader = Reader(served, served.head.seq)
    assert (await reader.next())[0]["retry"] == "2000"
    waiting = asyncio.create_task(reader.next())
    await asyncio.sleep(0.05)
    await served.submit(Acknowledge("INC-1", "ana"), actor="person:ana")
    told = await waiting
    assert told[0]["event"] == "incident.acknowledged"
    data = json.loads(told[0]["data"])
    assert (data["data"], data["said"]) == ({"incident": "INC-1", "by": "ana"}, "Acknowledged by ana")
    assert int(told[0]["id"]) == data["seq"]
    await reader.close()


async def test_who_was_away_gets_what_was_missed_in_order() -> None:
    served = down()
    reader = Reader(served, 2)
    await reader.next()
    told = await reader.next()
    assert [int(one["id"]) for one in told] == list(range(3, served.head.seq + 1))
    await reader.close()


async def test_a_kind_of_facts_can_be_asked_for() -> None:
    served = down()
    reader = Reader(served, 0, "incident.")
    await reader.next()
    assert [one["event"] for one in await reader.next()] == ["incident.opened"]
    await reader.close()


async def test_while_nothing_happens_a_comment_keeps_the_line_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.05)
    served = down()
    reader = Reader(served, served.head.seq)
    await reader.next()
    assert await reader.next() == [{"comment": "still here"}]
    await reader.close()


async def test_who_reads_too_slowly_is_told_where_to_go_on() -> None:
    served = down()
    reader = Reader(served, 0, slow=0.05)
    await reader.next()
    first = await reader.next()
    await asyncio.sleep(0.1)
    (last,) = await reader.next()
    assert last["event"] == "dropped"
    assert json.loads(last["data"])["last"] == int(first[-1]["id"]) == int(last["id"])
    with pytest.raises(StopAsyncIteration):
        await reader.next()


async def test_an_adopted_guide_is_told_without_its_text() -> None:
    served = harbour()
    served.adopt("# Long\n" + "x" * 20_000, promises=[])
    reader = Reader(served, served.head.seq - 1, "guide.adopted")
    await reader.next()
    (told,) = await reader.next()
    data = json.loads(told["data"])
    assert (data["data"], data["large"]) == (None, True)
    assert len(told["data"]) < 2_000
    await reader.close()


def test_a_stream_that_ends_frees_its_place() -> None:
    served = down()
    before = events.STREAMS.open

    async def read() -> None:
        reader = Reader(served, 0)
        await reader.next()
        assert events.STREAMS.open == before + 1
        await reader.close()

    asyncio.run(read())
    assert events.STREAMS.open == before


@pytest.mark.parametrize(
    ("headers", "query", "status", "kind"),
    [
        ({"Last-Event-ID": "x"}, "", 400, "bad_event_id"),
        ({"Last-Event-ID": "-1"}, "", 400, "bad_event_id"),
        ({}, "?after=-1", 400, "bad_request"),
        ({"Accept": "application/json"}, "", 406, "not_acceptable"),
    ],
)
def test_what_cannot_be_followed_is_a_problem(
    headers: dict[str, Any], query: str, status: int, kind: str
) -> None:
    with TestClient(down().app, base_url=BASE) as client:
        answer = client.get(f"/api/v1/events{query}", headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (status, kind)


def test_so_many_listen_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "STREAMS_AT_MOST", 0)
    with TestClient(down().app, base_url=BASE) as client:
        answer = client.get("/api/v1/events")
    assert (answer.status_code, answer.json()["type"]) == (503, "too_many_streams")
