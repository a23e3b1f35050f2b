"""The telemetry's face on the web: Prometheus' API, its own numbers, a word while samples cannot be kept."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, TypeAlias, TypeVar

from litestar import Request, Response, get, route
from litestar.enums import HttpMethod
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from msgspec import structs

from opsguide.kernel.errors import QueryError
from opsguide.web.console import Console
from opsguide.web.metrics import Metric, gauge
from opsguide.web.pages import ConsoleDep, Pages, Panel

from . import prometheus, prometheus_rules
from .embedded import Embedded
from .intake.doors import Intake
from .prometheus import Answer, Params
from .prometheus_rules import Group
from .query.fetching import Options

PREFIX = "/prometheus"
API = f"{PREFIX}/api/v1"
ASKED = [HttpMethod.GET, HttpMethod.POST]

Rules: TypeAlias = Callable[[], Sequence[Group]]
Told = TypeVar("Told")
Asked: TypeAlias = Request[Any, Any, Any]


def pages(intake: Intake, rules: Rules) -> Pages:
    """What the engine and its intake add to the console. `rules` are those of the guide and of rule files."""
    engine = intake.engine

    def metrics(_console: Console) -> Iterator[Metric]:
        status = engine.status()
        yield gauge("opsguide_telemetry_series", "Series in memory.", status.series)
        yield gauge("opsguide_telemetry_series_limit", "More are refused.", engine.series_limit)
        yield gauge("opsguide_telemetry_samples", "Samples in memory.", status.samples)
        yield gauge("opsguide_telemetry_problems", "Reasons why samples are not kept.", len(status.problems))
        yield Metric(
            "opsguide_telemetry_refused_total",
            "Samples, or whole scrapes that came too late, that were refused, by reason.",
            tuple(({"reason": reason}, count) for reason, count in sorted(status.refused.items())),
            "counter",
        )

    def panels(_console: Console) -> Iterator[Panel]:
        if engine.problems:
            yield Panel("samples", "not kept: see the log")
        if engine.at_limit:
            yield Panel("series", "no room for new ones")

    def notes(_console: Console) -> Iterator[str]:
        yield from engine.problems
        if engine.at_limit:
            yield f"no room for new series, {engine.series_limit} are held: drop labels that grow without end"

    handlers = [*_queries(engine), *_names(engine), *_about(rules), *intake.handlers()]
    return Pages(name="telemetry", handlers=handlers, panels=panels, metrics=metrics, notes=notes)


async def _params(request: Asked) -> Params:
    """From the address and from the form."""
    found: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        found.setdefault(name, []).append(value)
    if request.method == "POST":
        for name, value in (await request.form()).multi_items():
            found.setdefault(name, []).append(str(value))
    return found


async def _answered(asking: Callable[[], Awaitable[Answer]]) -> Response[bytes]:
    try:
        answer = await asking()
    except QueryError as error:
        answer = prometheus.failure(error)
    return Response(answer.body, status_code=answer.status, media_type="application/json")


async def _asked(question: Callable[[Options], Told], options: Options, params: Params) -> Told:
    """The answer, from a thread beside the service; it stops soon after nobody waits for it any more."""
    given_up = threading.Event()
    limited = structs.replace(options, seconds=prometheus.seconds_of(params), stopped=given_up.is_set)
    try:
        async with _AT_ONCE:
            return await asyncio.to_thread(question, limited)
    finally:
        given_up.set()


_AT_ONCE = asyncio.Semaphore(4)
"""So many questions are answered at once; the others wait."""


def _queries(engine: Embedded) -> Sequence[ControllerRouterHandler]:
    @route([f"{API}/query"], needs="metrics", http_method=ASKED, include_in_schema=False)
    async def query(request: Asked, console: ConsoleDep) -> Response[bytes]:
        """Prometheus' `/api/v1/query`: an expression at an instant."""
        params = await _params(request)

        async def asking() -> Answer:
            expression = prometheus.one(params, "query")
            at = prometheus.instant_of(params, "time", console.now())
            result = await _asked(
                lambda options: engine.evaluate(expression, at, options), engine.options, params
            )
            return prometheus.told_instant(result, at, prometheus.limit_of(params))

        return await _answered(asking)

    @route([f"{API}/query_range"], needs="metrics", http_method=ASKED, include_in_schema=False)
    async def query_range(request: Asked) -> Response[bytes]:
        """Prometheus' `/api/v1/query_range`: an expression at each step of a span."""
        params = await _params(request)

        async def asking() -> Answer:
            expression = prometheus.one(params, "query")
            start, end = prometheus.instant_of(params, "start"), prometheus.instant_of(params, "end")
            if end < start:
                raise prometheus.BadParameter('invalid parameter "end": it is before the start')
            span = (start, end, prometheus.step_of(params))
            result = await _asked(
                lambda options: engine.evaluate_range(expression, span, options), engine.options, params
            )
            return prometheus.told_range(result, prometheus.limit_of(params))

        return await _answered(asking)

    return [query, query_range]


