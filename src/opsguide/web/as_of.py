"""Any page of standing as of a past instant (`?as-of=`): the guide and the standing of then, and nothing to press."""

import re
from typing import Any
from urllib.parse import quote

from litestar import Request, get
from litestar.params import FromQuery
from litestar.response import Redirect

from ..kernel.clock import Instant, parse_instant, rfc3339
from ..kernel.errors import Refused
from .addresses import local_path
from .console import Console
from .guard import SAFE

QUERY = "as-of"

_LINK = re.compile(r'(<a\b[^>]*?\bhref=")(/(?!static/)[^"?#]*)(?:\?([^"#]*))?(#[^"]*)?"')
_DEED = re.compile(r'<form\b[^>]*\bmethod="post"[^>]*>.*?</form>', re.DOTALL)


async def console_for(request: Request[Any, Any, Any], console: Console) -> Console:
    """What a request is told of: now, or the instant that it names. Raises Refused where there is none such."""
    asked = request.query_params.get(QUERY)
    if asked is None:
        return console
    if request.method not in SAFE:
        raise Refused("the past cannot be changed", reason="past", hint=f"leave `{QUERY}` away")
    return await console.at(instant_of(asked, console.now()))


def instant_of(text: str, now: Instant) -> Instant:
    """The instant in an address, where a + may have become a blank. Raises Refused, saying what to write."""
    try:
        at = parse_instant(text.strip().replace(" ", "+"))
    except ValueError as error:
        raise Refused(
            str(error), reason="malformed_instant", where=QUERY, hint="give it a zone, as Z"
        ) from None
    if at > now:
        what = f"{rfc3339(at)} is still to come: it is {rfc3339(now)}"
        raise Refused(what, reason="unknown_instant", where=QUERY, hint="name an instant that is over")
    return at


def carried(html: str, at: Instant) -> str:
    """A page of the past: its links stay in the past (but for `data-now`), and there is nothing to press."""
    asked = f"{QUERY}={quote(rfc3339(at), safe=':')}"

    def then(found: re.Match[str]) -> str:
        start, path, query, anchor = found.groups()
        if "data-now" in start:
            return found.group()
        query = f"{query}&amp;{asked}" if query else asked
        return f'{start}{path}?{query}{anchor or ""}"'

    return _LINK.sub(then, _DEED.sub("", html))


@get("/as-of", needs="read", include_in_schema=False)
async def go(at: FromQuery[str] = "", to: FromQuery[str] = "/") -> Redirect:
    """Where the field of the banner leads: the page `to` as of `at`, which a browser sends without a zone (UTC)."""
    page = local_path(to)
    if not at:
        return Redirect(page, status_code=303)
    moment = at if re.search(r"(Z|[+-]\d\d:?\d\d)$", at) else f"{at}Z"
    return Redirect(f"{page.partition('?')[0]}?{QUERY}={quote(moment, safe=':')}", status_code=303)


HANDLERS = (go,)
