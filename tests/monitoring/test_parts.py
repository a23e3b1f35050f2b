"""What the guide says of a part of the service is judged by that part: never by all of it, and by nothing unbound."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from opsguide.app.alerts.export import exported
from opsguide.cli import app
from opsguide.guide.adoption import Adopt
from opsguide.guide.bindings import Bindings, Missing, Scoped, part_of, read_bindings, unbound
from opsguide.guide.parts import part_named
from opsguide.guide.reading import read
from opsguide.guide.values import Objective
from opsguide.kernel.ports import Sample
from opsguide.monitoring.catalogue import catalogue
from opsguide.monitoring.commands import Observe, Probed
from opsguide.monitoring.counting import Counting
from opsguide.monitoring.facts import EnvironmentDown
from opsguide.monitoring.looking import Looker
from opsguide.monitoring.observing import Observer
from opsguide.monitoring.spending import accounts
from opsguide.monitoring.state import State
from opsguide.readers import ALL
from opsguide.telemetry.embedded import Embedded
from tests.world import World, a_promise, a_reading

GUIDE = """# Shop

## Monitoring

- Uptime: 99.9%
- Uptime of staging is 99%
- Availability of checkout is 99.5%
- Error rate: < 5%
- Error rate for checkout: < 5%
- Response time p95: < 300 ms
- Checkout response time p95: < 300 ms
"""
PRODUCTION = """
[environments.production]
url = "https://shop.example/health"
metrics = "https://shop.example/metrics"
every = "15s"
"""
CHECKOUT = """
[scopes]
Checkout = 'service="checkout"'
"""
STAGING = """
[environments.staging]
url = "https://staging.shop.example/health"
"""
COUNTED = """
[objectives."monitoring.objective.availability.checkout"]
count = "requests"
[objectives."monitoring.objective.availability"]
count = "requests"
"""
ERRORS, P95, UPTIME = (
    f"monitoring.objective.{name}" for name in ("error_rate", "response_time.p95", "availability")
)
ERRORS_THERE = "monitoring.objective.error_rate.error_rate_for_checkout"
P95_THERE = "monitoring.objective.response_time.checkout_response_time_p95.p95"
UPTIME_THERE, UPTIME_OF_STAGING = f"{UPTIME}.checkout", f"{UPTIME}.staging"


class Shop:
    """Checkout fails half of its few requests and takes 400 ms; the rest of the shop is fast and fails never."""

    def __init__(self, bindings: str, guide: str = GUIDE) -> None:
        self.world, self.telemetry = World(), Embedded()
        self.reading = read(guide, ALL, where="guide.md")
        self.world.adopt(self.reading.promises, bindings)
        self.looker = Looker(telemetry=self.telemetry, bindings=lambda: self.state.bindings)
        self.observer = Observer(
            state=lambda: self.state,
            telemetry=self.telemetry,
            looker=self.looker,
            clock=self.world.clock,
            away=lambda _signal, _environment: "",
            live={},
        )
        self.counting = Counting(state=lambda: self.state, telemetry=self.telemetry, looker=self.looker)

    @property
    def state(self) -> State:
        found: State = self.world.engine.state("monitoring")
        return found

    def serve(self, minutes: int = 4) -> "Shop":
        for step in range(minutes * 4 + 1):
            self.world.clock.advance(15)
            served = [
                *_requests("front", step * 300, 0, 0.05),
                *_requests("checkout", step * 5, step * 5, 0.4),
            ]
            target = {"job": "scrape", "instance": "shop:80", "environment": "production"}
            self.telemetry.ingest(served, self.world.clock.now(), target)
            asyncio.run(self._round())
        return self

    async def _round(self) -> None:
        self.world.do(Observe(await self.observer.look("production", 15.0), 15.0))
        for one in await self.counting.due("production", 15.0, self.world.clock.now()):
            self.world.do(one)

    def kind(self, promise: str) -> str:
        return self.world.standing(promise).kind


def _requests(service: str, good: int, bad: int, seconds: float) -> Sequence[Sample]:
    counts = [Sample(_of("http_requests_total", service, status="200"), good)]
    counts.append(Sample(_of("http_requests_total", service, status="500"), bad))
    timer, every = "http_request_duration_seconds", good + bad
    counts += [
        Sample(_of(f"{timer}_bucket", service, le=str(le)), every if seconds <= le else 0)
        for le in (0.1, 0.5)
    ]
    counts.append(Sample(_of(f"{timer}_bucket", service, le="+Inf"), every))
    return [*counts, Sample(_of(f"{timer}_count", service), every)]


def _of(name: str, service: str, **labels: str) -> dict[str, str]:
    return {"__name__": name, "service": service, **labels}


def bound(text: str) -> Bindings:
    found, wrong = read_bindings(text)
    assert found is not None, wrong
    return found


def missing(text: str, guide: str = GUIDE) -> dict[str, Missing]:
    return {one.promise: one for one in unbound(read(guide, ALL, where="guide.md"), bound(text))}


def test_a_part_that_nobody_bound_is_unbound_and_the_key_is_told() -> None:
    shop = Shop(PRODUCTION).serve()
    assert [shop.kind(one) for one in (ERRORS, P95)] == ["kept", "kept"]
    assert [shop.kind(one) for one in (ERRORS_THERE, P95_THERE)] == ["unbound", "unbound"]
    found = missing(PRODUCTION)
    assert found[ERRORS_THERE].key == found[P95_THERE].key == "scopes.checkout"
    assert found[ERRORS_THERE].reason == "nothing says which part of the service checkout is"
    assert found[ERRORS_THERE].toml.startswith("[scopes]\ncheckout = ")


def test_init_writes_the_key_for_later_with_the_lines_that_need_it(tmp_path: Path) -> None:
    guide = tmp_path / "operations.md"
    guide.write_text(GUIDE, encoding="utf-8")
    assert CliRunner().invoke(app, ["init", str(guide), "--yes"]).exit_code == 0
    written = (tmp_path / "opsguide.toml").read_text(encoding="utf-8")
    assert "#checkout = 'job=\"…\"'\n#   needed by 2 promises:" in written


def test_a_part_that_is_bound_is_judged_by_its_own_series() -> None:
    shop = Shop(PRODUCTION + CHECKOUT).serve()
    assert [shop.kind(one) for one in (ERRORS, P95)] == ["kept", "kept"]
    assert [shop.kind(one) for one in (ERRORS_THERE, P95_THERE)] == ["broken", "broken"]
    named = [one.name for one in catalogue(shop.state, shop.looker.seen)]
    assert {"p95_response_time", "p95_response_time.checkout", "error_rate.checkout"} < {*named}


def test_a_part_without_series_has_no_data_and_stands_on_nothing_else() -> None:
    shop = Shop(PRODUCTION + "[scopes]\ncheckout = 'service=\"till\"'").serve()
    assert [shop.kind(one) for one in (ERRORS, ERRORS_THERE, P95_THERE)] == ["kept", "unproven", "unproven"]
    assert 'in service="till"' in shop.state.silent[ERRORS_THERE].problem


def test_a_part_may_be_all_of_the_service() -> None:
    shop = Shop(PRODUCTION + "[scopes]\ncheckout = '*'").serve()
    assert [shop.kind(one) for one in (ERRORS_THERE, P95_THERE)] == ["kept", "kept"]
    assert UPTIME_THERE not in missing(PRODUCTION + "[scopes]\ncheckout = '*'")


def test_a_signal_of_ones_own_is_of_a_part_only_under_a_name_of_its_own() -> None:
    whole = "[signals]\nerror_rate = 'vector(0.01)'\n"
    assert Shop(PRODUCTION + whole).serve(1).kind(ERRORS_THERE) == "unbound"
    own = whole + "'error_rate.checkout' = 'vector(0.2)'\n"
    shop = Shop(PRODUCTION + own).serve(1)
    assert [shop.kind(one) for one in (ERRORS, ERRORS_THERE)] == ["kept", "broken"]


def test_an_environment_in_a_line_is_judged_by_its_own_probes() -> None:
    assert missing(PRODUCTION)[UPTIME_OF_STAGING].key == "environments.staging.url"
    shop = Shop(PRODUCTION + STAGING)
    for _ in range(3):
        shop.world.clock.advance(15)
        shop.world.do(Probed("production", True, 0.05))
        shop.world.do(Probed("staging", False, 0.0, "refused"))
    (down,) = [one.fact.data for one in shop.world.history if isinstance(one.fact.data, EnvironmentDown)]
    assert (down.environment, down.promise) == ("staging", UPTIME_OF_STAGING)
    shop.world.pass_time(86_400)
    shop.world.do(Probed("production", True, 0.05))
    assert [shop.kind(one) for one in (UPTIME, UPTIME_OF_STAGING)] == ["kept", "broken"]
    assert [account.budget.spent > 0 for account in accounts(shop.state, "this", shop.world.clock.now())] == [
        False,
        True,
    ]


def test_the_availability_of_a_part_needs_probes_of_its_own() -> None:
    assert missing(PRODUCTION + CHECKOUT)[UPTIME_THERE].key == "environments.checkout.url"
    probed = PRODUCTION + "[environments.checkout]\nurl = 'https://shop.example/checkout/health'\n"
    assert UPTIME_THERE not in missing(probed)
    # What has an environment of its own needs no matchers: its series are those of that environment.
    assert ERRORS_THERE not in missing(probed)


def test_the_availability_of_a_part_by_requests_is_spent_by_its_own() -> None:
    shop = Shop(PRODUCTION + CHECKOUT + COUNTED).serve(10)
    assert {*shop.state.counts} == {"production", "checkout"}
    assert shop.kind(UPTIME_THERE) == "broken"
    found = accounts(shop.state, "this", shop.world.clock.now())
    budget = {account.promise.id: account.budget for account in found}
    assert budget[UPTIME_THERE].spent == pytest.approx(budget[UPTIME_THERE].total / 2, rel=0.1)
    assert budget[UPTIME].total > 20 * budget[UPTIME_THERE].total
    assert missing(PRODUCTION + COUNTED)[UPTIME_THERE].key == "scopes.checkout"


def test_an_exported_alert_of_a_part_selects_its_series() -> None:
    alert = Objective(signal="error_rate", op=">", ratio=0.1, level="alert", scope="checkout")
    reading, text = a_reading([a_promise(f"{ERRORS}.checkout.alert", alert)]), PRODUCTION + CHECKOUT
    told = exported(Adopt(text="", reading=reading, bindings=bound(text), bindings_text=text), "guide.md")
    assert told.rules == 1
    assert 'environment="production",service="checkout"' in " ".join(told.text.split())


@pytest.mark.parametrize(
    ("scope", "signal", "named"),
    [
        ("Error rate for checkout", "error_rate", "checkout"),
        ("Checkout response time p95", "response_time", "checkout"),
        ("95th percentile latency of search", "response_time", "search"),
        ("Disponibilidad de la tienda", "availability", "tienda"),
        ("Verfügbarkeit der Buchung", "availability", "buchung"),
        ("Disponibilitate checkout", "availability", "checkout"),
        ("checkout under normal traffic", "error_rate", "checkout under normal traffic"),
        ("GET /v2/balance", "response_time", "get /v2/balance"),
        ("Standard", "availability", "standard"),
        ("Service A", "availability", "service a"),
        ("API", "availability", "api"),
        # No parts: traffic as it usually is, and the signal itself.
        ("normal traffic", "error_rate", None),
        ("bei normalem Verkehr", "error_rate", None),
        ("apiResponse", "response_time", None),
        ("Progressive delivery", "Progressive delivery", None),
    ],
)
def test_a_part_is_what_the_guide_calls_it_without_the_signal(
    scope: str, signal: str, named: str | None
) -> None:
    assert part_named(Objective(signal=signal, scope=scope)) == named


@pytest.mark.parametrize("said", ["prod", "Production", "production environment"])
def test_another_word_for_an_environment_means_it(said: str) -> None:
    line = Objective(signal="error_rate", op="<", ratio=0.01, scope=said)
    assert part_of(line, bound(PRODUCTION), "production") == Scoped("production")
    assert part_of(line, bound(STAGING), "staging") is None


@pytest.mark.parametrize(
    "line",
    [
        "The site is up 99.9 % of the time.",
        "Our website is up 99.9 % of the month.",
        "Die Website ist zu 99,9 % verfügbar.",
        "Le site est disponible 99,9 % du temps.",
    ],
)
def test_who_says_that_the_site_is_up_means_all_of_it(line: str) -> None:
    reading = read(f"# Recipes\n\n## Service level\n\n- {line}\n", ALL, where="guide.md")
    (said,) = reading.promises
    assert isinstance(said.values, Objective)
    assert (said.id, said.values.scope) == (UPTIME, None)
    # Its probes are those of the service, so that times can come from them where a log tells none.
    assert [one.key for one in unbound(reading, bound(""))] == ["environments.production.url"]
