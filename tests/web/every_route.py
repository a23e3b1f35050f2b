"""Every route of the assembled application, in a service where whatever an address can name is there."""

import re
from collections.abc import Callable
from typing import Any

from litestar.testing import TestClient

from opsguide.incidents.links import Link, feed_key, sign
from tests.api_examples import ACCESS, DEEDS, told
from tests.cast import P95, UPTIME
from tests.documented import needs
from tests.web.served import KEY, Served, settled
from tests.web.signed_in import BASE, rows

MAILBOX = "zoe@harbour.example"
MORE = """
[sources.alertmanager]
kind = "alertmanager"
secret = "env:ALERTMANAGER"
[probes.backup]
heartbeat = "1h"
severity = "high"
[status.components.shop]
label = "Shop"
environment = "production"
"""


class Whole(Served):
    """`invitation` is the secret of a one-time link for an account."""

    invitation = ""


FIRST = (
    "publish_update",
    "add_task",
    "make_silence",
    "make_override",
    "ask_swap",
    "announce_maintenance",
    "start",
)
"""What is done by examples of the API so that there is something to name."""

VALUES: dict[str, Callable[[Whole], str]] = {
    "account": lambda served: served.identity.accounts.find("bogdan").id,
    "channel": lambda _: "ana-phone",
    "database": lambda _: "shop",
    "drill": lambda _: "DRILL-1",
    "entry": lambda _: "16",
    "incident": lambda _: "INC-1",
    "maintenance": lambda _: "MNT-1",
    "override": lambda _: "OVR-1",
    "page": lambda _: "home",
    "probe": lambda _: "checkout",
    "promise": lambda _: UPTIME,
    "region": lambda _: "eu-west",
    "section": lambda _: "lessons",
    "seq": lambda _: "1",
    "signal": lambda _: "availability",
    "silence": lambda _: "SIL-1",
    "source": lambda _: "alertmanager",
    "subscriber": lambda served: served.subscribers.ask("mail", MAILBOX, served.now()).id,
    "swap": lambda _: "SWAP-1",
    "task": lambda _: "1",
    "team": lambda _: "core-platform",
    "token": lambda served: served.identity.tokens.all()[0].id,
    "version": lambda _: "2",
}
"""Parameter → something that there is."""

WHOLE: dict[str, Callable[[Whole], str]] = {
    "/api/{path}": lambda _: "/api/openapi.json",
    "/api/v1/history": lambda _: f"/api/v1/history?promise={P95}",
    "/api/v1/search": lambda _: "/api/v1/search?q=production",
    "/explore/values": lambda _: "/explore/values?q=up",
    "/on-call/override": lambda _: "/on-call/override?team=core-platform",
    "/on-call/people/{file}": lambda _: f"/on-call/people/ana.ics?key={feed_key('people', 'ana', 0, KEY)}",
    "/on-call/teams/{file}": lambda _: (
        f"/on-call/teams/core-platform.ics?key={feed_key('teams', 'core-platform', 0, KEY)}"
    ),
    "/page/{token}": lambda served: f"/page/{_page_link(served)}",
    "/page/{token}/acknowledge": lambda served: f"/page/{_page_link(served)}/acknowledge",
    "/ping/{probe}/{secret}": lambda _: "/ping/backup/secret-of-backup",
    "/ping/{probe}/{secret}/{word}": lambda _: "/ping/backup/secret-of-backup/start",
    "/probes/{probe}/address": lambda _: "/probes/backup/address",
    "/prometheus/api/v1/label/{name}/values": lambda _: "/prometheus/api/v1/label/job/values",
    "/prometheus/api/v1/query": lambda _: "/prometheus/api/v1/query?query=up",
    "/prometheus/api/v1/query_exemplars": lambda _: (
        "/prometheus/api/v1/query_exemplars?query=up&start=0&end=1"
    ),
    "/prometheus/api/v1/query_range": lambda _: (
        "/prometheus/api/v1/query_range?query=up&start=0&end=60&step=15"
    ),
    "/prometheus/api/v1/series": lambda _: "/prometheus/api/v1/series?match[]=up",
    "/report/{file}": lambda _: "/report/2026-11.json",
    "/set-up/{token}": lambda served: f"/set-up/{served.invitation}",
    "/swap/{token}": lambda served: f"/swap/{_swap_link(served)}",
    "/swap/{token}/accept": lambda served: f"/swap/{_swap_link(served)}/accept",
    "/swap/{token}/decline": lambda served: f"/swap/{_swap_link(served)}/decline",
    "/static/{name}": lambda _: "/static/console.js",
}
"""Routes whose address is more than their parameters, or where a parameter means something else."""

