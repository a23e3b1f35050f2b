"""A public status page to look at: two months that were watched, an outage, a slow afternoon, a gap, and today."""

import asyncio

from opsguide.demo.ports import any_free
from opsguide.incidents.commands import Resolve
from opsguide.incidents.process.commands import Update
from opsguide.incidents.process.facts import Phase
from opsguide.kernel.clock import after, to_datetime
from opsguide.monitoring.commands import Probed
from opsguide.monitoring.probes.commands import Judged
from tests.cast import P95
from tests.web.running import Running
from tests.web.served import Served

HOUR, DAY = 3600.0, 86_400.0

PAGE = """
[probes.search]
tcp = "search.internal:9200"
[probes.mail]
tcp = "mail.internal:25"
[status]
title = "Harbour"
about = "The shop for everything that floats."
contact = "https://harbour.example/help"
url = "http://127.0.0.1:{port}"
port = {port}
webhooks = true
private = true
mail = {{ url = "smtp://127.0.0.1:{smtp}", sender = "status@harbour.example" }}
[status.components.shop]
label = "Shop"
about = "Browsing, the basket and orders"
group = "Storefront"
environment = "production"
[status.components.checkout]
label = "Checkout"
about = "Paying, by card and by invoice"
group = "Storefront"
environment = "production"
promise = "{promise}"
[status.components.search]
label = "Search"
group = "Storefront"
probe = "search"
[status.components.mail]
label = "Order e-mails"
group = "Messages"
probe = "mail"
"""
PLANNED = """
[[status.maintenance]]
title = "Moving to larger databases"
start = {start:%Y-%m-%dT%H:%M}:00
end = {end:%Y-%m-%dT%H:%M}:00
components = ["shop", "checkout"]
text = "You can browse; orders are taken again after some minutes."
"""


def opened(smtp: int = 9) -> Served:
    """The first minute: the page is bound, and everything was looked at once."""
    served = Served()
    served.adopt(more_bindings=_bindings(smtp))
    well(served)
    return served


def _bindings(smtp: int = 9, port: int = 0) -> str:
    return PAGE.format(port=port or any_free(), smtp=smtp, promise=P95)


def well(served: Served) -> None:
    """Everything answers."""
    served.do(Probed("production", True, 0.086))
    for probe in ("search", "mail"):
        served.do(Judged(probe, "up", "it answers"))
    served.evidence(P95, "kept", "143 ms", "200 ms", seconds=DAY)


def two_months() -> Served:
    """Sixty days of a shop: an outage, a slow afternoon, a night in which nobody watched; and a bad today."""
    served = opened()
    began = served.now()
    for day in range(60):
        served.clock.advance(DAY)
        if day == 17:
            _outage(served)
        if day == 31:
            served.do(Judged("mail", "down", "connection refused"))
            served.clock.advance(5400)
        if day == 44:
            served.evidence(P95, "broken", "610 ms", "200 ms", seconds=DAY)
            served.clock.advance(3 * HOUR)
        well(served)
    _watched(served, began)
    _maintained(served)
    _today(served)
    return served


def _watched(served: Served, began: int) -> None:
    """As if somebody had looked all the time but for eleven hours on the fortieth day."""
    away = after(began, 40 * DAY)
    now = after(served.now(), HOUR)
    served.state("status_page").attended[:] = [(began, away), (after(away, 11 * HOUR), now)]


def _outage(served: Served) -> None:
    for _ in range(3):
        served.do(Probed("production", False, 0.0, "it takes no connection"))
    incident: str = served.state("incidents").by_key["environment:production"]
    served.clock.advance(900)
    _say(served, incident, "identified", "A disk of our database failed. We are moving to its copy.")
    served.clock.advance(1500)
    served.do(Probed("production", True, 0.086))
    _say(served, incident, "resolved", "The shop is back, and no order is lost. We are sorry.")
    served.do(Resolve(incident, "ana", "the replica took over"))


def _say(served: Served, incident: str, phase: Phase, text: str) -> None:
    served.do(Update(incident, "ana", text, public=True, phase=phase))


def _maintained(served: Served) -> None:
    start = to_datetime(after(served.now(), 2 * DAY)).replace(minute=0)
    planned = PLANNED.format(start=start, end=start.replace(hour=start.hour + 2))
    port = served.publishing.bound().port  # type: ignore[union-attr]
    served.adopt(more_bindings=_bindings(port=port) + planned)


def _today(served: Served) -> None:
    """The search is down, paying is slow, and people are told."""
    served.do(Judged("search", "down", "no answer"))
    served.evidence(P95, "broken", "610 ms", "200 ms", seconds=DAY)
    incident: str = served.state("incidents").by_key["probe:search"]
    _say(served, incident, "investigating", "The search finds nothing at the moment. We are looking into it.")
    served.clock.advance(720)
    _say(
        served,
        incident,
        "identified",
        "We know the cause and are restarting the search. Meanwhile you find everything by its category.",
    )
    served.clock.advance(240)
    served.do(Probed("production", True, 0.086))


class Public(Running):
    """The console and the public page of a service, each on a port of its own. `at` is the page's address."""

    def __init__(self, served: Served) -> None:
        super().__init__(served)
        self.do(self._begin())
        bound = served.publishing.bound()
        assert bound is not None
        assert bound.url is not None
        self.at = bound.url

    async def _begin(self) -> None:
        await self.served.publishing.publish()
        self._task = asyncio.create_task(self.served.publishing.run())

    async def _end(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def stop(self) -> None:
        self.do(self._end())
        super().stop()

    async def deliver(self) -> None:
        """An attempt of every announcement that is due."""
        for pending in list(self.served.outbox.due(self.served.now())):
            if pending.intent.deed == "announce":
                outcome = await self.served.publishing.announcing.do(pending.intent, pending.attempts + 1)
                await self.served.decider.record(outcome, subject=f"intent:{outcome.key}")
