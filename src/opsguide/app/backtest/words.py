"""A backtest as a table for the terminal: what the other guide gave → what this one would have given."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from msgspec import Struct
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ...kernel.clock import parse_instant, to_datetime
from ...kernel.duration import spoken
from .model import SILENT, AlertRow, Backtest, Firing, ObjectiveRow, Side

R = TypeVar("R", bound=AlertRow | ObjectiveRow)

ALERT_COLUMNS = ("fired", "firing", "longest", "pages", "tickets", "no value")
OBJECTIVE_COLUMNS = ("not so for", "no value", "budget")

NEXT = {
    "page": "paged",
    "ticket": "made a ticket for",
    "same": "belongs to the incident before it",
    "nobody": "told nobody",
}


def tell(found: Backtest, console: Console, *, verbose: bool = False) -> None:
    """The whole answer."""
    console.print(Text(head(found), "bold"))
    for note in found.notes:
        console.print(note)
    console.print()
    console.print(_print("Alerts", alert_lines(found), ALERT_COLUMNS))
    console.print()
    console.print(_print("Objectives", objective_lines(found), OBJECTIVE_COLUMNS))
    console.print()
    for line in totals(found):
        console.print(Text(line))
    for number, line in enumerate(unknowns(found)):
        console.print(Text(f"{'' if number else chr(10)}○ not judged: {line}", "blue"))
    if verbose:
        for side in found.sides:
            console.print(Text(f"\n{side.name}", "bold"))
            for line in firing_lines(side):
                console.print(Text(f"  {line}"))


def head(found: Backtest) -> str:
    """What was compared, over which time."""
    names = " → ".join(side.name for side in reversed(found.sides))
    return f"{names}: {day(found.start)} to {day(found.end)}"


def day(text: str) -> str:
    return f"{to_datetime(parse_instant(text)):%Y-%m-%d %H:%M} UTC"


def arrow(one: str, other: str | None) -> str:
    """`2 → 5`; what is the same is said once."""
    return one if other is None or one == other else f"{other} → {one}"


def _pairs(sides: list[dict[str, R]]) -> list[tuple[R | None, R | None]]:
    """Each promise of the guide with the same one of the other; what only the other has comes last."""
    new = sides[0]
    old: dict[str, R] = sides[1] if len(sides) > 1 else {}
    names = [*new, *(name for name in old if name not in new)]
    return [(new.get(name), old.get(name)) for name in names]


class Row(Struct, frozen=True):
    """A line of a table: `about` stands below the name, the cells compare both guides. `promise` is of the first."""

    promise: str
    name: str
    about: str
    cells: tuple[str, ...]

    @property
    def differs(self) -> bool:
        return any("→" in cell for cell in self.cells)


def alert_lines(found: Backtest) -> list[Row]:
    """Every alert of both guides, with what it gave."""
    pairs = _pairs([{row.promise: row for row in side.alerts} for side in found.sides])
    return _rows(pairs, _condition, FIGURES, found)


def objective_lines(found: Backtest) -> list[Row]:
    """Every target of both guides."""
    pairs = _pairs([{row.promise: row for row in side.objectives} for side in found.sides])
    return _rows(pairs, _limit, OBJECTIVE_FIGURES, found)


def _rows(
    every: list[tuple[R | None, R | None]],
    about: Callable[[R], str],
    figures: Sequence[Callable[[R], str]],
    found: Backtest,
) -> list[Row]:
    several, rows = len(found.sides) > 1, list[Row]()
    for new, old in every:
        one = new or old
        assert one is not None
        cells = tuple(_cell(new, old, figure, several=several) for figure in figures)
        promise = one.promise if new is not None and one.line and ":" not in one.promise else ""
        rows.append(Row(promise, named(one.name, one.line), _cell(new, old, about, several=several), cells))
    return rows


def _condition(row: AlertRow) -> str:
    return row.condition


def _limit(row: ObjectiveRow) -> str:
    return row.limit


def _print(title: str, rows: Sequence[Row], numbers: Sequence[str]) -> Table:
    table = _table(title, *numbers)
    for row in rows:
        name = Text(row.name).append(f"\n  {row.about}", "dim")
        table.add_row(name, *row.cells, style="bold" if row.differs else "")
    return table


def _table(title: str, *numbers: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(title, overflow="fold")
    for name in numbers:
        table.add_column(name, justify="right")
    return table


def named(name: str, line: int) -> str:
    return f"{name} (line {line})" if line else name


FIGURES: tuple[Callable[[AlertRow], str], ...] = (
    lambda row: "unknown" if row.problem else f"{row.fired}",
    lambda row: "" if row.problem else spoken(row.firing_seconds),
    lambda row: "" if row.problem else spoken(row.longest_seconds),
    lambda row: "" if row.problem else f"{row.pages}",
    lambda row: "" if row.problem else f"{row.tickets}",
    lambda row: "" if row.problem or row.unknown_seconds < 60 else spoken(row.unknown_seconds),
)
"""What is compared of an alert. What could not be judged is unknown, never quiet."""


def _cell(new: R | None, old: R | None, figure: Callable[[R], str], *, several: bool) -> str:
    if new is None:
        return f"{figure(old)} → –" if old is not None else ""
    said = figure(new)
    if old is None:
        return f"– → {said}" if several and said else said
    return arrow(said, figure(old))


def broken(row: ObjectiveRow) -> str:
    """`12 m (0.1 %)` of the time that is known; "unknown" where nothing is."""
    if row.problem:
        return "unknown"
    share = row.broken_seconds / row.measured_seconds if row.measured_seconds else 0.0
    return f"{spoken(row.broken_seconds)} ({share * 100:.2f} %)" if row.broken_seconds else "never"


def budget(row: ObjectiveRow) -> str:
    """`2026-11: 8 m of 43 m 12 s` for each month."""
    return ", ".join(
        f"{one.month}: {spoken(one.spent_seconds)} of {spoken(one.allowed_seconds)}" for one in row.months
    )


OBJECTIVE_FIGURES: tuple[Callable[[ObjectiveRow], str], ...] = (
    broken,
    lambda row: "" if row.problem or row.unknown_seconds < 60 else spoken(row.unknown_seconds),
    budget,
)


def totals(found: Backtest) -> Iterator[str]:
    """How many pages and tickets, and whom the pages would have told."""
    for side in found.sides:
        told = ", ".join(f"{person} {number}" for person, number in side.told.items())
        pages = plural(side.pages, "page") + (f" ({told})" if told else "")
        yield f"{side.name}: {pages}, {plural(side.tickets, 'ticket')}."


def plural(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def unknowns(found: Backtest) -> list[str]:
    """What could not be judged, once for both guides: unknown is not quiet."""
    said: dict[str, list[str]] = {}
    for side in found.sides:
        rows: list[AlertRow | ObjectiveRow] = [*side.alerts, *side.objectives]
        for row in rows:
            if row.problem and (name := named(row.name, row.line)) not in said.setdefault(row.problem, []):
                said[row.problem].append(name)
    return [f"{', '.join(names)}: {problem}" for problem, names in said.items()]


def firing_lines(side: Side) -> list[str]:
    """Every firing of one guide, oldest first."""
    found = [(one, row) for row in side.alerts for one in row.firings]
    found.sort(key=lambda pair: pair[0].start)
    return [firing(one, one.said if row.promise == SILENT else row.name) for one, row in found]


def firing(one: Firing, name: str) -> str:
    """`2026-11-13 10:47 UTC  high_error_rate for 19 m, up to 12 %: paged ana`."""
    peak = f", up to {one.peak}" if one.peak else ""
    still = "" if one.end is not None else ", and still does"
    who = f" {', '.join(one.to)}" if one.to else f": {one.said}" if one.tells == "nobody" else ""
    return f"{day(one.start)}  {name} for {spoken(one.seconds)}{still}{peak}: {NEXT[one.tells]}{who}"
