"""The routes by which others send samples; no page of the console is here.

Every parameter of an address becomes a label of what is sent to it (`?environment=staging`), where that has none of the
name. Without one, samples belong to the main environment of the bindings.
"""

import asyncio
import threading
import time
import zlib
from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeAlias

from litestar import Request, Response, post
from litestar.types import ControllerRouterHandler

from opsguide.kernel.allowance import Allowance, Allowances
from opsguide.kernel.clock import Instant
from opsguide.kernel.ports import Kept
from opsguide.telemetry import labels as label
from opsguide.telemetry.embedded import Embedded
from opsguide.telemetry.labels import Labels

from .counted import KINDS, Counted, Counts, one_of
from .otlp import Otlp
from .received import MAX_BYTES, Received, Unreadable
from .remote_write import RemoteWrite

MOST_SENT = 32 * 2**20
MOST_LOG = 16 * 2**20
MOST_BEACON = 4096
BEACONS_A_SECOND, BEACONS_AT_ONCE = 100.0, 500.0
"""What users' pages may send, all of them together; more is refused for a while."""

BEACONS_OF_ONE_A_SECOND, BEACONS_OF_ONE_AT_ONCE = 10.0, 100.0
"""What may come from one address, so that one visitor neither drowns the others nor takes their place."""

REMOTE_WRITE_1 = "prometheus.WriteRequest"
"""The message, as prometheus.io/docs/specs/prw/remote_write_spec_2_0 names it in a content type."""

Asked: TypeAlias = Request[Any, Any, Any]


class Intake:
    """What is sent, taken into the engine. `environment` is the name of the main one, or "".

    `origins` are those of the pages whose visitors' browsers may send beacons.
    """

    def __init__(
        self,
        engine: Embedded,
        environment: Callable[[], str],
        now: Callable[[], Instant],
        origins: Callable[[], Collection[str]] = tuple,
        kept: Kept[Counts] | None = None,
    ) -> None:
        self.engine, self._environment, self.origins = engine, environment, origins
        self.counted = Counted(engine, now, kept)
        self._beacons = Allowance(BEACONS_A_SECOND, BEACONS_AT_ONCE)
        self._of_one = Allowances(BEACONS_OF_ONE_A_SECOND, BEACONS_OF_ONE_AT_ONCE)
        self._lock = threading.Lock()
        self._writes: dict[Labels, RemoteWrite] = {}
        self._otlp: dict[Labels, Otlp] = {}

    def labels(self, request: Asked) -> Labels:
        """The labels that the address adds."""
        found = {"environment": self._environment(), **dict(request.query_params.items())}
        if len(found) > KINDS:
            raise Unreadable(f"more than {KINDS} parameters")
        return label.of(found)

    def remote_write(self, added: Labels, body: bytes) -> Received:
        with self._lock:
            way = one_of(
                self._writes, added, lambda: RemoteWrite(self.engine.pushes(), added, self.engine.catalogue)
            )
            return way.receive(body)

    def otlp(self, added: Labels, body: bytes, *, as_json: bool) -> tuple[Received, bytes]:
        with self._lock:
            way = one_of(self._otlp, added, lambda: Otlp(self.engine.pushes(), self.engine.catalogue, added))
            return way.receive(body, as_json=as_json)

    def beacon(self, body: bytes) -> int:
        """A beacon of users' pages: its address says nothing, since anybody may write one. Raises Unreadable."""
        return self.counted.beacons(label.of({"environment": self._environment()}), body)

    def may_send(self, address: str) -> bool:
        """Whether users' pages may send one more beacon now, and this address, which is kept nowhere but in memory."""
        with self._lock:
            now = time.monotonic()
            return self._of_one.take(address, now) and self._beacons.take(now)

    def handlers(self) -> Sequence[ControllerRouterHandler]:
        return [_remote_write(self), _otlp(self), _access_log(self), _vitals(self)]


def _text(status: int, said: str = "") -> Response[str]:
    return Response(said, status_code=status, media_type="text/plain")


