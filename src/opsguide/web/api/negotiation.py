"""What the API is asked in and answers in: JSON, and event streams where an operation says so."""

from collections import Counter
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request
from litestar.datastructures.headers import Accept
from litestar.handlers import HTTPRouteHandler
from litestar.typing import FieldDefinition

from ...kernel.errors import OpsguideError
from ..errors import NotAcceptable, UnsupportedMediaType
from .bodies import body_type
from .bodies import check as check_body


class BadQuery(OpsguideError):
    """The query of an address cannot be meant."""


JSON = "application/json"
PREFIX = "/api/"


async def check(request: Request[Any, Any, Any]) -> None:
    """Before every handler. Raises NotAcceptable, UnsupportedMediaType, ValidationException."""
    if not str(request.scope["path"]).startswith(PREFIX):
        return
    handler = request.scope.get("route_handler")
    offered = JSON
    if isinstance(handler, HTTPRouteHandler) and handler.media_type:
        offered = str(getattr(handler.media_type, "value", handler.media_type))
    wanted = request.headers.get("accept")
    if wanted and Accept(wanted).best_match([offered], default=None) is None:
        raise NotAcceptable(
            f"this address answers in {offered}, not in {wanted}", hint=f"send Accept: {offered}, or none"
        )
    if isinstance(handler, HTTPRouteHandler):
        _check_query(request, handler)
    if request.method == "POST" and not _is_json(request):
        sent = request.headers.get("content-type")
        what = f"a body is JSON here, not {sent}" if sent else "the body does not say what it is"
        raise UnsupportedMediaType(what, where="Content-Type", hint=f"send Content-Type: {JSON}")
    kind = body_type(handler) if isinstance(handler, HTTPRouteHandler) else None
    if kind is not None:
        check_body(await request.body(), kind)


def _check_query(request: Request[Any, Any, Any], handler: HTTPRouteHandler) -> None:
    """A parameter that came twice, or as `null` where only the lack of it would mean that, is a mistake: not obeyed."""
    pairs = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    counts = Counter(name for name, _ in pairs)
    for name, value in pairs:
        if counts[name] > 1:
            raise BadQuery(f"{name} is given {counts[name]} times", where=name, hint="give it once")
        taken = _parameter(handler, name)
        if value == "null" and taken is not None and not taken.has_inner_subclass_of(str):
            raise BadQuery(f"{name} is null", where=name, hint="leave it out")


def _parameter(handler: HTTPRouteHandler, name: str) -> FieldDefinition | None:
    """By its name in the address, which need not be the one in the code."""
    for own, one in handler.parsed_fn_signature.parameters.items():
        if name == (getattr(one.kwarg_definition, "name", None) or own):
            return one
    return None


def _is_json(request: Request[Any, Any, Any]) -> bool:
    """A POST without a body needs no type."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    has_body = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    return (
        kind == JSON or (kind.endswith("+json") and kind.startswith("application/")) or not (kind or has_body)
    )
