"""The report of a month in the console: to read, to print, and to download in every form."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from multiprocessing import get_context
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.params import FromPath, FromQuery

from ...kernel.clock import Instant, to_datetime
from ...kernel.facts import Recorded
from ...kernel.ledger import Head
from ...web.console import Console
from ...web.errors import NotFound
from ...web.pages import ConsoleDep, Link, Pages
from ...web.shell import ShellDep
from . import page, words
from .build import build
from .forms import SUFFIXES, WRITE, Format
from .model import Report

KEPT = 6
"""Reports at hand: reading one and downloading it asks for the same one several times."""

MOST_MONTHS = 36

TYPES = {
    Format.HTML: "text/html",
    Format.PDF: "application/pdf",
    Format.MD: "text/markdown",
    Format.JSON: "application/json",
    Format.OSCAL: "application/json",
}


class Readable:
    """The console's ledger as a report reads it, up to where it ended when the report was asked for."""

    def __init__(self, console: Console) -> None:
        self._console, self.head = console, console.head

    def read(self, after: int = 0, *, subject: str | None = None) -> Iterator[Recorded]:
        if subject is not None:
            return self._console.history(subject, after)
        return self._console.facts(after, self.head.seq)

    def hash_at(self, seq: int) -> bytes:
        return self._console.hash_at(seq)


class Press:
    """Makes reports, one at a time, beside what goes on. A month that is over is the same for ever."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._kept: OrderedDict[tuple[str, Instant, Head], Report] = OrderedDict()

    async def report(self, console: Console, month: str) -> Report:
        """The report of a month as of the console's instant. Raises OpsguideError for what is no month."""
        source, at = Readable(console), console.now()
        async with self._lock:
            known = next(
                (one for key, one in self._kept.items() if _same(key, one, month, at, source.head)), None
            )
            if known is not None:
                return known
            made = await asyncio.to_thread(build, source, month, at)
            self._kept[month, at, source.head] = made
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return made


def _same(key: tuple[str, Instant, Head], one: Report, month: str, at: Instant, head: Head) -> bool:
    """Made of the same facts: nothing was recorded since, or the month was over by then and is over now."""
    if key[0] != month:
        return False
    if key[1] == at and key[2] == head:
        return True
    return one.complete and key[1] > one.end and at > one.end


def months(console: Console) -> list[str]:
    """From the current month back to that of the first fact, newest first."""
    zone = _zone(console)
    first = next(console.facts(0, 1), None)
    if first is None:
        return []
    last, begin = _month(console.now(), zone), _month(first.fact.at, zone)
    found = [last]
    while found[-1] > begin and len(found) < MOST_MONTHS:
        year, month = int(found[-1][:4]), int(found[-1][5:])
        found.append(f"{year - (month == 1):04d}-{(month - 2) % 12 + 1:02d}")
    return found


def _zone(console: Console) -> str:
    current = console.guide.current
    return current.adopted.bindings.zone if current is not None else "UTC"


def _month(at: Instant, zone: str) -> str:
    day: datetime = to_datetime(at).astimezone(ZoneInfo(zone))
    return f"{day:%Y-%m}"


async def _written(form: Format, report: Report) -> bytes:
    """A PDF is set by a process of its own: it may take long, and the service has to go on paging."""
    if form is not Format.PDF:
        return await asyncio.to_thread(WRITE[form], report)
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    try:
        return await asyncio.get_running_loop().run_in_executor(pool, page.pdf, report)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def pages() -> Pages:
    press = Press()

    @get("/report", needs="read", include_in_schema=False)
    async def report_page(console: ConsoleDep, shell: ShellDep, month: FromQuery[str] = "") -> Response[str]:
        """The report of a month, the current one unless told."""
        month = month or _month(console.now(), _zone(console))
        report = await press.report(console, month)
        return shell.render(
            "report/page.html",
            here="/report",
            report=report,
            name=words.month_name(month),
            months=[(one, words.month_name(one)) for one in months(console)],
            body=await asyncio.to_thread(page.body, report),
            forms=[(form, f"{month}.{suffix}") for form, suffix in SUFFIXES.items()],
        )

    @get("/report/{file:str}", needs="read", include_in_schema=False)
    async def report_file(file: FromPath[str], console: ConsoleDep) -> Response[bytes]:
        """The report as a file: `2026-11.html`, `.pdf`, `.md`, `.json` or `.oscal.json`."""
        month, _, suffix = file.partition(".")
        form = next((one for one, name in SUFFIXES.items() if name == suffix), None)
        if form is None:
            known = ", ".join(f"{month or '2026-11'}.{name}" for name in SUFFIXES.values())
            raise NotFound(f"a report has no form {suffix!r}", where=f"/report/{file}", hint=known)
        report = await press.report(console, month)
        written = await _written(form, report)
        name = f"{month}.{suffix}"
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(written, media_type=TYPES[form], headers=headers)

    return Pages(
        name="report",
        handlers=(report_page, report_file),
        templates=page.HERE,
        links=(Link("Report", "/report", "r", 70),),
    )