def _names(engine: Embedded) -> Sequence[ControllerRouterHandler]:
    @route([f"{API}/series"], needs="metrics", http_method=ASKED, include_in_schema=False)
    async def series(request: Asked, console: ConsoleDep) -> Response[bytes]:
        """Prometheus' `/api/v1/series`: the series that `match[]` selects."""
        params = await _params(request)
        return await _answered(lambda: asyncio.to_thread(prometheus.series, engine, params, console.now()))

    @route([f"{API}/labels"], needs="metrics", http_method=ASKED, include_in_schema=False)
    async def labels(request: Asked, console: ConsoleDep) -> Response[bytes]:
        """Prometheus' `/api/v1/labels`: the names of labels."""
        params = await _params(request)
        return await _answered(
            lambda: asyncio.to_thread(prometheus.label_names, engine, params, console.now())
        )

    @get(f"{API}/label/{{name:str}}/values", needs="metrics", include_in_schema=False)
    async def label_values(name: FromPath[str], request: Asked, console: ConsoleDep) -> Response[bytes]:
        """Prometheus' `/api/v1/label/NAME/values`."""
        params = await _params(request)
        return await _answered(
            lambda: asyncio.to_thread(prometheus.label_values, engine, name, params, console.now())
        )

    @get(f"{API}/metadata", needs="metrics", include_in_schema=False)
    async def metadata(request: Asked) -> Response[bytes]:
        """Prometheus' `/api/v1/metadata`: what targets say of their metrics."""
        params = await _params(request)
        return await _answered(lambda: asyncio.to_thread(prometheus.metadata, engine, params))

    @route([f"{API}/query_exemplars"], needs="metrics", http_method=ASKED, include_in_schema=False)
    async def exemplars() -> Response[bytes]:
        """Prometheus' `/api/v1/query_exemplars`: opsguide keeps none."""
        return _sent(prometheus.success([]))

    return [series, labels, label_values, metadata, exemplars]


def _sent(answer: Answer) -> Response[bytes]:
    return Response(answer.body, status_code=answer.status, media_type="application/json")


def _about(rules: Rules) -> Sequence[ControllerRouterHandler]:
    @get(f"{API}/rules", needs="metrics", include_in_schema=False)
    async def told_rules(request: Asked) -> Response[bytes]:
        """Prometheus' `/api/v1/rules`: the guide's alert rules, and those of rule files."""
        params = await _params(request)

        async def asking() -> Answer:
            return prometheus_rules.rules(rules(), params)

        return await _answered(asking)

    @get(f"{API}/alerts", needs="metrics", include_in_schema=False)
    async def alerts() -> Response[bytes]:
        """Prometheus' `/api/v1/alerts`: those that are pending or firing."""
        return _sent(prometheus_rules.alerts(rules()))

    @get(f"{API}/status/buildinfo", needs="metrics", include_in_schema=False)
    async def build_information() -> Response[bytes]:
        """Prometheus' `/api/v1/status/buildinfo`, from which Grafana reads what it may ask."""
        return _sent(prometheus.build_information())

    @get(
        [f"{PREFIX}/-/healthy", f"{PREFIX}/-/ready"],
        needs="open",
        include_in_schema=False,
        media_type="text/plain",
    )
    async def healthy() -> str:
        """For `promtool check healthy` and `check ready`."""
        return "opsguide answers as Prometheus does.\n"

    return [told_rules, alerts, build_information, healthy]
