"""One form for every error: what was wrong, where, what next. A page for people, problem+json under /api."""

import logging
import math
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeAlias
from urllib.parse import quote

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.response import Redirect
from msgspec import Struct

from ..identity.principal import NotSignedIn
from ..identity.sessions import TooManyAttempts
from ..kernel.errors import LedgerUnwritable, OpsguideError, Refused
from .addresses import came_from
from .typed import is_kept

log = logging.getLogger("opsguide.web")

PROBLEM = "application/problem+json"


class Forbidden(OpsguideError):
    """The request is not answered at all: it comes from where none may come."""


class NotFound(OpsguideError):
    """What was asked for is not there."""


class NotAcceptable(OpsguideError):
    """The client wants an answer in a form that there is not."""


class UnsupportedMediaType(OpsguideError):
    """The body comes in a form that is not read here."""


class Wrong(Struct, frozen=True):
    """One member of a body that does not fit: `pointer` is a JSON pointer into it."""

    pointer: str
    detail: str


class Problem(Struct, frozen=True):
    """RFC 9457. `type` is a stable name for scripts; `hint` says what to do next, `where` what it is about.

    `errors` name the members of a body that do not fit.
    """

    type: str
    title: str
    status: int
    detail: str
    instance: str
    hint: str = ""
    where: str = ""
    errors: tuple[Wrong, ...] = ()


Asked: TypeAlias = Request[Any, Any, Any]
Page = Callable[[Request[Any, Any, Any], Problem], str]

FOR_PROGRAMS = ("/api/", "/prometheus/", "/otlp/", "/logs/", "/beacons/", "/metrics")
"""Addresses that people do not open: a problem below them is JSON."""


def handlers(page: Page) -> Mapping[int | type[Exception], Callable[..., Response[Any]]]:
    """What Litestar does with exceptions; `page` renders a Problem for people."""

    def answer(request: Asked, error: Exception) -> Response[Any]:
        if isinstance(error, NotSignedIn) and _is_of_a_person(request):
            return _to_sign_in(request)
        problem = _problem(request, error)
        headers = _headers(error)
        if _path(request).startswith(FOR_PROGRAMS):
            return Response(problem, status_code=problem.status, media_type=PROBLEM, headers=headers)
        shown = page(request, problem)
        return Response(shown, status_code=problem.status, media_type="text/html", headers=headers)

    return {Exception: answer, HTTPException: answer, OpsguideError: answer}


def _is_of_a_person(request: Asked) -> bool:
    """Whether a person opens a page or presses a button: they go to the sign-in, programs are told why not."""
    accepts = request.headers.get("accept", "")
    return "text/html" in accepts and not _path(request).startswith(FOR_PROGRAMS)


def _to_sign_in(request: Asked) -> Redirect:
    """And back again. A form goes along, by a redirection that keeps the method and the body."""
    if request.method == "GET":
        return Redirect(f"/sign-in?next={quote(_asked(request))}", status_code=303)
    back = quote(came_from(request), safe="")
    if not is_kept(_path(request)):
        return Redirect(f"/sign-in?next={back}", status_code=303)
    return Redirect(f"/sign-in/again?of={quote(_asked(request), safe='')}&next={back}", status_code=307)


def _asked(request: Asked) -> str:
    query = request.scope["query_string"].decode("latin-1")
    return f"{_path(request)}?{query}" if query else _path(request)


def _headers(error: Exception) -> dict[str, str]:
    match error:
        case HTTPException():
            return dict(error.headers or {})
        case NotSignedIn():
            return {"www-authenticate": 'Bearer realm="opsguide"'}
        case TooManyAttempts():
            return {"retry-after": str(math.ceil(error.wait))}
    return {}


def _problem(request: Asked, error: Exception) -> Problem:
    path = _path(request)
    if isinstance(error, OpsguideError):
        status = _status(error)
        name = error.reason if isinstance(error, Refused) else _name(type(error).__name__)
        return Problem(name, _title(status), status, error.what, path, error.hint, error.where)
    if isinstance(error, HTTPException):
        return _of_http(error, path)
    log.error("%s %s failed", request.method, path, exc_info=error)
    said = "opsguide made a mistake here; what it does in the background goes on"
    return Problem(
        "crash", _title(500), 500, said, path, "its log says where: please report it with that text"
    )


def _of_http(error: HTTPException, path: str) -> Problem:
    """A body that is JSON and yet not what is asked for is 422; what is no JSON, and parameters, are 400."""
    wrong = _wrong_members(error)
    status = 422 if wrong else error.status_code
    name, hint = _title(status).lower().replace(" ", "_"), ""
    if path.startswith("/api/"):
        hint = "GET /api/openapi.json describes every address" if status in (404, 405, 422) else ""
    return Problem(name, _title(status), status, _said(error, path), path, hint, errors=wrong)


def _wrong_members(error: HTTPException) -> tuple[Wrong, ...]:
    if not isinstance(error, ValidationException) or not isinstance(error.extra, list):
        return ()
    members = [one for one in error.extra if one.get("source") == "body"]
    return tuple(Wrong(_pointer(one.get("key", "")), one.get("message", "")) for one in members)


def _pointer(key: str) -> str:
    """`by` → `/by`, `guides[0].text` → `/guides/0/text`; `data`, the body itself, is the empty pointer."""
    return "" if key == "data" else f"/{key.replace('[', '/').replace(']', '').replace('.', '/')}"


def _path(request: Asked) -> str:
    """Not from `request.url`: that needs a Host that makes sense, and this must answer to any request."""
    return str(request.scope["path"])


STATUS = {
    "NotSignedIn": 401,
    "Forbidden": 403,
    "NotProven": 401,
    "NotAllowed": 403,
    "SecondFactorNeeded": 403,
    "NotFound": 404,
    "UnknownCursor": 404,
    "NotAcceptable": 406,
    "LedgerBroken": 409,
    "UnsupportedMediaType": 415,
    "TooManyAttempts": 429,
    "TooManyStreams": 503,
}
"""By the error's class; what a client can put right by asking otherwise is 400."""


def _status(error: OpsguideError) -> int:
    if isinstance(error, Refused):
        kind = error.reason.partition("_")[0]
        return {"unknown": 404, "empty": 400, "malformed": 400}.get(kind, 409)
    if isinstance(error, LedgerUnwritable):
        return 503
    return STATUS.get(type(error).__name__, 400)


def _said(error: HTTPException, path: str) -> str:
    if error.status_code == 404:
        return "there is no such address" if path.startswith("/api/") else "there is no such page"
    if error.status_code == 405:
        return "this address does not answer to this method; Allow names those that it does"
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        found = [f"{one.get('key', 'request')}: {one.get('message', '')}" for one in error.extra]
        return "; ".join(found) or error.detail
    return error.detail


RENAMED = {413: "Content too large", 422: "Unprocessable content"}
"""As RFC 9110 calls them; what Python calls them depends on its version, and `type` is made of it."""


def _title(status: int) -> str:
    return RENAMED.get(status) or HTTPStatus(status).phrase.capitalize()


def _name(cls: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in cls).lstrip("_")
