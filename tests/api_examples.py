"""What a small service really answers, by operation: `make reference` writes it into the description of the API."""

import json
import re
from typing import Any, TypeVar

from litestar.testing import TestClient

from opsguide.guide.promise import Finding
from opsguide.guide.values import Rule
from opsguide.incidents.commands import Acknowledge, Open
from opsguide.kernel.ports import Sample
from opsguide.kernel.promise import Span
from opsguide.monitoring.databases.query_times import LOOKS as LOOKING
from opsguide.monitoring.databases.sessions import Session
from opsguide.monitoring.databases.watcher import Heavy, Seen, Top, Watcher
from opsguide.monitoring.lab.checks import Check, Load
from opsguide.monitoring.observing import Live
from opsguide.monitoring.probes.looks import Look
from tests.cast import P95, PROMISES, UPTIME
from tests.guide.test_signing import BY_HAND, SECRETS
from tests.web.served import TEXT, Served, lined, settle
from tests.world import a_promise

PROBED = """
[regions.eu-west]
token = "env:REGION_EU_WEST_TOKEN"
[regions.us-east]
token = "env:REGION_US_EAST_TOKEN"
[rotations.core-platform]
zone = "Europe/Bucharest"
[[rotations.core-platform.layers]]
members = ["ana", "bogdan"]
start = 2026-11-16
[incidents.postmortem]
reviewers = ["bogdan"]
[probes.checkout]
url = "https://shop.example/checkout"
severity = "high"
[lab.home]
page = "https://shop.example/"
environment = "production"
judges = true
"""

APPROVAL = a_promise(
    "maintenance.rule.approval",
    Rule(rule="approval", demands=("approval", "required"), by="Bogdan"),
    keeper="maintenance",
    control="gate",
)

BASE = "http://127.0.0.1:8470"
INCIDENT = "/api/v1/incidents/INC-1"
OTHER = "/api/v1/incidents/INC-2"


S = TypeVar("S", bound=Served)


def told(served: S, more_bindings: str = "") -> S:
    """Production is down for a minute, response times are fine, and the guide was changed once."""
    served.adopt(promises=[lined(one) for one in PROMISES[1:]])
    served.clock.advance(3600)
    vague = Finding(
        rule="signal-without-limit",
        kind="missing",
        message="says no limit, so that nobody can tell whether it is kept",
        spans=(Span(9, 9),),
        proposal="write how much: `p95 < 200 ms`",
    )
    promises = [*(lined(one) for one in PROMISES), *BY_HAND[:1], APPROVAL]
    served.adopt(TEXT + "\n", promises=promises, findings=[vague], more_bindings=PROBED + more_bindings)
    served.evidence(P95, "kept", "143 ms", "< 200 ms")
    served.clock.advance(60)
    served.go_down()
    served.do(Open("stock", "stock counts are late", "reported by bogdan", severity="medium", says="bogdan"))
    served.do(Acknowledge("INC-2", "bogdan"))
    served.clock.advance(60)
    served.telemetry.ingest(
        [Sample({"__name__": "probe_success"}, 1.0)], served.now(), {"environment": "production"}
    )
    served.looked[P95] = Live(0.143, served.now())
    served.board.watchers = {"shop": a_database(served)}
    settle(_probed(served))
    served.lab.follow()
    served.lab.checks["home"] = a_check(served)
    return served


def a_check(served: Served) -> Check:
    """Three loads of a page as a phone; the second was disturbed."""
    loads = tuple(
        Load(
            lcp=lcp,
            cls=0.041,
            fcp=0.92,
            ttfb=0.61,
            tbt=0.18,
            bytes=1_340_000,
            requests=41,
            errors=1,
            said=("Failed to load resource: 404 (https://shop.example/favicon.ico)",),
        )
        for lcp in (1.84, 2.71, 1.91)
    )
    page = "https://shop.example/"
    return Check(served.now(), page, "mobile", loads, browser="Chrome/156.0.8078.108", seconds=34.2)


def a_database(served: Served) -> Watcher:
    """A deploy that forgot its transaction holds up a customer."""
    watcher = Watcher(
        url=str,
        target={"job": "postgresql", "environment": "production", "database": "shop"},
        every=15.0,
        limits=frozenset,
        telemetry=served.telemetry,
        clock=served.clock,
        problem="",
        query_times=LOOKING,
        top=Top(300.0, 12.5, (Heavy("select * from orders where id = $1", 5000, 10.0),)),
    )
    held, waits = (
        Session(
            pid=pid,
            role="harbour",
            application=application,
            state=state,
            wait_type=wait,
            wait_event=event,
            transaction_seconds=seconds,
            query_seconds=seconds,
            state_seconds=seconds,
            query=query,
            began="2026-11-23 03:55:00.25+00",
            blockers=blockers,
            lock=lock,
            waited_seconds=seconds if lock else None,
        )
        for pid, application, state, wait, event, seconds, query, blockers, lock in (
            (
                4711,
                "deploy",
                "idle in transaction",
                "Client",
                "ClientRead",
                90.0,
                "alter table orders …",
                (),
                "",
            ),
            (
                4712,
                "checkout",
                "active",
                "Lock",
                "relation",
                60.0,
                "select …",
                (4711,),
                "AccessShareLock on orders",
            ),
        )
    )
    watcher.seen = watcher.blocked = Seen(served.now(), (held, waits))
    return watcher


