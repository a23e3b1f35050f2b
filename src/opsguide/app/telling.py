"""What telling people needs from the whole: where things are, what stands near an incident, a chart of its signal."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files

import resvg_py

from ..channels.send import Message, Sent, send
from ..delivery.deploys import near
from ..guide.bindings import Bindings
from ..incidents import mail, runbooks
from ..incidents.handoffs.letter import Planned
from ..incidents.page import Line, Page
from ..incidents.state import Incident
from ..kernel.clock import Clock, Instant, after, rfc3339, seconds_between
from ..kernel.duration import spoken
from ..kernel.engine import Engine
from ..kernel.errors import OpsguideError
from ..maintenance.shown import planned
from ..monitoring.board import Board
from ..monitoring.shown import plain
from ..web.charts import alone

CHART_SECONDS = 0.5
"""A page does not wait longer for its picture."""

CHART_BEFORE_SECONDS = 3600.0
STEP_SECONDS = 15
CHARTS_KEPT = 20

FONT = "Source Sans Pro"
FONTS = [
    str(files("font_source_sans_pro") / "files" / f"SourceSansPro-{one}.ttf")
    for one in ("Regular", "Semibold")
]


@dataclass(frozen=True, kw_only=True)
class Nearby:
    """What stands near an incident. `engine` and `board` are asked anew; what was `drawn` serves for a minute."""

    engine: Callable[[], Engine]
    bindings: Callable[[], Bindings]
    board: Callable[[], Board]
    clock: Clock
    drawn: dict[tuple[str, Instant], bytes] = field(default_factory=dict)

    def clues(self, incident: Incident) -> Sequence[Line]:
        """Runbooks, then deploys within two hours before it, a line each."""
        bound = self.bindings().runbooks
        found = [Line(one.text, url=one.url) for one in runbooks.of(incident, bound, self._line(incident))]
        deploys = near(self.engine().state("delivery").deploys, incident.opened_at)
        for one in deploys[:3]:
            before = spoken(seconds_between(one.at, incident.opened_at))
            found.append(Line("Deploy", f"{one.version} to {one.environment}, {before} before", one.url))
        return found

    def _line(self, incident: Incident) -> str:
        """The line of the guide that promises it, as it is written."""
        current = self.engine().state("guide").current
        promise = self.engine().state("incidents").everything.get(incident.promise or "")
        if current is None or promise is None:
            return ""
        lines: list[str] = current.adopted.text.split("\n")
        return lines[promise.line - 1] if promise.line <= len(lines) else ""

    async def chart(self, incident: Incident) -> bytes | None:
        """The signal of its promise since an hour before, with its limit, as PNG; None where there is none in time."""
        try:
            async with asyncio.timeout(CHART_SECONDS):
                return await self._drawn(incident)
        except (TimeoutError, OpsguideError, ValueError):
            return None

    def maintenance(self, start: Instant, end: Instant) -> Sequence[Planned]:
        """What goes on or begins in this time, the next first."""
        found = (
            Planned(one.start, one.end, f"{one.name}: {one.text}")
            for one in planned(self.engine().state("maintenance"), self.clock.now())
            if one.end is not None and one.start < end and one.end > start
        )
        return sorted(found, key=lambda one: one.start)

    async def _drawn(self, incident: Incident) -> bytes | None:
        board = self.board()
        promised = (
            one for one in board.named() if any(use.promise.id == incident.promise for use in one.uses)
        )
        named = next(promised, None)
        if named is None:
            return None
        minute = (named.name, self.clock.now() // 60_000)
        if minute in self.drawn:
            return self.drawn[minute]
        step = STEP_SECONDS * 1000
        start = after(incident.opened_at, -CHART_BEFORE_SECONDS) // step * step
        end = self.clock.now() // step * step
        found = await board.course(named, start, end, step)
        if not any(series.values for series in found.series):
            return None
        drawn = plain(named, found.series, (start, end, step), f"until {rfc3339(end)}")
        chart = await asyncio.to_thread(png, alone(drawn))
        while len(self.drawn) >= CHARTS_KEPT:
            del self.drawn[next(iter(self.drawn))]
        self.drawn[minute] = chart
        return chart


def png(svg: str) -> bytes:
    """The drawing as PNG, twice as large: phones have dense screens. With a font of our own: a server may have none."""
    drawn = resvg_py.svg_to_bytes(
        svg_string=svg, zoom=2, skip_system_fonts=True, font_files=FONTS, sans_serif_family=FONT
    )
    return bytes(drawn)


async def hand_over(url: str, page: Page, key: str) -> Sent:
    return await send(
        url, Message(title=page.title, body=page.body, key=key, image=page.chart, html=mail.html(page))
    )
