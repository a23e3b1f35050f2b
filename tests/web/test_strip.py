"""The strip of a promise's standing: as wide as it lasted, a short break never hidden, the same in words."""

import re

from opsguide.guide.history import Stint
from opsguide.kernel.standing import Standing, StandingKind
from opsguide.web.strip import LEAST_PX, WIDTH, course

HOUR = 3_600_000
START, END = 0, 100 * HOUR


def stint(kind: StandingKind, start: float, end: float, reason: str = "measured") -> Stint:
    return Stint(round(start * HOUR), round(end * HOUR), Standing(kind=kind, reason=reason), 1)


def pieces(strip: str) -> list[tuple[str, float, float]]:
    """Kind, x and width of each piece, in the order in which they are drawn."""
    found = re.findall(r'<rect class="s-(\w+)" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', strip)
    return [(kind, float(x), float(width)) for kind, x, width in found]


def test_a_piece_is_as_wide_as_it_lasted_and_stands_where_it_was() -> None:
    shown = course([stint("unproven", 0, 25), stint("kept", 25, 75), stint("broken", 75, 100)], START, END)
    assert pieces(shown.strip) == [
        ("unproven", 0.0, WIDTH / 4),
        ("kept", WIDTH / 4, WIDTH / 2),
        ("broken", WIDTH * 3 / 4, WIDTH / 4),
    ]


def test_a_break_of_a_minute_in_four_days_is_seen_and_lies_on_top() -> None:
    minute = 1 / 60
    shown = course([stint("broken", 50, 50 + minute), stint("kept", 50 + minute, 100)], START, END)
    assert pieces(shown.strip)[-1] == ("broken", WIDTH / 2, LEAST_PX)


def test_it_is_said_in_words_the_longest_first() -> None:
    shown = course([stint("kept", 0, 60), stint("broken", 60, 62), stint("kept", 62, 100)], START, END)
    assert shown.said == "kept 4 d 2 h, broken 2 h"
    assert [one.kind for one in shown.stints] == ["kept", "broken", "kept"]


def test_what_was_not_promised_is_blank_and_says_so() -> None:
    shown = course([], START, END)
    assert pieces(shown.strip) == []
    assert shown.said == "not promised in this time"


def test_a_reason_is_never_markup() -> None:
    shown = course([stint("broken", 0, 100, "<script>alert(1)</script>")], START, END)
    assert "<script>" not in shown.strip
