"""What the keys of `[telemetry]` say of each other: a remote engine needs an address, and one way to sign in."""

import re
from collections.abc import Mapping
from typing import Any

from .problems import Problems, quoted
from .urls import is_private

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OURS = frozenset(
    {"host", "content-length", "content-type", "content-encoding", "transfer-encoding", "connection"}
    | {"accept", "accept-encoding", "user-agent", "x-prometheus-remote-write-version"}
)
"""Headers that say what a request is: HTTP needs them as they are."""


def hold_engine(raw: Mapping[str, Any], problems: Problems) -> None:
    bound = raw.get("telemetry")
    bound = bound if isinstance(bound, dict) else {}
    remote = bound.get("source") == "prometheus"
    _hold_address(bound, problems, remote=remote)
    _hold_sign_in(bound, problems)
    _hold_headers(bound, problems)
    _hold_private(bound, problems)
    if not remote:
        _hold_match(raw, problems)
    elif bound.get("rules"):
        spot = problems.spot("telemetry", "rules")
        hint = "load them into that engine, and let its Alertmanager call opsguide; then delete the line"
        message = "`telemetry.rules` are run by nobody here: a remote engine answers"
        problems.note(spot.wrong("not-asked", message, hint, on="key", level="warning"))


def _hold_address(bound: Mapping[str, Any], problems: Problems, *, remote: bool) -> None:
    if remote and "url" not in bound:
        spot = problems.spot("telemetry", "source")
        hint = 'add url = "https://…", what stands before /api/v1 in its address'
        problems.note(spot.wrong("missing-key", "`telemetry` needs `url`: where is that engine?", hint))
    elif "url" in bound and not remote and "source" not in bound:
        spot = problems.spot("telemetry", "url")
        hint = 'add source = "prometheus" to ask this engine, or delete the line'
        problems.note(spot.wrong("not-asked", "`telemetry.url` is asked by nothing", hint, on="key"))


def _hold_sign_in(bound: Mapping[str, Any], problems: Problems) -> None:
    for key, other in (("user", "password"), ("password", "user")):
        if key in bound and other not in bound:
            spot = problems.spot("telemetry", key)
            wanted = '"env:TELEMETRY_PASSWORD"' if other == "password" else '"…"'
            message = f"`telemetry.{key}` needs `{other}`"
            problems.note(spot.wrong("missing-key", message, f"add {other} = {wanted}", on="key"))
    headers = bound.get("headers")
    ways = [key for key in ("user", "token") if key in bound]
    if isinstance(headers, dict):
        ways += [f"headers.{name}" for name in headers if name.casefold() == "authorization"]
        if "tenant" in bound:
            _hold_tenant(headers, problems)
    if len(ways) > 1:
        spot = problems.spot("telemetry", *ways[-1].split(".", 1))
        message = f"`telemetry.{ways[-1]}` and `telemetry.{ways[0]}` are two ways to sign in"
        problems.note(spot.wrong("contradiction", message, "keep one of them", on="key"))


def _hold_tenant(headers: Mapping[str, Any], problems: Problems) -> None:
    for name in headers:
        if name.casefold() == "x-scope-orgid":
            spot = problems.spot("telemetry", "headers", name)
            message = f"`{spot.name}` is what `telemetry.tenant` says"
            problems.note(spot.wrong("contradiction", message, "keep one of them", on="key"))


def _hold_headers(bound: Mapping[str, Any], problems: Problems) -> None:
    headers = bound.get("headers")
    for name in headers if isinstance(headers, dict) else ():
        spot = problems.spot("telemetry", "headers", name)
        if _HEADER.fullmatch(name) is None:
            hint = "letters, digits and `-`, for example `THANOS-TENANT`"
            problems.note(spot.wrong("bad-header", f"`{name}` is no name of a header", hint, on="key"))
        elif name.casefold() in _OURS:
            message = f"the header `{name}` is set by opsguide"
            problems.note(spot.wrong("bad-header", message, "delete the line", on="key"))


def _hold_private(bound: Mapping[str, Any], problems: Problems) -> None:
    for key in ("url", "write") if bound.get("private") is not True else ():
        url = bound.get(key)
        if isinstance(url, str) and is_private(url):
            spot = problems.spot("telemetry", key)
            message = f"`{spot.name}` is a loopback or private address"
            hint = "add private = true to [telemetry] if that is meant"
            problems.note(spot.wrong("private-address", message, hint))


def _hold_match(raw: Mapping[str, Any], problems: Problems) -> None:
    environments = raw.get("environments")
    for name, bound in environments.items() if isinstance(environments, dict) else ():
        if isinstance(bound, dict) and "match" in bound:
            spot = problems.spot("environments", name, "match")
            message = f"`{spot.name}` is for a remote engine, and the embedded one answers"
            hint = f'bind telemetry.source = "prometheus", or delete match from [environments.{quoted(name)}]'
            problems.note(spot.wrong("not-asked", message, hint, on="key", level="warning"))
