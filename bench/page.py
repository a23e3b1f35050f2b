"""The last run, in a page: `python -m bench --write docs/benchmarks.md` replaces what stands between the marks."""

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- figures: written by python -m bench --write -->", "<!-- /figures -->"

Figure = Mapping[str, Any]


class NotWritten(Exception):
    """The message says why."""


def write(page: Path, run: Mapping[str, Any]) -> None:
    """Raises NotWritten for a page without the marks, or a run of a part."""
    if run["words"]:
        raise NotWritten(f"the last run measured only {' '.join(run['words'])}: run `make bench`, then write")
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise NotWritten(f"{page} has no lines {BEGIN} and {END} between which figures stand")
    page.write_text(f"{before}{BEGIN}\n\n{figures(run)}\n{END}{after}", encoding="utf-8")


def figures(run: Mapping[str, Any]) -> str:
    lines = ["| | |", "|---|---|", *(f"| {word} | {_cell(said)} |" for word, said in run["machine"].items())]
    for bench, rows in groupby(run["rows"], key=lambda row: row["bench"]):
        lines += ["", f"### {bench.removeprefix('bench_')}", "", *_table(list(rows))]
    return "\n".join(lines) + "\n"


def _table(rows: Sequence[Figure]) -> list[str]:
    head = ["| what | figure | goal | beside it, in the same run |", "|---|---:|---|---|"]
    return [*head, *(f"| {' | '.join(map(_cell, _cells(row)))} |" for row in rows)]


def _cells(row: Figure) -> tuple[str, str, str, str]:
    goal = "" if row["goal"] is None else f"{row['goal']}{'' if row['met'] else ', **missed**'}"
    ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f} times as good as "
    return row["name"], f"{written(row['value'])} {row['unit']}".strip(), goal, f"{ratio}{row['peer'] or ''}"


def written(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _cell(said: str) -> str:
    return re.sub(r"\s+", " ", said).replace("|", "\\|")
