"""Asking once, or a few times: over HTTP, TCP, or the DNS. Never raises: what went wrong is in the look."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from ....guide.bindings import ProbeBinding
from ....kernel.clock import Instant
from ....kernel.errors import BindingsError, OpsguideError
from .. import expecting
from ..looks import Look

RETRY_SECONDS = 0.2
"""A retry comes at once, but not within the same breath: what is being restarted needs one."""


class HttpAnswer(Protocol):
    """As service.guarded.Answer."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> dict[str, str]: ...
    @property
    def body(self) -> bytes: ...
    @property
    def latency_seconds(self) -> float: ...
    @property
    def tls_expires(self) -> Instant | None: ...
    @property
    def phases(self) -> Mapping[str, float]: ...


class Spoken(Protocol):
    """As service.reaching.Heard."""

    @property
    def said(self) -> bytes: ...
    @property
    def latency_seconds(self) -> float: ...
    @property
    def tls_expires(self) -> Instant | None: ...
    @property
    def phases(self) -> dict[str, float]: ...


class Records(Protocol):
    """As service.resolving.Answers."""

    @property
    def records(self) -> tuple[str, ...]: ...
    @property
    def latency_seconds(self) -> float: ...


class Sending(Struct, frozen=True):
    """An HTTP request, beside its address."""

    method: str
    headers: dict[str, str]
    body: bytes | None


class Talking(Struct, frozen=True):
    """What is sent over a connection, and when enough was read; `enough` None: nothing is read."""

    send: bytes
    enough: Callable[[bytes], bool] | None


class Ways(Struct, frozen=True):
    """The guarded ways out (service/guarded.py, reaching.py, resolving.py); all raise OpsguideError in plain words.

    `resolve` follows a reference of the bindings, with the secrets of the machine that asks. `private` False refuses
    private addresses whatever a binding allows: on the machine of a region its own operator decides.
    """

    ask: Callable[..., Awaitable[HttpAnswer]]
    converse: Callable[..., Awaitable[Spoken]]
    look_up: Callable[..., Awaitable[Records]]
    resolve: Callable[[str], str]
    private: bool = True


async def look(probe: ProbeBinding, ways: Ways) -> Look:
    """One look, tried again at once while it fails and retries are left."""
    for attempt in range(1, probe.retries + 1):
        found = await once(probe, ways)
        if found.up:
            return replace(found, attempts=attempt)
        await asyncio.sleep(min(RETRY_SECONDS, probe.timeout))
    return replace(await once(probe, ways), attempts=probe.retries + 1)


async def once(probe: ProbeBinding, ways: Ways) -> Look:
    """One attempt."""
    if probe.private and not ways.private:
        why = "this region probes no private addresses: start it with --private"
        return Look(False, why, unable=True)
    try:
        match probe.kind:
            case "tcp":
                return await _tcp(probe, ways)
            case "dns":
                return await _dns(probe, ways)
            case _:
                return await _http(probe, ways)
    except BindingsError as error:
        # A reference that only other machines can follow says nothing of what was to be asked.
        return Look(False, f"{error.where}: {error.what}" if error.where else error.what, unable=True)
    except OpsguideError as error:
        return Look(False, f"{error.where}: {error.what}" if error.where else error.what)


def _authority(probe: ProbeBinding, ways: Ways) -> str:
    return ways.resolve(probe.authority) if probe.authority else ""


async def _http(probe: ProbeBinding, ways: Ways) -> Look:
    assert probe.url is not None
    answer = await ways.ask(
        probe.url,
        private=probe.private,
        timeout=probe.timeout,
        send=Sending(
            probe.method,
            {name: ways.resolve(value) for name, value in probe.headers.items()},
            probe.body.encode() if probe.body is not None else None,
        ),
        authority=_authority(probe, ways) if probe.url.lower().startswith("https:") else "",
        redirects=probe.redirects,
    )
    why = expecting.of_http(probe.expect, answer.status, answer.headers, answer.body)
    return Look(
        up=not why,
        why=why,
        seconds=answer.latency_seconds,
        phases=dict(answer.phases),
        tls_expires=answer.tls_expires,
        detail=str(answer.status),
    )


async def _tcp(probe: ProbeBinding, ways: Ways) -> Look:
    assert probe.tcp is not None
    parts = urlsplit(f"tcp://{probe.tcp}")
    expect = probe.expect
    reads = expect.contains is not None or expect.matches is not None

    def enough(said: bytes) -> bool:
        return bool(said) and not expecting.of_text(expect, said)

    heard = await ways.converse(
        parts.hostname or "",
        parts.port or 0,
        private=probe.private,
        timeout=probe.timeout,
        talk=Talking((probe.send or "").encode(), enough if reads else None),
        tls=_authority(probe, ways) if probe.tls else None,
    )
    why = expecting.of_text(expect, heard.said)
    if why and not heard.said:
        why = "it takes the connection and says nothing"
    return Look(
        up=not why,
        why=why,
        seconds=heard.latency_seconds,
        phases=dict(heard.phases),
        tls_expires=heard.tls_expires,
    )


async def _dns(probe: ProbeBinding, ways: Ways) -> Look:
    assert probe.dns is not None
    answers = await ways.look_up(
        probe.dns, probe.record, resolver=probe.resolver, private=probe.private, timeout=probe.timeout
    )
    why = expecting.of_records(probe.expect, answers.records)
    return Look(not why, why, answers.latency_seconds, detail=", ".join(answers.records)[:200])
