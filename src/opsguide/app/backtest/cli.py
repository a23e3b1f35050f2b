"""`opsguide backtest`: other thresholds on the samples of the past. Tells nobody, writes nothing."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from ...guide.bindings import file
from ...guide.source import load
from ...kernel.clock import Instant, after, rfc3339
from ...kernel.errors import OpsguideError, ServiceUnreachable
from ...service.clock import SystemClock
from ...service.datadir import address
from ...storage.lock import Lock
from ...storage.options import DEFAULT_DATA, DataOption
from ...storage.reader import open_readonly
from ...telemetry.embedded import Embedded
from ..core import fact_types
from ..options import instant
from ..past import engine_at
from ..remote import post
from ..serve import SAMPLES
from . import words
from .guides import guide_of, history, in_force, same
from .model import Backtest
from .replay import Guide
from .samples import Progress as Told
from .work import Asked
from .work import backtest as put_through

ASK_SECONDS = 600.0
"""So long the running service may take to answer."""


WIDE = 140


class Format(StrEnum):
    """How it is written."""

    TEXT = "text"
    JSON = "json"


def backtest(  # noqa: PLR0913, PLR0917 - the options of a command are its arguments
    guide: Annotated[Path, typer.Argument(help="The guide whose thresholds are tried.")],
    against: Annotated[
        Path | None,
        typer.Option(
            "--against", metavar="OTHER", help="A guide to compare with; default: the one in force."
        ),
    ] = None,
    bindings: Annotated[
        Path | None,
        typer.Option(
            "--bindings", help="opsguide.toml of GUIDE; default: the one beside it, else those in force."
        ),
    ] = None,
    days: Annotated[float, typer.Option("--days", min=0.01, max=400, help="How far to look back.")] = 30,
    start: Annotated[
        str | None, typer.Option("--from", help="From this instant on, in place of --days.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="Until this instant; default: now.")] = None,
    step: Annotated[
        float | None,
        typer.Option(
            "--step",
            min=1,
            help="Seconds between two looks at a signal that was not recorded; default: as it is watched, of "
            "more than a day 60 or more.",
        ),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="List every firing.")] = False,
    form: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.TEXT,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit status 1 where an alert could not be judged.")
    ] = False,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Try a guide's thresholds on the samples of the past: which alerts, pages and budget it would have given.

    The rules are those of the service, told the past by a fast clock; nothing is recorded and nobody is told. Asks the
    running service; where none runs, reads its data directory.
    Exit status: 0 tried; 1 with --strict where an alert of GUIDE could not be judged; 2 it could not be tried.
    """
    now = SystemClock().now()
    until = instant(end, now, "--to") if end else now
    begin = instant(start, now, "--from") if start else after(until, -days * 86400)
    asked = Asked(begin, until, None if step is None else round(step * 1000))
    beside = (bindings or file.beside(guide), None if against is None else file.beside(against))
    texts = [(path, load(path)) for path in (guide, against) if path is not None]
    bound = [None if one is None else (str(one), file.load(one)) for one in beside]
    found = _found(texts, bound, asked, data, now)
    if form is Format.JSON:
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
    else:
        words.tell(found, _console(), verbose=verbose)
    unknown = any(row.problem for row in found.sides[0].alerts)
    raise typer.Exit(int(strict and unknown))


def _console() -> Console:
    """What is piped into something is as wide as it needs."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


def _found(
    texts: list[tuple[Path, str]],
    bound: list[tuple[str, str] | None],
    asked: Asked,
    data: Path,
    now: Instant,
) -> Backtest:
    try:
        address(data)
    except ServiceUnreachable:
        return _offline(texts, bound, asked, data, now)
    body: dict[str, Any] = {
        "guides": [
            {"name": str(path), "text": text, "bindings": None if one is None else one[1]}
            for (path, text), one in zip(texts, bound, strict=False)
        ],
        "start": rfc3339(asked.start),
        "end": rfc3339(asked.end),
        "step_seconds": None if asked.step_ms is None else asked.step_ms / 1000,
    }
    with _bar() as told:
        told(0.0, "the running service works on it")
        return msgspec.convert(post(data, "backtests", body, timeout=ASK_SECONDS), Backtest)


def _offline(
    texts: list[tuple[Path, str]],
    bound: list[tuple[str, str] | None],
    asked: Asked,
    data: Path,
    now: Instant,
) -> Backtest:
    """From the files, while nobody else has them."""
    reader = open_readonly(data)
    engine = engine_at(data, now)
    current = in_force(engine.state("guide"))
    guides = list[Guide]()
    for (path, text), one in zip(texts, bound, strict=False):
        if one is None and current is None:
            hint = "put an opsguide.toml beside it, or name one with --bindings"
            raise OpsguideError("nothing says where its signals are", where=str(path), hint=hint)
        guides.append(guide_of(str(path), text, one if one is not None else current.bindings))  # type: ignore[union-attr]
    if len(guides) == 1 and current is not None and not same(guides[0], current):
        guides.append(current)
    chosen = engine.state("monitoring").chosen
    versions = history(reader.read_about(fact_types(), "guide"), now, chosen)
    lock = Lock(data)
    try:
        with Embedded(directory=data / SAMPLES) as telemetry, _bar() as told:
            return asyncio.run(put_through(guides, asked, (telemetry, telemetry), versions, told))
    finally:
        lock.release()


@contextmanager
def _bar() -> Iterator[Told]:
    """A bar on a terminal, nothing elsewhere."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("samples", total=1.0)
        yield _telling(bar, task)


def _telling(bar: Progress, task: Any) -> Callable[[float, str], None]:
    return lambda share, what: bar.update(task, completed=share, description=what)
