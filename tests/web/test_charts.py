"""Series become SVG: what is out of the limit stands out, gaps stay gaps, every text is only text."""

import math
import re
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsguide.web.charts import PLATE, SPARK, Band, Frame, Level, Line, Picture, Tick, alone, draw
from opsguide.web.charts.picture import beyond, runs
from opsguide.web.charts.scale import instants, said, values

START = 1_795_662_000_000  # 2026-11-26T03:00:00Z
MINUTE = 60_000
HOUR = 60 * MINUTE


def picture(numbers: Sequence[float], *levels: Level, **more: Any) -> Picture:
    """One number a minute from 03:00 on."""
    times = [START + n * MINUTE for n in range(len(numbers))]
    told: dict[str, Any] = {
        "title": "error rate",
        "start": START,
        "end": START + (len(numbers) - 1) * MINUTE,
        "lines": [Line("errors", times, numbers)],
        "levels": levels,
        "gap_ms": 90_000,
    }
    return Picture(**told | more)


def paths(svg: str, kind: str) -> list[str]:
    return re.findall(rf'<path class="{kind}" d="([^"]+)"', svg)


def test_a_sparkline_has_its_line_its_limit_and_its_last_point() -> None:
    svg = draw(picture([0.1, 0.2, 0.1], Level(0.4, "limit 40 %", bad="above")), SPARK)
    assert 'viewBox="0 0 120 24"' in svg
    assert paths(svg, "line n0") == ["M1 16.5L58.5 12L116 16.5"]
    assert len(paths(svg, "level limit")) == 1
    assert svg.count('<circle class="last"') == 1
    assert "<text" not in svg, "there is no room for words; a screen reader has the title"


def test_what_is_beyond_the_limit_is_drawn_once_more_cut_where_it_crosses() -> None:
    level = Level(10, "limit 10", bad="above")
    parts = list(beyond([(0, 5), (10, 15), (20, 15), (30, 5)], level))
    assert parts == [[(5, 10), (10, 15), (20, 15), (25, 10)]]
    svg = draw(picture([5, 15, 5], level), SPARK)
    assert len(paths(svg, "line beyond")) == 1
    assert "last beyond" not in svg
    assert "last beyond" in draw(picture([5, 15, 15], level), SPARK)


def test_for_a_floor_the_bad_side_is_below() -> None:
    level = Level(10, "at least 10", bad="below")
    assert list(beyond([(0, 15), (10, 5)], level)) == [[(5, 10), (10, 5)]]
    assert list(beyond([(0, 15), (10, 10)], level)) == []


def test_gaps_stay_gaps() -> None:
    line = Line("x", [0, 10, 20, 100, 110, 120], [1, 2, math.nan, 3, math.inf, 4])
    assert list(runs(line, 15)) == [[(0, 1), (10, 2)], [(100, 3)], [(120, 4)]]
    svg = draw(picture([1, math.nan, 2]))
    (path,) = paths(svg.replace("><title>errors</title></path>", "/>"), "line n0")
    assert path.count("M") == 2
    assert path.count("h.1") == 2, "a lonely point can still be seen"


def test_the_last_point_is_only_shown_while_it_is_new() -> None:
    old = picture([1, 2, 3], end=START + HOUR)
    assert "<circle" not in draw(old, SPARK)


def test_a_chart_starts_at_zero_and_holds_limit_and_values() -> None:
    svg = draw(picture([80, 120], Level(200, "limit 200 ms")))
    written = re.findall(r'text-anchor="end">([^<]+)</text>', svg)
    assert written[:2] == ["0", "50"]
    assert "200" in written


def test_nothing_measured_is_an_empty_frame_not_a_crash() -> None:
    for frame in (SPARK, PLATE):
        svg = draw(picture([], end=START + HOUR), frame)
        assert "NaN" not in svg
        assert not paths(svg, "line n0")
    assert ElementTree.fromstring(alone(picture([], end=START + HOUR))) is not None


