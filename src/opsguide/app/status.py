"""`opsguide status`: how every promise stands, now or at any instant, read from the ledger."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import msgspec
import typer
from rich.console import Console
from rich.text import Text

from ..guide.promise import Promise
from ..incidents.state import Incident
from ..kernel.clock import Instant, rfc3339, seconds_between
from ..kernel.duration import spoken
from ..kernel.engine import Engine
from ..kernel.errors import ServiceUnreachable
from ..kernel.standing import Standing
from ..service.clock import SystemClock
from ..service.datadir import address
from ..storage.options import DEFAULT_DATA, DataOption
from ..web.marks import WORDS, WORST_FIRST
from .options import AsOfOption, JsonOption, moment
from .past import guide_at

NOTES_SECONDS = 2.0

SHAPES = {"kept": "●", "at_risk": "◐", "broken": "✕", "unproven": "○", "unbound": "◌", "by_hand": "✎"}
COLOURS = {
    "kept": "green",
    "at_risk": "yellow",
    "broken": "bold red",
    "unproven": "blue",
    "unbound": "bright_black",
    "by_hand": "magenta",
}


def status(data: DataOption = DEFAULT_DATA, as_of: AsOfOption = None, as_json: JsonOption = False) -> None:
    """Show how every promise stands: broken ones first. Exit status 1 while one is broken.

    Reads the ledger, so it also answers when the service is down. Of a running one it says what it complains of.
    """
    now = SystemClock().now()
    at = moment(as_of, now)
    engine, held = guide_at(data, at)
    notes = _notes(data) if as_of is None else []
    if as_json:
        sys.stdout.buffer.write(_json(engine, held, at, notes))
    else:
        _table(engine, held, at, notes)
    raise typer.Exit(1 if any(standing.kind == "broken" for _, standing in held) else 0)


def _notes(data: Path) -> list[str]:
    """What is wrong with the service while it goes on; nothing where none is running."""
    try:
        answer = httpx.get(f"{address(data).url}/healthz", timeout=NOTES_SECONDS)
        return [str(note) for note in answer.json().get("notes", ())]
    except (ServiceUnreachable, httpx.HTTPError, ValueError):
        return []


def _json(
    engine: Engine, held: Sequence[tuple[Promise, Standing]], at: Instant, notes: Sequence[str]
) -> bytes:
    current = engine.state("guide").current
    promises = [
        {"id": p.id, "section": p.section, "line": p.span.line, "end_line": p.span.end_line, "text": p.text}
        | {"standing": msgspec.to_builtins(standing)}
        for p, standing in held
    ]
    said = {
        "at": rfc3339(at),
        "head": engine.seq,
        "guide": {"version": current.adopted.version, "adopted_at": rfc3339(current.at)},
        "incidents": [
            {"id": i.id, "title": i.title, "severity": i.severity, "opened_at": rfc3339(i.opened_at)}
            for i in engine.state("incidents").open.values()
        ],
        "without_value": [
            {"promise": promise, "why": one.why, "problem": one.problem, "since": rfc3339(one.since)}
            for promise, one in engine.state("monitoring").silent.items()
        ],
        "rule_alerts": [
            {
                "rule": name,
                "alert": one.alert,
                "firing": sum(one.firing().values()),
                "active": len(one.instances),
            }
            for name, one in engine.state("monitoring").rule_files.items()
        ],
        "promises": promises,
        "notes": notes,
    }
    return msgspec.json.format(msgspec.json.encode(said)) + b"\n"


def _silent(engine: Engine, at: Instant) -> Iterator[str]:
    """Lines whose signals have no value, those of one reason together: a source that is away silences many."""
    state = engine.state("monitoring")
    together: dict[tuple[str, str], dict[int, None]] = {}
    for promise, silence in state.silent.items():
        lasted = spoken(seconds_between(silence.since, at))
        lines = together.setdefault((lasted, silence.problem), {})
        if promise in state.everything:
            lines[state.everything[promise].line] = None
    for (lasted, problem), lines in together.items():
        where = f"line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines))}"
        yield f"no value for {lasted} ({where}): {problem}"


def _over(incident: Incident, at: Instant) -> str:
    """What opened it is over, and it waits until that is sure."""
    if incident.recovered_at is None:
        return ""
    return f"; recovered {spoken(seconds_between(incident.recovered_at, at))} ago"


def _table(
    engine: Engine, held: Sequence[tuple[Promise, Standing]], at: Instant, notes: Sequence[str]
) -> None:
    console = Console(highlight=False)
    current = engine.state("guide").current
    counts = Counter(standing.kind for _, standing in held)
    console.print(
        f"[bold]{current.adopted.reading.title}[/]  v{current.adopted.version}  as of {rfc3339(at)}"
    )
    console.print("  ".join(f"{SHAPES[k]} {counts[k]} {WORDS[k]}" for k in WORST_FIRST if counts[k]))
    for note in notes:
        console.print(Text(f"\nthe service says: {note}", "yellow"))
    for incident in engine.state("incidents").open.values():
        who = f"acknowledged by {incident.acknowledged_by}" if incident.acknowledged_by else "nobody has it"
        age = spoken(incident.age_seconds(at))
        console.print(
            Text(
                f"\n{incident.id} [{incident.severity}] {incident.title}: {age}, {who}{_over(incident, at)}",
                "bold",
            )
        )
    for number, said in enumerate(_silent(engine, at)):
        console.print(Text(f"{'' if number else chr(10)}{said}", "yellow"), soft_wrap=True)
    for name, one in engine.state("monitoring").rule_files.items():
        firing = sum(one.firing().values())
        said = f"{firing} firing" if firing else f"{len(one.instances)} pending"
        console.print(
            Text(f"\nrule {one.alert}: {said}", "bold red" if firing else "yellow").append(
                f"  {name}", "bright_black"
            )
        )
    order = {kind: place for place, kind in enumerate(WORST_FIRST)}
    section = ""
    for promise, standing in sorted(held, key=lambda one: (order[one[1].kind], one[0].span)):
        if standing.kind == "unbound":
            continue
        if section != standing.kind:
            section = standing.kind
            console.print()
        console.print(_line(promise, standing, at))
    unbound = counts["unbound"]
    if unbound:
        console.print(
            f"\n{SHAPES['unbound']} {unbound} unbound: `opsguide check GUIDE --bindings` says which key binds each"
        )


def _line(promise: Promise, standing: Standing, at: Instant) -> Text:
    measured = " / ".join(filter(None, (standing.value, standing.limit)))
    seen = f", seen {spoken(seconds_between(standing.evidence_at, at))} ago" if standing.evidence_at else ""
    line = Text(f"{SHAPES[standing.kind]} {WORDS[standing.kind]:<9}", COLOURS[standing.kind])
    line.append(f" {promise.id}", "default").append(f"  line {promise.span}", "bright_black")
    line.append(f"\n              {measured}{'  ' if measured else ''}{standing.reason}{seen}", "default")
    return line
