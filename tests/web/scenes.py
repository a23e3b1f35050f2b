"""Three services to look at: one that has only its guide, one on an ordinary day, and the worst day of a large one."""

import math
import tempfile
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

from opsguide.app.status_page.subscribers import PAUSED_AFTER
from opsguide.guide.adoption import Adopt
from opsguide.guide.promise import Promise
from opsguide.guide.values import Alert, Objective
from opsguide.incidents.commands import Acknowledge, AddNote, Open, Resolve, Silence
from opsguide.incidents.links import Link, sign
from opsguide.incidents.process.commands import AddTask, AssignRole, AttachChart, Pin, Update
from opsguide.kernel.clock import after, rfc3339, to_datetime
from opsguide.kernel.ports import Sample
from opsguide.kernel.standing import Verdict
from opsguide.monitoring.commands import Counted, Probed
from opsguide.monitoring.databases.sessions import Session
from opsguide.monitoring.databases.watcher import Seen, Watcher
from opsguide.monitoring.rules import bound_for
from opsguide.readers import ALL
from opsguide.service.adopting import read_both
from opsguide.web.shell import Shell
from tests.web.served import KEY, Served, settle

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
DAY = 86_400.0
LONG = "Checkout with stored payment methods for returning customers in the European shop"
assert 78 <= len(LONG) <= 82

VALUES: dict[str, tuple[str, str]] = {
    "error_rate": ("0.2 %", "7.3 %"),
    "response_time": ("143 ms", "430 ms"),
    "query_time": ("61 ms", "290 ms"),
    "pool_utilisation": ("41 %", "88 %"),
    "active_connections": ("41 %", "88 %"),
    "availability": ("99.96 %", "99.2 %"),
}


def adopt(served: Served, guide: str, bindings: str) -> None:
    """Put a text and its bindings in force, read as `serve` reads them."""
    with tempfile.TemporaryDirectory() as folder:
        text, bound = Path(folder) / "operations.md", Path(folder) / "opsguide.toml"
        text.write_text(guide, encoding="utf-8")
        bound.write_text(bindings, encoding="utf-8")
        read = read_both(text, bound, ALL)
    assert isinstance(read, Adopt), read
    served.do(read)


def promises(served: Served) -> tuple[Promise, ...]:
    current = served.guide.current
    assert current is not None
    return current.adopted.reading.promises


def see(served: Served, promise: Promise, verdict: Verdict) -> None:
    """A look at a promise, in values as its signal has them."""
    values = promise.values
    good, bad = VALUES.get(values.signal, ("12", "31")) if isinstance(values, Alert | Objective) else ("", "")
    value = {"kept": good, "unproven": ""}.get(verdict, bad)
    bound = bound_for(served.state("monitoring"), promise)
    served.evidence(promise.id, verdict, value, bound.text if bound is not None else "", seconds=1.2 * DAY)


def measured(served: Served) -> list[Promise]:
    return [one for one in promises(served) if isinstance(one.values, Alert | Objective)]


def bare() -> Served:
    """A guide with nothing bound: the first minute of every team."""
    served = Served()
    adopt(served, (EXAMPLES / "operations.md").read_text("utf-8"), 'service = "Harbour"\n')
    return served


def ordinary() -> Served:
    """The example's shop after two weeks: most is kept, two lines are broken, one incident is being worked on."""
    served = Served()
    adopt(
        served,
        (EXAMPLES / "operations.md").read_text("utf-8"),
        (EXAMPLES / "opsguide.toml").read_text("utf-8").replace('every = "2s"', 'every = "15s"'),
    )
    looked = measured(served)
    slow = next(one for one in looked if is_about(one, Objective, "response_time"))
    errors = next(one for one in looked if is_about(one, Alert, "error_rate"))
    pool = next(one for one in looked if is_about(one, Alert, "active_connections"))
    for day in range(14):
        for one in looked:
            see(served, one, "broken" if day in (4, 9) and one is slow else "kept")
        served.evidence("environment:production", "kept", "86 ms")
        if day == 4:
            _finished(served, slow)
        if day in (2, 8, 12):
            _outage(served, 260.0 * day)
        _requests(served, 24, failing=9 if day == 8 else None)
    _an_hour(served)
    for one in looked:
        see(served, one, "broken" if one is slow or is_about(one, Objective, "error_rate") else "kept")
    served.evidence("environment:production", "kept", "86 ms")
    see(served, pool, "at_risk")
    see(served, errors, "broken")
    _burn(served, errors)
    quiet = Silence(
        ('alert="nightly_report"',), 4 * 3600, "bogdan", "The export runs until noon; Bogdan watches it."
    )
    served.do(quiet, actor="person:bogdan")
    _connected(served, [_session(number, waits_for=1 if number > 3 else None) for number in range(1, 9)])
    _subscribed(served)
    return served


