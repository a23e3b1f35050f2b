"""The description of the API (OpenAPI 3.1): what Litestar knows of each operation, and what all of them share."""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from litestar import Litestar, Request
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import License, Tag
from litestar.types import Method
from litestar.typing import FieldDefinition
from msgspec import Struct
from msgspec.structs import fields

from ..as_of import QUERY
from ..errors import PROBLEM, Problem
from .bodies import body_type, structs

EXAMPLES = Path(__file__).parent / "examples.json"
"""What a small service really answered, by operation: written by `make reference`, held by a test."""

ABOUT = """\
All that the console shows and does. Everything is JSON; instants are RFC 3339 in UTC.

**Lists** come a page at a time: `limit` items at most, and `next` (also a `Link` header) is the address of the
following page. Cursors are opaque and stay valid while the ledger grows.

**Conditional requests**: every GET carries an `ETag`; sent back as `If-None-Match` it is answered with 304 while
nothing changed.

**Who may**: send `Authorization: Bearer ogt_…`, a token made on your profile; browsers send their session. Each
operation needs a permission, which roles and scopes give.

**Errors** are problems (RFC 9457): `type` is a stable name for scripts, `detail` says what was wrong, `where`, and
`hint` what to do next.

**Acting twice** does no harm: acknowledging as the same person, and a note with the same `Idempotency-Key`, are
answered as the first time.
"""
LICENCE = License(name="Apache-2.0", identifier="Apache-2.0")
TAGS = [
    Tag("status", "The service as a whole."),
    Tag("guide", "The document: statements, findings, missing bindings, versions and what they changed."),
    Tag("promises", "What the guide promises, and how it stands and stood."),
    Tag("incidents", "Incidents, their timelines, who is on call, what was sent; and acting on them."),
    Tag("on call", "Who is on call when; overrides, and swaps that the other one accepts."),
    Tag("databases", "What watched databases wait for, who blocks whom, and how full they are."),
    Tag("signals", "What the guide measures, against its limits, over time."),
    Tag("deploys", "What went where, when."),
    Tag("maintenance", "What is planned, and whether it is as the guide asks."),
    Tag("probes", "What is asked from outside, from where; the regions that ask, and the jobs that report."),
    Tag("ledger", "Every fact, as a list and as a stream, and the proof that none was changed."),
    Tag("search", "Finding things by a few letters."),
    Tag("status page", "Who subscribed to the public page, for admins."),
    Tag("access", "Accounts, roles and tokens, for admins."),
    Tag("service", "For machines that watch the service itself."),
]
OF_NOW = {"access", "status page"}
"""Tags of what is never asked as of an instant."""

SHARED: Mapping[int, str] = {
    400: "A parameter is malformed or out of its range",
    401: "Nobody is signed in, or the token does not count",
    403: "Who asks may not, the token is not for this, or the request comes from another site",
    404: "There is no such thing, or no such page of the list",
    406: "The client accepts no form that this operation answers in",
    409: "It cannot be done as things are; `type` says why",
    413: "The body is larger than 1 MB",
    415: "The body is not JSON",
    422: "The body is JSON, but not what is asked for; `errors` point at what does not fit",
    500: "A defect of opsguide; its log says where",
    503: "The ledger cannot be written now, or too many clients listen; nothing was changed",
}


TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "A token of an account (`ogt_…`), made on its owner's profile, within its scopes.",
}

AS_OF = {
    "name": QUERY,
    "in": "query",
    "required": False,
    "description": "As of this instant, RFC 3339 with its zone, the guide and the standings of then.",
    "schema": {"type": "string", "format": "date-time"},
}


def refused(said: Mapping[int, str]) -> dict[int, ResponseSpec]:
    """Problems that one operation answers with besides the shared ones: status → when."""
    return {
        status: ResponseSpec(Problem, generate_examples=False, description=when, media_type=PROBLEM)
        for status, when in said.items()
    }


def operation_id(handler: HTTPRouteHandler, _method: Method, _path: Any) -> str:
    """The name of the function, which is unique: clients that are generated call it so."""
    return handler.handler_name


class Described(JsonRenderPlugin):
    """Serves the finished description at /api/openapi.json."""

    def __init__(self) -> None:
        super().__init__(media_type=MediaType.JSON)

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return self.render_json(request, finished(openapi_schema, request.app))


def finished(schema: dict[str, Any], app: Litestar) -> dict[str, Any]:
    """The description with problems, headers and examples in every operation, and every type with its docstring."""
    described: dict[str, Any] = _plain(schema)
    described["paths"] = {path: item for path, item in described["paths"].items() if _belongs(path)}
    types = [Problem, *dict.fromkeys(body_types(app))]
    _, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    for one in dict.fromkeys(taken_types(app)):
        components[one.__name__]["additionalProperties"] = False
    described["components"]["schemas"] = components
    described["components"]["securitySchemes"] = {"token": TOKEN}
    described["security"] = [{"token": []}]
    for path, verb, operation in _operations(described):
        _share(path, verb, operation)
        _exemplify(operation)
    return described