def test_incidents_are_bands_and_adoptions_are_ticks() -> None:
    chart = picture(
        [1.0] * 60,
        bands=[
            Band(START + 10 * MINUTE, None, "INC-3: production is down"),
            Band(0, START - 1, "INC-1: old"),
        ],
        ticks=[Tick(START + 20 * MINUTE, "guide version 4 adopted"), Tick(5, "long ago")],
    )
    svg = draw(chart)
    assert svg.count('class="band"') == 1
    assert "INC-3: production is down" in svg
    assert "INC-1" not in svg
    assert svg.count('class="tick"') == 1
    assert ">INC-3</text>" in svg


def test_two_levels_close_together_do_not_cover_each_others_words() -> None:
    svg = draw(
        picture([100], Level(200, "limit 200"), Level(201, "alert 201", kind="alert"), end=START + HOUR)
    )
    places = [float(y) for y in re.findall(r'class="of \w+" x="[\d.]+" y="([\d.-]+)"', svg)]
    assert len(places) == 2
    assert abs(places[0] - places[1]) >= 13


def test_every_text_is_only_text() -> None:
    bad = '<script>alert("&")</script>'
    chart = picture(
        [1, 2], Level(1, bad), title=bad, about=bad, bands=[Band(START, None, bad)], ticks=[Tick(START, bad)]
    )
    for svg in (str(draw(chart)), str(draw(chart, SPARK)), alone(chart)):
        assert "<script" not in svg
        assert ElementTree.fromstring(svg) is not None


def test_the_page_may_have_no_style_and_the_file_needs_none() -> None:
    chart = picture([1, 20, 2], Level(10, "limit", bad="above"))
    for svg in (str(draw(chart)), alone(chart)):
        assert "style" not in svg
    file = alone(chart)
    assert "class=" not in file
    assert 'xmlns="http://www.w3.org/2000/svg"' in file


any_number = st.floats(allow_nan=True, allow_infinity=True, width=64)


@given(
    st.lists(st.tuples(st.integers(0, 10**9), any_number), max_size=40),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.sampled_from([SPARK, PLATE]),
)
def test_whatever_was_measured_the_svg_is_well_formed(
    points: list[tuple[int, float]], level: float, frame: Frame
) -> None:
    points.sort(key=lambda point: point[0])
    line = Line("x", [at for at, _ in points], [min(max(v, -1e300), 1e300) for _, v in points])
    svg = draw(
        Picture(title="x", start=0, end=10**9, lines=[line], levels=[Level(level, "l", bad="above")]), frame
    )
    assert ElementTree.fromstring(svg) is not None
    assert "nan" not in re.sub(r"<title>.*?</title>", "", svg).lower().replace("n0", "")


@pytest.mark.parametrize(
    ("low", "high", "unit", "expected"),
    [
        (0, 0.23, "seconds", [0, 0.1, 0.2, 0.3]),
        (0, 1, "", [0, 0.25, 0.5, 0.75, 1]),
        (0, 7, "count", [0, 2, 4, 6, 8]),
        (0, 900, "seconds", [0, 300, 600, 900]),
        (0, 0, "", [0, 0.25, 0.5, 0.75, 1]),
        (-3, 5, "", [-4, -2, 0, 2, 4, 6]),
    ],
)
def test_marks_of_values_are_round(low: float, high: float, unit: str, expected: list[float]) -> None:
    assert values(low, high, unit) == pytest.approx(expected)


def test_marks_of_time_are_round_and_midnight_says_the_day() -> None:
    hours = instants(START, START + 24 * HOUR, 8)
    assert [said(at, hours[1] - hours[0]) for at in hours] == [
        *("03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00", "27 Nov", "03:00")
    ]
    days = instants(START, START + 30 * 24 * HOUR, 8)
    assert said(days[0], days[1] - days[0]).endswith(("Nov", "Dec"))