def _subscribed(served: Served) -> None:
    """Six people and a webhook are told by the status page; one has a full mailbox, one never confirmed."""
    kept, now = served.subscribers, served.now()
    addresses = [f"{name}@example.com" for name in ("ada", "grace", "edsger", "barbara", "tony", "frances")]
    people = [kept.ask("mail", name, after(now, -9 * DAY)) for name in addresses]
    hook = kept.ask("webhook", "https://hooks.example.com/services/T024/B1J9/status", after(now, -DAY))
    for one in (*people[:-1], hook):
        kept.confirm(one, one.asked_at)
    for number in range(PAUSED_AFTER):
        kept.failed(people[1], f"m{number}", after(now, -7200), "the mail server answers 552", final=True)
    kept.failed(hook, "m1", after(now, -240), "it answered 503", final=False)


def _outage(served: Served, seconds: float) -> None:
    """Production does not answer for so long: what opens by that is over with it."""
    served.do(Probed("production", True, 0.086))
    for _ in range(3):
        served.do(Probed("production", False, 0.0, "it takes no connection"))
    served.clock.advance(min(seconds, 1200))
    served.do(Probed("production", True, 0.086))


def _requests(served: Served, hours: int, failing: int | None = None) -> None:
    """Hours of traffic, of which few requests fail but in one."""
    for hour in range(hours):
        start = served.now()
        served.clock.advance(DAY / 24)
        total = 70_000 + 30_000 * math.sin(hour / 4)
        share = 0.011 if hour == failing else 0.00003
        served.do(Counted("production", start, served.now(), total, total * share))


def is_about(promise: Promise, kind: type, signal: str) -> bool:
    return isinstance(promise.values, kind) and getattr(promise.values, "signal", "") == signal


def _an_hour(served: Served) -> None:
    """An hour of the shop's metrics, scraped every 15 s: the checkout begins to fail five minutes before its end."""
    target = {"job": "scrape", "environment": "production"}
    counts = dict.fromkeys(("200", "500"), 0.0)
    buckets = dict.fromkeys(("0.1", "0.2", "0.5", "1", "+Inf"), 0.0)
    for step in range(240):
        failing = step >= 220
        wave = 1 + math.sin(step / 17) / 3 + (step % 7) / 20
        counts["200"] += 400 * wave
        counts["500"] += 400 * wave * (0.079 if failing else 0.002)
        for le, share in zip(buckets, (0.6, 0.9 if failing else 0.965, 0.97, 0.99, 1.0), strict=True):
            buckets[le] += 400 * wave * share
        used = 8 + 5 * wave + (3 if failing else 0)
        samples = [
            *(Sample({"__name__": "http_requests_total", "status": code}, n) for code, n in counts.items()),
            *(
                Sample({"__name__": "http_request_duration_seconds_bucket", "le": le}, n)
                for le, n in buckets.items()
            ),
            Sample({"__name__": "db_pool_connections_in_use"}, used),
            Sample({"__name__": "db_pool_connections_max"}, 20.0),
            Sample({"__name__": "probe_success"}, 1.0),
        ]
        served.clock.advance(15)
        served.telemetry.ingest(samples, served.now(), target)
    settle(served.board.follow())


def _burn(served: Served, errors: Promise) -> None:
    served.do(
        Open(
            key=errors.id,
            title="high_error_rate: 7.3 % > 5 %",
            reason="high_error_rate is 7.3 %, > 5 % for 5 m (line 51)",
            severity="critical",
            promise=errors.id,
        )
    )
    served.deliver()
    served.clock.advance(95)
    incident = served.state("incidents").by_key[errors.id]
    served.do(Acknowledge(incident, "ana"), actor="person:ana")
    note = "The checkout answers 500 since the 14:02 deploy. Rolling back."
    served.do(AddNote(incident, "ana", note), actor="person:ana")
    _worked_on(served, incident)
    served.clock.advance(40)


