"""Times as people say them."""

import pytest

from opsguide.kernel.clock import parse_instant
from opsguide.web import words

NOW = parse_instant("2026-11-23T03:31:29Z")


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (59, "59 s"), (61, "1 m"), (7800, "2 h"), (90000, "1 d"), (-5, "0 s")]
)
def test_ages_are_said_in_their_largest_unit(seconds: int, said: str) -> None:
    assert words.age(NOW - seconds * 1000, NOW) == said


def test_an_age_left_open_is_told_later() -> None:
    kept = f"{words.age(NOW - 180_000, None)} ago, {words.age(NOW, None)}"
    assert words.aged(kept, NOW) == "3 m ago, 0 s"
    assert words.aged(kept, NOW + 60_000) == "4 m ago, 1 m"


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s left"), (7800, "2 h 10 m left"), (-720, "12 m over"), (59.9, "59 s left")]
)
def test_clocks_say_what_is_left_or_over(seconds: float, said: str) -> None:
    assert words.left(NOW + round(seconds * 1000), NOW) == said


def test_an_instant_in_full_has_its_zone() -> None:
    assert words.absolute(NOW) == "23 Nov 2026, 03:31:29 UTC"


def test_backticks_mark_code_and_nothing_else_is_markup() -> None:
    assert words.ticks("`a<b>` & c") == "<code>a&lt;b&gt;</code> &amp; c"


def test_a_limit_behind_a_value_is_said_without_its_comparison() -> None:
    assert [words.bare(limit) for limit in ("< 200 ms", ">= 99.9 %", "4 h")] == ["200 ms", "99.9 %", "4 h"]


def test_counts_are_said_with_their_noun() -> None:
    assert words.plural(1, "incident") == "1 incident"
    assert words.plural(1200, "entry", "entries") == "1,200 entries"
