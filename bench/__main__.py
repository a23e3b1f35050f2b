"""`python -m bench [WORD ...]`: run every bench/bench_*.py, or those whose names hold a WORD.

Prints a table and keeps the rows in build/bench.json, and with their machine in build/bench-run.json, from which
`python -m bench --write docs/benchmarks.md` writes a page. A bench module that fails does not hide the others: all
that was measured is shown, and the exit code is 1. So it is when a goal is missed.
"""

import importlib
import json
import pkgutil
import sys
import traceback
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

import bench
from bench.machine import machine
from bench.page import NotWritten, write, written
from bench.row import Row

OUT = Path(__file__).parent.parent / "build" / "bench.json"
RUN = OUT.with_name("bench-run.json")
WIDTH = 160
"""Columns of the table in a file or a pipe: no row is broken into ten lines."""
KEPT = ("name", "value", "unit", "peer", "ratio")


def modules(words: list[str]) -> list[str]:
    """Names of the bench modules to run, in the order of their names."""
    found = sorted(m.name for m in pkgutil.iter_modules(bench.__path__) if m.name.startswith("bench_"))
    return [name for name in found if not words or any(word in name for word in words)]


def measured(name: str, console: Console) -> tuple[list[Row], bool]:
    """The rows of one module and whether it ran to its end."""
    rows: list[Row] = []
    try:
        produced: Iterable[Row] = importlib.import_module(f"bench.{name}").rows()
        with console.status(f"{name} …"):
            rows.extend(produced)
    except Exception:  # noqa: BLE001 - whatever broke in one bench, the others still run
        console.print(f"[red]{name} failed[/]")
        traceback.print_exc()
        return rows, False
    return rows, True


def table(rows: list[Row]) -> Table:
    """The rows as people read them; a missed goal stands out."""
    shown = Table(title="opsguide bench")
    for column in ("name", "value", "unit", "goal", "peer", "ratio"):
        shown.add_column(column, justify="right" if column in ("value", "ratio") else "left")
    for row in rows:
        value = written(row.value)
        goal = "" if row.goal is None else f"{row.goal}  {'✓' if row.met else '✗ missed'}"
        ratio = "" if row.ratio is None else f"{row.ratio:.2f} x"
        shown.add_row(
            row.name, value, row.unit, goal, row.peer or "", ratio, style="red" if row.met is False else None
        )
    return shown


def main(words: list[str]) -> int:
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    if words[:1] == ["--write"]:
        return _write(words[1:], console)
    names, here = modules(words), machine()
    rows: list[Row] = []
    told: list[dict[str, object]] = []
    ran_all = True
    for name in names:
        new, ran = measured(name, console)
        rows += new
        told += [{"bench": name, **asdict(row), "met": row.met} for row in new]
        ran_all = ran_all and ran
    console.print(table(rows) if names else "no bench/bench_*.py matches")
    OUT.parent.mkdir(exist_ok=True)
    kept = [{key: getattr(row, key) for key in KEPT} for row in rows]
    OUT.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    run = {"machine": here, "words": words, "rows": told}
    RUN.write_text(json.dumps(run, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    missed = [row.name for row in rows if row.met is False]
    if missed:
        console.print(f"goals missed: {', '.join(missed)}")
    return 0 if ran_all and not missed else 1


def _write(arguments: list[str], console: Console) -> int:
    if len(arguments) != 1:
        console.print("python -m bench --write FILE: into which page?")
        return 2
    if not RUN.exists():
        console.print("nothing was measured yet: run `make bench`, then write")
        return 2
    try:
        write(Path(arguments[0]), json.loads(RUN.read_text(encoding="utf-8")))
    except NotWritten as why:
        console.print(str(why), markup=False)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