def _remote_write(intake: Intake) -> ControllerRouterHandler:
    @post("/prometheus/api/v1/write", needs="send", tags=["telemetry"], request_max_body_size=MOST_SENT)
    async def remote_write(request: Asked) -> Response[str]:
        """Prometheus' remote_write 1.0. 204 when all was taken, 400 with what was not, 503 to try again later.

        415 for another version or packing: a sender that can falls back to 1.0.
        """
        if said := _not_spoken(request):
            return _text(415, said)
        body = await request.body()
        try:
            received = await asyncio.to_thread(intake.remote_write, intake.labels(request), body)
        except Unreadable as error:
            return _text(400, error.what)
        if "disk full" in received.refused:
            return _text(503, f"{received.taken} samples were taken; refused: {received.said}")
        if received.refused:
            return _text(400, f"{received.taken} samples were taken; refused: {received.said}")
        return _text(204)

    return remote_write


def _not_spoken(request: Asked) -> str:
    """Why a request cannot be remote_write 1.0, by its headers; "" where it can."""
    kind = request.headers.get("content-type", "")
    proto = kind.partition(";")[2].strip().removeprefix("proto=").strip('"')
    if proto not in ("", REMOTE_WRITE_1):
        return f"{proto} is not read: send {REMOTE_WRITE_1}, remote_write 1.0"
    packing = request.headers.get("content-encoding", "snappy")
    return "" if packing == "snappy" else f"the packing {packing} is not read: send snappy"


def _otlp(intake: Intake) -> ControllerRouterHandler:
    @post(
        "/otlp/v1/metrics", needs="send", tags=["telemetry"], request_max_body_size=MOST_SENT, status_code=200
    )
    async def otlp_metrics(request: Asked) -> Response[Any]:
        """OTLP metrics over HTTP, protobuf or JSON, packed with gzip or not."""
        body = await request.body()
        kind = request.headers.get("content-type", "").partition(";")[0].strip()
        as_json = kind == "application/json"
        try:
            if request.headers.get("content-encoding", "identity") == "gzip":
                body = unpacked(body)
            received, answer = await asyncio.to_thread(
                intake.otlp, intake.labels(request), body, as_json=as_json
            )
        except Unreadable as error:
            return _text(400, error.what)
        status = 503 if "disk full" in received.refused else 200
        return Response(
            answer,
            status_code=status,
            media_type="application/json" if as_json else "application/x-protobuf",
        )

    return otlp_metrics


def _access_log(intake: Intake) -> ControllerRouterHandler:
    @post("/logs/access", needs="send", tags=["telemetry"], request_max_body_size=MOST_LOG)
    async def access_log(request: Asked) -> Response[str]:
        """Lines of a web server's access log."""
        body = await request.body()
        try:
            read = await asyncio.to_thread(intake.counted.lines, intake.labels(request), body)
        except Unreadable as error:
            return _text(400, error.what)
        return _text(200, f"{read} lines were read\n")

    return access_log


def _vitals(intake: Intake) -> ControllerRouterHandler:
    @post("/beacons/vitals", needs="send", tags=["telemetry"], request_max_body_size=MOST_BEACON)
    async def vitals(request: Asked) -> Response[str]:
        """Web vitals of page views: one metric of the `web-vitals` package, or a list of them.

        The one route to which pages elsewhere may post: those whose origin `vitals.origins` names, and nothing is
        answered to them.
        """
        origin = request.headers.get("origin")
        if origin is not None and origin.casefold() not in intake.origins():
            said = "this request comes from another site that [vitals] does not name, and nothing was changed"
            return _text(403, said)
        if origin is not None and not intake.may_send(request.client.host if request.client else ""):
            return _text(429, "too many beacons at once")
        body = await request.body()
        try:
            if origin is None:
                intake.counted.beacons(intake.labels(request), body)
            else:
                intake.beacon(body)
        except Unreadable as error:
            return _text(400, error.what)
        return _text(204)

    return vitals


def unpacked(body: bytes) -> bytes:
    """Of gzip. Raises Unreadable, also for what would be too large."""
    packed = zlib.decompressobj(wbits=31)
    try:
        data = packed.decompress(body, MAX_BYTES)
    except zlib.error:
        raise Unreadable("the request is not packed with gzip") from None
    if packed.unconsumed_tail:
        raise Unreadable(f"the request has more than {MAX_BYTES} bytes unpacked")
    if not packed.eof:
        raise Unreadable("the request is cut off")
    return data