def _worked_on(served: Served, incident: str) -> None:
    """A commander, an update for everybody, two tasks, a chart, and the note that says why."""
    until = after(served.now(), 7 * DAY)
    said = "Orders fail since 14:02 UTC. We know the cause and are going back to the version before."
    for command in (
        Pin(incident, served.head.seq, "ana"),
        AssignRole(incident, "commander", "ana", "ana"),
        Update(incident, "ana", said, public=True, phase="identified"),
        AddTask(incident, "ana", "Tell the warehouse that orders are late", "bogdan"),
        AddTask(incident, "ana", "Try a deploy on one instance first", "ana", until),
        AttachChart(incident, "error_rate", "1h", served.now(), "ana", "Errors jump with the deploy"),
    ):
        served.do(command, actor="person:ana")


def _finished(served: Served, promise: Promise) -> None:
    served.do(
        Open(
            key=promise.id,
            title="Response times above 300 ms",
            reason="p95 is 430 ms, > 300 ms for 5 m",
            severity="high",
            promise=promise.id,
        )
    )
    served.deliver()
    served.clock.advance(420)
    incident = served.state("incidents").by_key[promise.id]
    served.do(Acknowledge(incident, "bogdan"), actor="person:bogdan")
    served.clock.advance(2600)
    served.do(Resolve(incident, "bogdan", "A missing index on orders; added it."), actor="person:bogdan")


def large_guide(services: int = 25) -> tuple[str, str]:
    """A guide of fourteen promises a service, each with an unreasonably long name; and its bindings."""
    parts = ["# Operations of everything that we run, in every country, on every continent and in between\n"]
    for number in range(1, services + 1):
        parts.append(_service(number))
    people = "".join(
        f'[people.p{n}]\nname = "{LONG[:60]} {n:02}"\nchannels = ["phone"]\n' for n in range(1, 9)
    )
    bindings = (
        'service = "Everything that we run, in every country, on every continent and between"\n'
        '[environments.production]\nurl = "http://127.0.0.1:9/health"\n'
        'metrics = "http://127.0.0.1:9/metrics"\nprivate = true\n'
        '[severities]\nwarning = "medium"\n[channels.phone]\nurl = "json://127.0.0.1:9/phone"\n'
        + people
        + '[teams.core-platform]\nmembers = ["p1", "p2"]\n'
        '[teams.core-frontend]\nmembers = ["p2", "p3"]\n'
    )
    return "\n".join([*parts, COMMON]), bindings


ALERTS = (
    ("error_rate", "5%", "critical"),
    ("p95_response_time", "500ms", "warning"),
    ("p99_response_time", "2s", "warning"),
    ("active_connections", "80%", "warning"),
    ("query_time", "200ms", "warning"),
    ("pool_utilisation", "80%", "high"),
    ("latency", "1s", "medium"),
    ("cpu_usage", "90%", "medium"),
)


def _service(number: int) -> str:
    name = f"{LONG} {number}"
    alerts = "".join(
        f"  {signal}_of_service_{number}_in_the_checkout_for_returning_customers_of_the_shop:\n"
        f"    condition: {signal} > {limit}\n    duration: 5m\n    severity: {severity}\n\n"
        for signal, limit, severity in ALERTS
    )
    return f"""
## {number}. {name}

What {name} promises to everybody who stands on it, and what we do when it does not.

- **Response times**: p95 below 200 ms, for every page of {name} that a customer can reach

| Scenario | RTO | RPO |
|---|---|---|
| Database {number} of {name} is lost | 4 hours | 1 hour |
| Region {number} is out | 8 hours | 1 hour |
| Everything in {number} fails | 24 hours | 4 hours |

### Alerts of {name}

```yaml
alerts:
{alerts}```
"""


COMMON = """
## When something breaks

| Severity | What it means | Acknowledged within | Resolved within |
|---|---|---|---|
| Critical | System down, data loss, or a break-in | 15 minutes | 2 hours |
| High | A major feature is broken | 1 hour | 8 hours |
| Medium | A minor feature misbehaves | 4 hours | 24 hours |

### Who is on call

1. **Primary**: @core-platform
2. **Secondary**: @core-frontend
"""


