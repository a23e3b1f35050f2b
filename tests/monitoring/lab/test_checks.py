"""What a check says, how long it counts, and which samples it is."""

import pytest

from opsguide.guide.bindings import LabBinding
from opsguide.kernel.clock import Instant, after
from opsguide.monitoring.lab.checks import Check, Load, blocking, due, samples, state_of
from tests.world import START

PAGE = "https://shop.example/"
BOUND = LabBinding(page=PAGE, every=21_600, environment="production")


def a_load(lcp: float | None = 1.0, errors: int = 0, said: tuple[str, ...] = ()) -> Load:
    return Load(
        lcp=lcp, cls=0.01, fcp=0.5, ttfb=0.1, tbt=0.0, bytes=1000, requests=3, errors=errors, said=said
    )


def a_check(*loads: Load, at: Instant = START, problem: str = "") -> Check:
    return Check(at=at, page=PAGE, form="mobile", loads=loads, problem=problem)


def names(check: Check | None, bound: LabBinding, now: Instant) -> dict[str, float]:
    return {one.labels["__name__"]: one.value for one in samples(check, bound, now)}


def test_one_load_that_was_disturbed_does_not_count() -> None:
    check = a_check(a_load(1.0), a_load(9.0), a_load(1.2))
    assert check.median("lcp") == 1.2
    assert check.span("lcp") == (1.0, 9.0)


@pytest.mark.parametrize(
    ("values", "median"), [((None, 1.0, 2.0), 1.5), ((None, None, 1.0), None), ((None, 1.0), None)]
)
def test_what_half_of_the_loads_do_not_have_has_no_median(
    values: tuple[float | None, ...], median: float | None
) -> None:
    assert a_check(*map(a_load, values)).median("lcp") == median


def test_complaints_of_all_loads_are_told_once() -> None:
    assert a_check(a_load(said=("a", "b")), a_load(said=("b", "c"))).said == ("a", "b", "c")


def test_a_check_counts_until_the_next_but_one_is_over() -> None:
    check = a_check(a_load())
    for hours, state in ((0, "measured"), (12, "measured"), (12.1, "old")):
        now = after(START, 3600 * hours)
        assert state_of(check, BOUND, now) == state
        assert ("lab_lcp_seconds" in names(check, BOUND, now)) is (state == "measured")
    assert names(check, BOUND, after(START, 50_000))["lab_success"] == 0


def test_of_a_check_that_failed_no_number_is_left() -> None:
    check = a_check(a_load(), problem="it answered 503")
    assert state_of(check, BOUND, START) == "failed"
    assert names(check, BOUND, START) == {"lab_success": 0, "lab_check_timestamp_seconds": START / 1000}


def test_of_a_page_that_was_bound_otherwise_nothing_is_known() -> None:
    for bound in (LabBinding(page=PAGE, form="desktop"), LabBinding(page=f"{PAGE}new")):
        assert state_of(a_check(a_load()), bound, START) == "waiting"
        assert names(a_check(a_load()), bound, START) == {}
        assert due(a_check(a_load()), bound, START) == START


def test_only_one_that_is_bound_to_judge_says_so() -> None:
    judging = LabBinding(page=PAGE, environment="production", judges=True)
    assert all("judges" not in one.labels for one in samples(a_check(a_load()), BOUND, START))
    assert all(one.labels["judges"] == "true" for one in samples(a_check(a_load()), judging, START))


def test_the_next_one_comes_after_its_time_sooner_after_a_failure_and_at_once_when_the_clock_was_set_back() -> (
    None
):
    assert due(None, BOUND, START) == START
    assert due(a_check(a_load()), BOUND, START) == after(START, 21_600)
    assert due(a_check(problem="it answered 503"), BOUND, START) == after(START, 300)
    early = after(START, -60)
    assert due(a_check(a_load()), BOUND, early) == early


@pytest.mark.parametrize(
    ("tasks", "fcp", "seconds"),
    [
        ([], 0.5, 0.0),
        ([(1.0, 0.05)], 0.5, 0.0),
        ([(1.0, 0.25), (2.0, 0.07)], 0.5, 0.22),
        ([(0.1, 0.3)], 0.5, 0.0),  # over before anything was to be seen
        ([(0.4, 0.3)], 0.5, 0.15),  # only what is left of it counts
        ([(0.4, 0.3)], None, 0.25),
    ],
)
def test_what_blocks_is_what_long_tasks_take_above_50_ms_after_the_first_paint(
    tasks: list[tuple[float, float]], fcp: float | None, seconds: float
) -> None:
    assert blocking(tasks, fcp) == pytest.approx(seconds)
