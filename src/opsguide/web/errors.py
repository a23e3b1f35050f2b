"""One form for every error: what was wrong, where, what next. A page for people, problem+json under /api."""

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from msgspec import Struct

from ..kernel.errors import LedgerUnwritable, OpsguideError, Refused

log = logging.getLogger("opsguide.web")

PROBLEM = "application/problem+json"


class Forbidden(OpsguideError):
    """The request is not answered at all: it comes from where none may come."""


class NotFound(OpsguideError):
    """What was asked for is not there."""


class Problem(Struct, frozen=True):
    """RFC 9457. `type` is a stable name for scripts."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    hint: str = ""
    where: str = ""


Page = Callable[[Request[Any, Any, Any], Problem], str]


def handlers(page: Page) -> Mapping[int | type[Exception], Callable[..., Response[Any]]]:
    """What Litestar does with exceptions; `page` renders a Problem for people."""

    def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        problem = _problem(request, error)
        if _path(request).startswith("/api/"):
            return Response(problem, status_code=problem.status, media_type=PROBLEM)
        return Response(page(request, problem), status_code=problem.status, media_type="text/html")

    return {Exception: answer, HTTPException: answer, OpsguideError: answer}


def _problem(request: Request[Any, Any, Any], error: Exception) -> Problem:
    path = _path(request)
    if isinstance(error, OpsguideError):
        status = _status(error)
        name = error.reason if isinstance(error, Refused) else _name(type(error).__name__)
        return Problem(name, _title(status), status, error.what, path, error.hint, error.where)
    if isinstance(error, HTTPException):
        status = error.status_code
        return Problem(_title(status).lower().replace(" ", "_"), _title(status), status, _said(error), path)
    log.error("%s %s failed", request.method, path, exc_info=error)
    said = "opsguide made a mistake here; what it does in the background goes on"
    return Problem(
        "crash", _title(500), 500, said, path, "its log says where: please report it with that text"
    )


def _path(request: Request[Any, Any, Any]) -> str:
    """Not from `request.url`: that needs a Host that makes sense, and this must answer to any request."""
    return str(request.scope["path"])


def _status(error: OpsguideError) -> int:
    if isinstance(error, Refused):
        kind = error.reason.partition("_")[0]
        return {"unknown": 404, "empty": 400, "malformed": 400}.get(kind, 409)
    if isinstance(error, LedgerUnwritable):
        return 503
    return {Forbidden: 403, NotFound: 404}.get(type(error), 400)


def _said(error: HTTPException) -> str:
    if error.status_code == 404:
        return "there is no such page"
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        found = [f"{one.get('key', 'request')}: {one.get('message', '')}" for one in error.extra]
        return "; ".join(found) or error.detail
    return error.detail


def _title(status: int) -> str:
    return HTTPStatus(status).phrase.capitalize()


def _name(cls: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in cls).lstrip("_")