async def _probed(served: Served) -> None:
    """Two regions of three see the checkout."""
    served.probing.follow()
    for region in ("local", "eu-west"):
        look = Look(True, seconds=0.142, detail="200")
        served.probing.take("checkout", region, look, served.now())
    served.probing.regions["eu-west"].heard = served.now()
    await served.probing.judge("checkout")


LOOKS = {
    "list_feeds": "/api/v1/feeds",
    "databases": "/api/v1/databases",
    "database": "/api/v1/databases/shop",
    "status": "/api/v1/status?standing=kept",
    "guide": "/api/v1/guide",
    "statements": "/api/v1/guide/statements?limit=2",
    "findings": "/api/v1/guide/findings",
    "unbound_keys": "/api/v1/guide/unbound?limit=1",
    "versions": "/api/v1/guide/versions",
    "version": "/api/v1/guide/versions/2",
    "diff": "/api/v1/guide/versions/2/diff",
    "promises": "/api/v1/promises?keeper=monitoring&limit=2",
    "promise": f"/api/v1/promises/{UPTIME}",
    "history": f"/api/v1/history?promise={P95}",
    "ledger": "/api/v1/ledger",
    "facts": "/api/v1/facts?limit=2",
    "fact": "/api/v1/facts/2",
    "search": "/api/v1/search?q=production",
    "incidents": "/api/v1/incidents",
    "incident": INCIDENT,
    "export": f"{INCIDENT}/export",
    "postmortem": f"{INCIDENT}/postmortem",
    "timeline": f"{INCIDENT}/timeline?limit=2",
    "inbox": "/api/v1/inbox",
    "list_silences": "/api/v1/silences",
    "list_sources": "/api/v1/sources",
    "list_channels": "/api/v1/channels",
    "deploys": "/api/v1/deploys",
    "on_call": "/api/v1/on-call",
    "on_call_load": "/api/v1/on-call/load",
    "rotations": "/api/v1/rotations",
    "rotation": "/api/v1/rotations/core-platform?end=2026-12-01",
    "healthz": "/healthz",
    "rules": "/api/v1/rules?limit=1",
    "signals": "/api/v1/signals?limit=1",
    "signal": "/api/v1/signals/p95_response_time",
    "series": "/api/v1/signals/availability/series?range=1h",
    "list_probes": "/api/v1/probes?limit=1",
    "one_probe": "/api/v1/probes/checkout",
    "list_regions": "/api/v1/regions",
    "list_lab": "/api/v1/lab",
    "one_lab": "/api/v1/lab/home",
    "error_budgets": "/api/v1/budgets",
}
EVENING = {
    "team": "core-platform",
    "person": "ana",
    "start": "2026-11-25T18:00",
    "end": "2026-11-26T09:00",
}
DEEDS: dict[str, tuple[str, Any]] = {
    "open_incident": (
        "/api/v1/incidents",
        {"by": "ana", "title": "cards are refused", "severity": "high", "reason": "three customers called"},
    ),
    "change_severity": (
        f"{OTHER}/severity",
        {"by": "bogdan", "severity": "high", "reason": "orders are lost too"},
    ),
    "assign_role": (f"{INCIDENT}/roles", {"by": "ana", "role": "commander", "person": "bogdan"}),
    "publish_update": (
        f"{INCIDENT}/updates",
        {"by": "ana", "text": "We found the cause.", "audience": "everybody", "phase": "identified"},
    ),
    "correct_update": (
        f"{INCIDENT}/updates/22/correct",
        {"by": "ana", "text": "We found the cause: a full disk."},
    ),
    "let_go_of": ("/api/v1/signals/p95_response_time/let-go", {"by": "ana"}),
    "add_task": (
        f"{INCIDENT}/tasks",
        {"by": "ana", "text": "Alert on a full disk", "owner": "bogdan", "due": "2026-12-01"},
    ),
    "pin_entry": (f"{INCIDENT}/pins", {"by": "ana", "entry": 6}),
    "change_task": (f"{INCIDENT}/tasks/1", {"by": "ana", "owner": "ana"}),
    "attach_chart": (
        f"{INCIDENT}/charts",
        {"by": "ana", "signal": "error_rate", "range": "6h", "caption": "Errors jump"},
    ),
    "unacknowledge": (f"{OTHER}/unacknowledge", {"by": "bogdan", "reason": "my laptop died"}),
    "merge": (f"{OTHER}/merge", {"by": "ana", "into": "INC-1"}),
    "acknowledge": (f"{INCIDENT}/acknowledge", {"by": "ana"}),
    "add_note": (f"{INCIDENT}/notes", {"by": "ana", "text": "the disk of the database is full"}),
    "resolve": (f"{INCIDENT}/resolve", {"by": "ana", "reason": "made room on the disk"}),
    "require_postmortem": (f"{INCIDENT}/postmortem/require", {"by": "ana", "reason": "it may come again"}),
    "save_section": (
        f"{INCIDENT}/postmortem/sections/lessons",
        {"by": "ana", "text": "A full disk has to wake somebody before it is full.", "base": 0},
    ),
    "publish_postmortem": (f"{INCIDENT}/postmortem/publish", {"by": "ana"}),
    "review_postmortem": (
        f"{INCIDENT}/postmortem/review",
        {"by": "bogdan", "version": 1, "verdict": "changes", "note": "Why did nobody see it fill up?"},
    ),
    "reopen": (f"{INCIDENT}/reopen", {"by": "ana", "reason": "the disk is full again"}),
    "check_channel": ("/api/v1/channels/ana-phone/test", {"by": "ana", "person": "ana"}),
    "make_silence": (
        "/api/v1/silences",
        {
            "matchers": ['alert="slow_response_time"'],
            "seconds": 7200,
            "by": "ana",
            "reason": "an index is being built",
        },
    ),
    "end_silence": ("/api/v1/silences/SIL-1/end", {"by": "ana"}),
    "preview_override": ("/api/v1/overrides/preview", EVENING),
    "make_override": ("/api/v1/overrides", {**EVENING, "by": "ana"}),
    "ask_swap": (
        "/api/v1/swaps",
        {
            "team": "core-platform",
            "asker": "ana",
            "other": "bogdan",
            "start": "2026-12-01T18:00",
            "end": "2026-12-02T09:00",
            "reason": "a birthday",
            "by": "ana",
        },
    ),
    "accept_swap": ("/api/v1/swaps/SWAP-1/accept", {"by": "bogdan"}),
    "revoke_feed": ("/api/v1/feeds/revoke", {"kind": "people", "name": "ana", "by": "ana"}),
    "withdraw_override": ("/api/v1/overrides/OVR-1/withdraw", {"despite_hole": False, "by": "ana"}),
    "announce_maintenance": (
        "/api/v1/maintenance",
        {"what": "upgrade PostgreSQL", "start": "2026-12-06T02:00:00Z", "seconds": 7200, "by": "ana"},
    ),
    "cancel_maintenance": ("/api/v1/maintenance/MNT-1/cancel", {"by": "ana"}),
    "ask_emergency": (
        "/api/v1/maintenance/emergency",
        {"what": "Fail over to the second database: a disk is dying", "seconds": 3600, "by": "ana"},
    ),
    "approve_maintenance": (
        "/api/v1/maintenance/MNT-2/approve",
        {"by": "bogdan", "note": "if it is backed up"},
    ),
    "begin_maintenance": ("/api/v1/maintenance/MNT-2/begin", {"by": "ana"}),
    "announce_deploy": (
        "/api/v1/deploys",
        {
            "environment": "production",
            "version": "1.4.2",
            "by": "ana",
            "url": "https://ci.harbour.example/runs/812",
        },
    ),
    "check_lab": ("/api/v1/lab/home/check", None),
    "verify": ("/api/v1/ledger/verify", None),
    "start": ("/api/v1/drills", {"promise": UPTIME, "by": "ana", "fast": True}),
    "stop": ("/api/v1/drills/DRILL-1/stop", {"by": "ana"}),
    "backtest": (
        "/api/v1/backtests",
        {
            "guides": [{"text": "## Levels\n\n- Uptime: 99.99%\n"}],
            "start": "2026-11-23T03:00:00Z",
            "end": "2026-11-23T04:30:00Z",
        },
    ),
    "sign": (
        "/api/v1/signatures",
        {"promise": SECRETS, "by": "ana", "note": "looked at the vault", "until": "2026-12-24"},
    ),
    "withdraw": (
        "/api/v1/signatures/withdraw",
        {"promise": SECRETS, "by": "ana", "reason": "the vault moved"},
    ),
}
ACCOUNT = "/api/v1/accounts/bogdan"
ACCESS: dict[str, tuple[str, Any]] = {
    "set_up_link": ("/api/v1/set-up-link", None),
    "add_account": ("/api/v1/accounts", {"name": "bogdan", "shown": "Bogdan", "person": "bogdan"}),
    "give": (f"{ACCOUNT}/role", {"role": "responder", "team": "core-frontend"}),
    "make_token": (
        "/api/v1/tokens",
        {"label": "Grafana", "scopes": ["metrics:read"], "days": 90, "account": "bogdan"},
    ),
    "reset": (f"{ACCOUNT}/reset", {"second_factor": False}),
    "disable": (f"{ACCOUNT}/disable", None),
    "enable": (f"{ACCOUNT}/enable", None),
}
RANDOM = {
    r"\ba-[a-z2-9]{10}": "a-7k3f9q2mwx",
    r"\bt-[a-z2-9]{10}": "t-h4m8pz6rvb",
    r"\bs-[a-z2-9]{10}": "s-2q8rk5vynd",
    r"\b(og[ts]_)\w{49}": r"\g<1>" + "x" * 49,
}
"""What is another each time, as examples show it."""

