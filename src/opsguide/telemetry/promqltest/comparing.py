"""Compares what came with what the script expects."""

from opsguide.telemetry import labels as label
from opsguide.telemetry.query.evaluator import Line
from opsguide.telemetry.query.values import Matrix, Value, Vector

from .script import Eval, Span
from .series import Row, almost_equal


class Failed(Exception):
    """The case failed. The message says how."""


def check_notes(case: Eval, warnings: list[str], infos: list[str]) -> None:
    """Every expected note has come, and where notes of a kind are expected, no other of that kind."""
    for kind, said in (("warn", warnings), ("info", infos)):
        wanted = case.expect.get(kind, [])
        for expectation in wanted:
            if not any(expectation.fits(note) for note in said):
                raise Failed(f"no {kind} note fits {expectation}: {said}")
        for note in said if wanted else ():
            if not any(expectation.fits(note) for expectation in wanted):
                raise Failed(f"an unexpected {kind} note: {note}")
        if f"no_{kind}" in case.expect and said:
            raise Failed(f"unexpected {kind} notes: {said}")


def compare_instant(case: Eval, value: Value) -> None:
    if case.window is not None:
        if not isinstance(value, Matrix):
            raise Failed(f"expected a range of samples, got {value}")
        lines = [Line(window.labels, window.times, window.values) for window in value.windows]
        compare_range(case, case.window, lines)
    elif isinstance(value, str):
        if value != case.text:
            raise Failed(f"expected the text {case.text!r}, got {value!r}")
    elif isinstance(value, float):
        if case.scalar is None or not almost_equal(case.scalar, value):
            raise Failed(f"expected {case.scalar}, got the number {value}")
    elif isinstance(value, list):
        _compare_vector(case, value)
    else:
        raise Failed("an unexpected range of samples")


def _compare_vector(case: Eval, vector: Vector) -> None:
    if case.scalar is not None:
        raise Failed(f"expected the number {case.scalar}, got a vector")
    for place, element in enumerate(vector):
        row = case.rows.get(element.labels)
        if row is None:
            raise Failed(f"unexpected {label.text(element.labels)} {element.value}")
        if case.ordered and case.order[place] != element.labels:
            raise Failed(f"{label.text(element.labels)} stands at place {place + 1}")
        expected = row.points[0].value
        if expected is None or not almost_equal(expected, element.value):
            raise Failed(f"expected {expected} for {label.text(element.labels)}, got {element.value}")
    _check_missing(case, {element.labels for element in vector})


def compare_range(case: Eval, span: Span, lines: list[Line]) -> None:
    if case.scalar is not None:
        raise Failed("expected a number, got series")
    for line in lines:
        row = case.rows.get(line.labels)
        if row is None:
            raise Failed(f"unexpected series {label.text(line.labels)} {line.values}")
        _compare_line(row, span, line)
    _check_missing(case, {line.labels for line in lines})


def _compare_line(row: Row, span: Span, line: Line) -> None:
    expected = [
        (span.start + index * span.step_ms, point.value)
        for index, point in enumerate(row.points)
        if point.value is not None
    ]
    got = list(zip(line.times, line.values, strict=True))
    same = len(expected) == len(got) and all(
        at == there and almost_equal(value, seen)
        for (at, value), (there, seen) in zip(expected, got, strict=True)
    )
    if not same:
        raise Failed(f"expected {expected} for {label.text(row.labels)}, got {got}")


def _check_missing(case: Eval, seen: set[label.Labels]) -> None:
    missing = [label.text(labels) for labels in case.rows if labels not in seen]
    if missing:
        raise Failed(f"missing: {', '.join(missing)}")