REGION = {"authorization": "Bearer what env:REGION_EU_WEST_TOKEN holds"}
HEADERS: dict[str, dict[str, str]] = {
    "/in/{source}": {"authorization": "Bearer what env:ALERTMANAGER holds"},
    "/in/{source}/v2/enqueue": {"authorization": "Bearer what env:ALERTMANAGER holds"},
    "/regions/{region}/looks": REGION,
    "/regions/{region}/plan": REGION,
}
"""What opens a link whose secret is no part of its address."""

ENDLESS = {"/events", "/api/v1/events"}
"""Streams: a client that waits for the end of the answer would wait for ever."""

ROUTES = needs()


def whole() -> Whole:
    """The service of the API's examples, with one of everything that an address can name."""
    served = told(Whole(), MORE)
    with TestClient(served.app, base_url=BASE) as client:
        deeds = [DEEDS[name] for name in FIRST] + [ACCESS[name] for name in ("add_account", "make_token")]
        for path, body in deeds:
            answer = client.post(path, json=body)
            assert answer.is_success, answer.text
    bogdan = served.identity.accounts.find("bogdan")
    served.subscribers.ask("mail", MAILBOX, served.now())
    served.invitation = settled(served.identity.accounts.link(bogdan, "test"))
    return served


def path_of(route: str, served: Whole) -> str:
    """The route with something that there is for each parameter. Fails for a parameter that nobody filled."""
    if route in WHOLE:
        return WHOLE[route](served)
    unknown = [name for name in re.findall(r"\{(\w+)\}", route) if name not in VALUES]
    assert not unknown, (
        f"{route}: say in tests/web/every_route.py (VALUES, or WHOLE for this route) what {unknown[0]} is"
    )
    return re.sub(r"\{(\w+)\}", lambda found: VALUES[found[1]](served), route)


def _page_link(served: Served) -> str:
    return sign(Link("INC-1", "ana", served.now() + 1000), KEY)


def _swap_link(served: Served) -> str:
    return sign(Link("SWAP-1", "bogdan", served.now() + 1000), KEY)


def every(*verbs: str) -> list[tuple[str, str]]:
    """The routes of these methods, without endless ones."""
    found = [(verb, path) for verb, _, path in (route.partition(" ") for route in ROUTES)]
    return [one for one in found if one[0] in verbs and one[1] not in ENDLESS]


GETS, DEEDS_OF_PEOPLE = every("GET"), every("POST", "PUT", "PATCH", "DELETE")

FORM = {
    "by": "ana",
    "person": "ana",
    "title": "cards are refused",
    "text": "the disk is full",
    "reason": "an index is being built",
    "severity": "high",
    "role": "commander",
    "phase": "identified",
    "into": "INC-2",
    "entry": "6",
    "signal": "error_rate",
    "range": "6h",
    "state": "done",
    "base": "0",
    "match": 'alert="slow_response_time"',
    "hours": "2",
    "promise": UPTIME,
    "team": "core-platform",
    "other": "bogdan",
    "asker": "ana",
    "start": "2026-12-24T09:00",
    "end": "2026-12-24T18:00",
    "what": "upgrade PostgreSQL",
    "note": "looked at the vault",
    "name": "eve",
    "label": "a program",
    "scopes": "read",
    "days": "30",
}
"""What the console's forms send, all fields at once: whoever is let in where nobody may does something."""

_BODIES: dict[str, Any] = dict([*DEEDS.values(), *ACCESS.values()])
_BODIES["/api/v1/swaps/SWAP-1/decline"] = {"by": "bogdan"}
_BODIES["/api/v1/incidents/INC-1/updates/16/correct"] = DEEDS["correct_update"][1]


def call_of(served: Whole, route: str) -> dict[str, Any]:
    """The address of a route (`POST /incidents`), and what a browser or a program sends to it."""
    verb, _, path = route.partition(" ")
    address = path_of(path, served)
    if verb == "GET":
        return {"url": address}
    if path.startswith("/api/"):
        return {"url": address, "json": _BODIES.get(address, {"by": "ana"})}
    return {"url": address, "data": FORM}


def call(client: TestClient[Any], served: Whole, route: str, **more: Any) -> Any:
    """Ask it."""
    return client.request(route.partition(" ")[0], **call_of(served, route), **more)


def everything(served: Served) -> str:
    """Whatever a request could change, to compare: ledger, tables, samples, signs of life, checks of the lab."""
    return repr(
        (
            served.head,
            rows(served),
            served.subscribers.all(),
            served.telemetry.series([], 0, served.now()),
            served.probing.beats,
            served.lab.checks,
        )
    )
