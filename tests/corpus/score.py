"""Scores the reader against the corpus: `.venv/bin/python -m tests.corpus.score [--show] [NAME…]`.

found     a promise on the fact's line carries all that the key says
missed    none does
wrong     none does, and a promise on the line says another value of it, or its value of another thing
invented  a promise with an amount from a line of which none may be read, with values that none may carry, or with an
          amount that no digit and no number word of its lines supports

A key, NAME.json beside NAME.md, is written by reading, not by running the reader:

facts     `line` (or `lines`: on any of them; with `all`: on each), `values` of the contract that must all match, or a
          list of such objects where two readings are equally true; how they are compared: matching.py
never     `line` or `lines` of which no amount may be read, and `why`; with `or` instead values that no promise on
          these lines (on any line, where none is named) may carry
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

from opsguide.guide.reading import read
from opsguide.readers import ALL

from .matching import AMOUNTS, NUMBERS, Values, about, contradicts, matches, misplaced
from .numbers import supported

HERE = Path(__file__).parent


class Said(Struct, frozen=True):
    """A promise of the reader: its lines and its values."""

    id: str
    lines: frozenset[int]
    values: Values


class Score(Struct):
    name: str
    found: int = 0
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        facts = self.found + len(self.missed) + len(self.wrong)
        return (
            f"{self.name}: {self.found}/{facts} found, {len(self.missed)} missed, {len(self.wrong)} wrong, "
            f"{len(self.invented)} invented"
        )


def names() -> list[str]:
    return sorted(path.stem for path in HERE.glob("*.json"))


@cache
def score(name: str) -> Score:
    text = (HERE / f"{name}.md").read_text(encoding="utf-8")
    key = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    said, lines = _said(text, name), ("", *text.splitlines())
    result = Score(name)
    facts = [(_lines(fact), bool(fact.get("all")), _alternatives(fact)) for fact in key["facts"]]
    listed = {p.id for p in said for where, _, wanted in facts if where & p.lines and _any(wanted, p)}
    for where, every, wanted in facts:
        _fact(where, every, wanted, said, listed, result)
    result.invented.extend(_invented(key["never"], said, lines))
    blamed = " ".join((*result.wrong, *result.invented))
    result.unlisted.extend(
        _show(p) for p in said if _amounts(p) and p.id not in listed and p.id not in blamed
    )
    return result


def _said(text: str, name: str) -> list[Said]:
    found = []
    for number, promise in enumerate(read(text, ALL, where=name).promises):
        spans = [promise.span, *promise.also]
        lines = frozenset(n for span in spans for n in range(span.line, span.end_line + 1))
        found.append(Said(f"{promise.id}#{number}", lines, msgspec.to_builtins(promise.values)))
    return found


def _lines(entry: dict[str, Any]) -> frozenset[int]:
    return frozenset(entry["lines"] if "lines" in entry else [entry["line"]])


def _alternatives(fact: dict[str, Any]) -> list[Values]:
    values = fact["values"]
    return values if isinstance(values, list) else [values]


def _any(wanted: Iterable[Values], promise: Said) -> bool:
    return any(matches(values, promise.values) for values in wanted)


def _fact(
    where: frozenset[int],
    every: bool,
    wanted: list[Values],
    said: Sequence[Said],
    listed: set[str],
    into: Score,
) -> None:
    here = [p for p in said if (where <= p.lines if every else where & p.lines)]
    if any(_any(wanted, p) for p in here):
        into.found += 1
        return
    place = f"{into.name}.md:{min(where)} {json.dumps(wanted[0], ensure_ascii=False)}"
    others = [p for p in here if p.id not in listed]
    bad = [p for p in others for v in wanted if about(v, p.values) and contradicts(v, p.values)]
    bad = bad or [p for p in others for v in wanted if misplaced(v, p.values)]
    if bad:
        into.wrong.append(f"{place} <- {_show(bad[0])}")
    else:
        near = "; ".join(_show(p) for p in others[:3])
        into.missed.append(f"{place} <- {near or 'nothing'}")


def _invented(never: Iterable[dict[str, Any]], said: Sequence[Said], lines: Sequence[str]) -> Iterator[str]:
    forbidden = [entry for entry in never if "or" not in entry]
    silent = {n for entry in forbidden for n in _lines(entry)}
    for promise in said:
        if promise.lines <= silent and _states(promise):
            why = next(entry["why"] for entry in forbidden if _lines(entry) & promise.lines)
            yield f"{_show(promise)} :: {why}"
        elif bad := [k for k, v in _amounts(promise) if not supported(k, v, _text(promise, lines, silent))]:
            yield f"{_show(promise)} :: no number of its lines gives its {', '.join(bad)}"
    for entry in never:
        for promise in said if "or" in entry else ():
            placed = not ("line" in entry or "lines" in entry) or bool(_lines(entry) & promise.lines)
            if placed and matches(entry["or"], promise.values):
                yield f"{_show(promise)} :: {entry['why']}"


def _states(promise: Said) -> bool:
    """Does it state any value, in numbers or in times?"""
    timed = any(promise.values.get(key) for key in ("rrule", "start", "end", "hours"))
    return timed or any(promise.values.get(key) is not None for key in NUMBERS)


def _amounts(promise: Said) -> list[tuple[str, float]]:
    """The numbers of a promise; a share (`ratio`) or a copy (`count`) too, an order or a step not."""
    keys = NUMBERS | AMOUNTS
    return [(k, v) for k, v in promise.values.items() if k in keys and isinstance(v, (int, float))]


def _text(promise: Said, lines: Sequence[str], silent: set[int]) -> str:
    return "\n".join(lines[n] for n in sorted(promise.lines - silent) if n < len(lines))


def _show(promise: Said) -> str:
    said = {k: v for k, v in promise.values.items() if v not in (None, "", [])}
    return f"[{min(promise.lines)}] {promise.id} {json.dumps(said, ensure_ascii=False)}"


def main(arguments: Sequence[str]) -> None:
    show = "--show" in arguments
    wanted = [a for a in arguments if not a.startswith("-")]
    totals: dict[str, Counter[str]] = {}
    for name in names():
        if wanted and not any(word in name for word in wanted):
            continue
        result = score(name)
        print(result)
        for kind in ("wrong", "invented", "missed", "unlisted"):
            found: list[str] = getattr(result, kind)
            totals.setdefault(name[:2], Counter())[kind] += len(found)
            for line in found if show else ():
                print(f"  {kind}: {line}")
        totals[name[:2]]["found"] += result.found
    for language, n in [*totals.items(), ("all", sum(totals.values(), Counter()))]:
        facts = n["found"] + n["missed"] + n["wrong"]
        share = n["found"] / max(1, facts)
        print(f"{language}: {n['found']}/{facts} = {share:.0%}, {n['wrong']} wrong, {n['invented']} invented")


if __name__ == "__main__":
    main(sys.argv[1:])
