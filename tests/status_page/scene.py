"""A service with a public page, on the fast-forwarded clock."""

from opsguide.app.core import history, remembering_engine
from opsguide.app.status_page.build import build
from opsguide.app.status_page.model import Component, Page
from opsguide.guide.bindings import Bindings, ProbeBinding, read_bindings
from opsguide.kernel.clock import Instant
from opsguide.monitoring.commands import Probed
from opsguide.monitoring.probes.commands import Judged
from tests.cast import BINDINGS, P95, PROMISES
from tests.world import START, HandClock, World

HOUR, DAY = 3600.0, 86_400.0

STATUS = f"""
[probes.mail]
tcp = "mail.example:25"

[status]
title = "Harbour"
about = "The shop for everything that floats."
url = "https://status.harbour.example"
contact = "https://harbour.example/help"

[status.components.shop]
label = "Shop"
about = "Browsing, search and the basket"
environment = "production"

[status.components.checkout]
label = "Checkout"
environment = "production"
promise = "{P95}"

[status.components.mail]
label = "Order e-mails"
group = "Messages"
probe = "mail"
"""


class Town(World):
    """The cast's world with a page. `seen` looks at production and at the mail server as monitoring would."""

    def __init__(self, more: str = STATUS, clock: HandClock | None = None) -> None:
        super().__init__(clock)
        self.engine = remembering_engine()
        self.text = BINDINGS + more
        self.adopt(PROMISES, self.text)

    def rebind(self, more: str) -> None:
        self.text = BINDINGS + more
        self.adopt(PROMISES, self.text)

    @property
    def bindings(self) -> Bindings:
        bound, wrong = read_bindings(self.text)
        assert bound is not None, wrong
        return bound

    def page(self) -> Page:
        now = self.clock.now()

        def stints(promise: str, start: Instant, end: Instant) -> object:
            return history(self.engine, promise, start, end)

        return build(self.engine, self.bindings, stints, now)  # type: ignore[arg-type]

    def component(self, name: str) -> Component:
        return next(one for one in self.page().components if one.name == name)

    def probe(self, *, up: bool = True) -> None:
        """One look at production."""
        error = "" if up else "connection refused"
        self.do(Probed("production", up=up, latency_seconds=0.1, error=error, tls_expires=None))

    def mail(self, state: str = "up") -> None:
        self.do(Judged("mail", state, f"it is {state}"))  # type: ignore[arg-type]

    def days(self, count: float, every: float = 300.0) -> None:
        """So many days in which all is well and somebody looks."""
        for _ in range(round(count * DAY / every)):
            self.probe()
            self.pass_time(every)

    def outage(self, seconds: float) -> None:
        """Production is down for so long, and up again."""
        for _ in range(3):
            self.probe(up=False)
        self.pass_time(seconds)
        self.probe()

    def down_in(self, seconds: float) -> None:
        """Production is down from so many seconds on, for an hour."""
        self.pass_time(seconds)
        self.probe()
        self.outage(3600)
        self.pass_time(300)


__all__ = ["DAY", "HOUR", "START", "STATUS", "ProbeBinding", "Town"]