REFUSED: dict[str, tuple[str, str, Any]] = {
    "incident": ("GET", "/api/v1/incidents/INC-9", None),
    "promise": ("GET", "/api/v1/promises/monitoring.objective.gone", None),
    "database": ("GET", "/api/v1/databases/gone", None),
    "facts": ("GET", "/api/v1/facts?limit=1000", None),
    "acknowledge": ("POST", f"{INCIDENT}/acknowledge", {"by": "bogdan"}),
    "resolve": ("POST", f"{INCIDENT}/resolve", {"by": "ana", "reason": 5}),
}


def examples() -> dict[str, Any]:
    """Operation → its request, and its answers by status."""
    found: dict[str, Any] = {}
    served = told(Served())
    with TestClient(served.app, base_url=BASE) as client:
        for name, path in LOOKS.items():
            answer = client.get(path)
            found[name] = {"responses": {str(answer.status_code): answer.json()}}
        for name, (path, body) in DEEDS.items():
            found[name] = _did(client, path, body)
            if name == "stop":
                found["drill"] = {"responses": {"200": client.get("/api/v1/drills/DRILL-1").json()}}
                found["drills"] = {"responses": {"200": client.get("/api/v1/drills?limit=1").json()}}
            if name == "accept_swap":
                found |= _swaps_without_an_end(client)
            if name in ("make_override", "ask_swap"):
                listed = name.partition("_")[2] + "s"
                found[listed] = {"responses": {"200": client.get(f"/api/v1/{listed}").json()}}
            if name == "announce_maintenance":
                found["list_maintenance"] = {"responses": {"200": client.get("/api/v1/maintenance").json()}}
            if name == "add_task":
                found["list_tasks"] = {"responses": {"200": client.get("/api/v1/tasks").json()}}
            if name == "sign":
                found["signatures"] = {"responses": {"200": client.get("/api/v1/signatures").json()}}
        for name, (verb, path, body) in REFUSED.items():
            answer = client.request(verb, path, json=body)
            found[name]["responses"][str(answer.status_code)] = answer.json()
        for name, (path, body) in ACCESS.items():
            found[name] = _did(client, path, body)
        for name in ("me", "accounts", "tokens"):
            found[name] = {"responses": {"200": client.get(f"/api/v1/{name}").json()}}
        token = found["tokens"]["responses"]["200"]["items"][0]["id"]
        subscriber = served.subscribers.ask("mail", "zoe@example.com", served.now())
        listed = client.get("/api/v1/status-page/subscribers").json()
        found["list_subscribers"] = {"responses": {"200": listed}}
        for name, deed in (("ask_subscriber", "resend"), ("remove_subscriber", "remove")):
            found[name] = _did(client, f"/api/v1/status-page/subscribers/{subscriber.id}/{deed}", None)
        found["revoke_token"] = _did(client, f"/api/v1/tokens/{token}/revoke", None)
        found["delete"] = _did(client, f"{ACCOUNT}/delete", None)
    return found


def _swaps_without_an_end(client: TestClient[Any]) -> dict[str, Any]:
    """One that is declined, and one that is withdrawn."""
    ask, body = DEEDS["ask_swap"]
    found = {}
    for deed, by in (("decline", "bogdan"), ("withdraw", "ana")):
        asked = client.post(ask, json={**body, "start": "2026-12-01T10:00", "end": "2026-12-01T12:00"}).json()
        found[f"{deed}_swap"] = _did(client, f"{ask}/{asked['id']}/{deed}", {"by": by})
    return found


def _did(client: TestClient[Any], path: str, body: Any) -> dict[str, Any]:
    answer = client.post(path, json=body, headers={"Idempotency-Key": "3f1c9a52"})
    sent = {} if body is None else {"request": body}
    return {**sent, "responses": {str(answer.status_code): answer.json()}}


def text() -> str:
    written = json.dumps(examples(), indent=1, ensure_ascii=False) + "\n"
    for pattern, shown in RANDOM.items():
        written = re.sub(pattern, shown, written)
    return written