def worst(incidents: int = 40) -> Served:
    """Three hundred promises, forty incidents open, names of eighty characters."""
    served = Served()
    adopt(served, *large_guide())
    looked = measured(served)
    verdicts: tuple[Verdict, ...] = ("kept", "broken", "at_risk", "kept", "broken", "unproven", "kept")
    for place, one in enumerate(looked):
        see(served, one, verdicts[place % len(verdicts)])
    for number in range(incidents):
        one = looked[number % len(looked)]
        served.do(
            Open(
                key=f"{one.id}/{number}",
                title=f"{LONG}: 7.3 % > 5 %",
                reason=f"{LONG} is 7.3 %, > 5 % for 5 m (line {one.span.line})",
                severity=("critical", "high", "medium")[number % 3],
                promise=one.id,
            )
        )
        served.clock.advance(170)
        if number % 3:
            served.do(Acknowledge(f"INC-{number + 1}", f"p{number % 8 + 1}"), actor="person:p1")
    for one in looked[:20]:
        see(served, one, "broken")
    crowd = [_session(number, waits_for=number // 3 or None, application=LONG) for number in range(1, 240)]
    _connected(served, crowd)
    return served


def _connected(served: Served, sessions: list[Session]) -> None:
    """A watched database with these sessions."""
    watcher = Watcher(
        url=str,
        target={"job": "postgresql", "environment": "production", "database": "shop"},
        every=15.0,
        limits=frozenset,
        telemetry=served.telemetry,
        clock=served.clock,
        problem="",
    )
    watcher.seen = watcher.blocked = Seen(served.now(), tuple(sessions))
    served.board.watchers = {"shop": watcher}


def _session(number: int, waits_for: int | None, application: str = "harbour shop") -> Session:
    return Session(
        pid=12_000 + number,
        role="harbour",
        application=f"{application} {number % 5}",
        state="active" if waits_for else "idle in transaction",
        wait_type="Lock" if waits_for else "Client",
        wait_event="relation" if waits_for else "ClientRead",
        transaction_seconds=3.0 * number,
        query_seconds=3.0 * number,
        state_seconds=2.5 * number,
        query="UPDATE products SET stock = CASE WHEN stock > 0 THEN stock - 1 ELSE $2 END WHERE id = $1" * 2,
        blockers=(12_000 + waits_for,) if waits_for else (),
        lock="AccessExclusiveLock on a_table_with_a_long_name_partitioned_by_month_2026_11"
        if waits_for
        else "",
        waited_seconds=2.5 * number if waits_for else None,
    )


def pages(served: Served) -> dict[str, str]:
    """Name → address: all that the top bar leads to, and a promise and an incident that have something to tell."""
    links = Shell(served, served.pages).links
    found = {link.text.casefold().replace(" ", "-"): link.href for link in links} | {
        "search": "/search?q=error",
        "fact": f"/ledger/{served.head.seq}",
        "then": f"/?as-of={rfc3339(served.now())}",
    }
    if signals := served.board.named():
        found["signal"] = f"/signals/{signals[0].name}"
        found["explored"] = "/explore?q=probe_success"
    standings = served.standings()
    broken = [one.id for one in promises(served) if standings[one.id].kind == "broken"]
    found["promise"] = f"/promises/{broken[0] if broken else promises(served)[-1].id}"
    incidents = served.state("incidents").open
    if incidents:
        found["incident"] = f"/incidents/{next(iter(incidents))}"
        if served.publishing.bound() is not None:
            found["tell-the-public"] = f"{found['incident']}/public"
        person = next(iter(served.state("incidents").bindings.people))
        link = Link(next(iter(incidents)), person, after(served.now(), 3600))
        found["page-link"] = f"/page/{sign(link, KEY)}"
    if over := [one.id for one in served.state("incidents").closed.values() if one.severity == "critical"]:
        found["postmortem"] = f"/incidents/{over[-1]}/postmortem"
    if rotations := served.state("incidents").bindings.rotations:
        team = next(iter(rotations))
        found |= {
            "hand-off": f"/on-call/handoff/{team}",
            "load": "/on-call/load",
            "override": f"/on-call/override?{urlencode(_override(served, team))}",
        }
    return found


def _override(served: Served, team: str) -> dict[str, str]:
    """Carmen stands in for a day: the form with what would change."""
    start = to_datetime(after(served.now(), 2 * DAY)).replace(tzinfo=None)
    end = start + timedelta(days=1)
    people = list(served.state("incidents").bindings.people)
    return {
        "team": team,
        "person": people[-1],
        "start": start.isoformat("T", "minutes"),
        "end": end.isoformat("T", "minutes"),
        "reason": "a wedding",
    }