def _belongs(path: str) -> bool:
    """Pages are for people; what speaks a format of its own (remote_write, OTLP) is described where that is."""
    return path.startswith("/api/") or path in ("/healthz", "/metrics")


def body_types(app: Litestar) -> Iterator[Any]:
    """What the operations take and give, as Python types: msgspec describes them as it reads and writes them."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if isinstance(handler, HTTPRouteHandler) and any(map(_belongs, handler.paths)):
                signature = handler.parsed_fn_signature
                given = signature.return_type
                inner = given.inner_types or (given,)
                yield from (one.annotation for one in inner if _is_struct(one))
    yield from taken_types(app)


def taken_types(app: Litestar) -> Iterator[type[Struct]]:
    """What the operations take, with what is in it: see bodies.py, which refuses keys that they have not."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if isinstance(handler, HTTPRouteHandler) and any(map(_belongs, handler.paths)):
                taken = body_type(handler)
                if taken is not None:
                    yield taken
                    for field in fields(taken):
                        yield from structs(field.type)


def _is_struct(definition: FieldDefinition) -> bool:
    return isinstance(definition.annotation, type) and issubclass(definition.annotation, Struct)


def _plain(node: Any) -> Any:
    """Whole numbers as such; and no null for parameters: in an address there is none, they are left out."""
    match node:
        case dict():
            if node.get("in") == "query":
                node = node | {"schema": _without_null(node["schema"])}
            return {key: _plain(value) for key, value in node.items()}
        case list():
            return [_plain(value) for value in node]
        case float() if node.is_integer():
            return int(node)
    return node


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    if "oneOf" in schema:
        rest = {key: value for key, value in schema.items() if key != "oneOf"}
        kept: dict[str, Any] = next(one for one in schema["oneOf"] if one.get("type") != "null")
        return kept | rest
    kind = schema.get("type")
    if isinstance(kind, list):
        schema = schema | {"type": next(one for one in kind if one != "null")}
    if "enum" in schema:
        schema = schema | {"enum": [one for one in schema["enum"] if one is not None]}
    return schema


def _operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in described["paths"].items():
        for verb in ("get", "post"):
            if verb in item:
                yield path, verb, item[verb]


def _share(path: str, verb: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    if not path.startswith("/api/"):
        responses.pop("400", None)
        if path == "/healthz":
            operation["security"] = []
        else:
            responses |= {str(status): _problem(SHARED[status]) for status in (401, 403)}
        return
    parameters = operation.setdefault("parameters", [])
    applies = {401, 403, 406, 500}
    if parameters or "requestBody" in operation:
        applies.add(400)
    if "{" in path or any(one["name"] == "cursor" for one in parameters):
        applies.add(404)
    if verb == "post":
        applies |= {503}
    if "requestBody" in operation:
        applies |= {409, 413, 415, 422}
    if "text/event-stream" in str(responses.get("200", {}).get("content", {})):
        applies |= {503}
    elif verb == "get":
        _conditional(operation, parameters)
        # Accounts and subscribers are as they are now: their past is on the ledger, or nowhere.
        if not any(one["name"] == QUERY for one in parameters) and not OF_NOW & {*operation["tags"]}:
            parameters.append(AS_OF)
        applies |= {400, 404}
    for status in sorted(applies):
        if str(status) not in responses or status == 400:
            responses[str(status)] = _problem(SHARED[status])
    operation["responses"] = dict(sorted(responses.items()))


def _conditional(operation: dict[str, Any], parameters: list[dict[str, Any]]) -> None:
    headers = operation["responses"]["200"].setdefault("headers", {})
    text = {"type": "string"}
    headers["ETag"] = {"description": "Names this state of the answer.", "schema": text}
    if any(one["name"] == "cursor" for one in parameters):
        headers["Link"] = {"description": 'The following page, `rel="next"`.', "schema": text}
    parameters.append(
        {
            "name": "If-None-Match",
            "in": "header",
            "required": False,
            "description": "An ETag that the client has: answered with 304 while it is still so.",
            "schema": text,
        }
    )
    operation["responses"]["304"] = {
        "description": "Nothing changed since that ETag",
        "headers": {"ETag": headers["ETag"]},
    }


def _problem(when: str) -> dict[str, Any]:
    return {"description": when, "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def _exemplify(operation: dict[str, Any]) -> None:
    found = examples().get(operation["operationId"])
    if found is None:
        return
    if "request" in found and "requestBody" in operation:
        for media in operation["requestBody"]["content"].values():
            media["example"] = found["request"]
    for status, answer in found["responses"].items():
        content = operation["responses"].get(status, {}).get("content", {})
        for media in content.values():
            media["example"] = answer


@lru_cache(maxsize=1)
def examples() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(EXAMPLES.read_text(encoding="utf-8")) if EXAMPLES.is_file() else {}
    return found
