"""How values and limits are written and compared."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsguide.monitoring.amounts import UNITS, Bound, Unit, written


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [
        (0.0083125, "seconds", "8.31 ms"),
        (0.143, "seconds", "143 ms"),
        (1.5, "seconds", "1.5 s"),
        (90.0, "seconds", "1 m 30 s"),
        (0.004213, "ratio", "0.421 %"),
        (0.8, "ratio", "80 %"),
        (0.0, "ratio", "0 %"),
        (1234.0, "count", "1234"),
        (0.1, "count", "0.1"),
        (1_500_000.0, "bytes", "1.5 MB"),
        (math.nan, "seconds", "no value"),
        (math.inf, "count", "inf"),
    ],
)
def test_a_measured_value_has_three_digits_and_its_unit(number: float, unit: Unit, text: str) -> None:
    assert written(number, unit) == text


@pytest.mark.parametrize(
    ("bound", "text"),
    [
        (Bound(">=", 0.9995, "ratio"), ">= 99.95 %"),
        (Bound("<", 0.2, "seconds"), "< 200 ms"),
        (Bound("<", 2.125, "seconds"), "< 2.125 s"),
        (Bound("<=", 0.15, "count"), "<= 0.15"),
    ],
)
def test_a_limit_is_written_as_it_was_promised(bound: Bound, text: str) -> None:
    assert bound.text == text


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=0, max_value=1e15), st.sampled_from(UNITS))
def test_every_number_can_be_written(number: float, unit: Unit) -> None:
    assert written(number, unit)


@pytest.mark.parametrize("op", ["<", "<=", ">", ">=", "=="])
def test_no_value_is_never_within_a_limit(op: str) -> None:
    assert not Bound(op, 1.0, "count").holds(math.nan)  # type: ignore[arg-type]
