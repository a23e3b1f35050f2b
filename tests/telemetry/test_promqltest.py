"""The runner of scripts: it reads the format and it does fail what is wrong."""

from pathlib import Path

import pytest

from opsguide.telemetry.promqltest.__main__ import main
from opsguide.telemetry.promqltest.running import Outcome, run
from opsguide.telemetry.promqltest.script import commands

LOADED = """
load 1m
  a{x="1"} 0+1x10
  a{x="2"} 5 _ 7 stale NaN -Inf 1e3
  h{} {{schema:0 count:1 sum:1 buckets:[1]}}x10
"""


def outcomes(script: str) -> list[Outcome]:
    return list(run(commands(LOADED + "\n" + script)))


def only(script: str) -> Outcome:
    (outcome,) = outcomes(script)
    return outcome


GOOD = [
    'eval instant at 1m a\n  a{x="1"} 1\n  {__name__="a", x="2"} 5',
    "eval instant at 0 1 + 1\n  2",
    "eval instant at 0 1 / 0\n  +Inf",
    'eval instant at 0 "text"\n  expect string "text"',
    'eval range from 0 to 5m step 1m a{x="2"}\n  a{x="2"} 5 5 7 _ NaN -Inf',
    'eval instant at 3m sort_desc(a)\n  expect ordered\n  a{x="1"} 3',
    'eval_ordered instant at 2m sort_desc(a)\n  a{x="2"} 7\n  a{x="1"} 2',
    'eval instant at 3m a{x="1"}[2m]\n  expect range vector from 2m to 3m step 1m\n  a{x="1"} 2 3',
    'eval instant at 1m rate(a[1m1s])\n  expect info\n  {x="1"} 0.01639344262295082',
    "eval_fail instant at 1m a + on() a",
    "eval instant at 1m a + on() a\n  expect fail regex: found duplicate series .* right hand-side",
    "eval instant at 1m quantile(2, a)\n  expect warn msg: PromQL warning: quantile value should be between 0 and 1, "
    "got 2 (1:10)\n  expect no_info\n  {} Inf",
    "clear\nload 1m\n  m 1 1 1 1\neval instant at 2m m @ end()\n  m 1",
    "clear\nload 1m\n  m 1 1 1 1\neval instant at 2m sum_over_time(m[1m] @ start())\n  {} 1",
    "eval instant at 1m b",
    "# a comment\neval instant at 1m b\n# another",
]


@pytest.mark.parametrize("script", GOOD)
def test_what_is_right_passes(script: str) -> None:
    assert only(script).result == "passed", only(script)


BAD = [
    'eval instant at 1m a{x="1"}\n  a{x="1"} 2',
    'eval instant at 1m a\n  a{x="1"} 1',
    "eval instant at 1m a\n",
    'eval instant at 1m a{x="1"}\n  a{x="1"} 1\n  a{x="3"} 1',
    "eval instant at 0 1 + 1\n  3",
    "eval instant at 0 1 + 1\n  {} 2",
    "eval instant at 0 vector(2)\n  2",
    'eval instant at 0 "text"\n  expect string "other"',
    'eval range from 0 to 2m step 1m a{x="2"}\n  a{x="2"} 5 5 8',
    'eval range from 0 to 2m step 1m a{x="2"}\n  a{x="2"} 5 5',
    'eval_ordered instant at 2m sort(a)\n  a{x="2"} 7\n  a{x="1"} 2',
    'eval instant at 1m rate(a[1m1s])\n  expect no_info\n  {x="1"} 0.016666666666666666',
    "eval instant at 1m a\n  expect fail",
    "eval instant at 1m a + on() a\n  expect fail msg: something else",
    "eval instant at 1m b\n  expect warn",
    "eval instant at 1m sum(",
    "eval sometime 1",
    "expect nothing",
    "load\n  a 1",
    "load 1m\n  a 1 two",
]


@pytest.mark.parametrize("script", BAD)
def test_what_is_wrong_fails(script: str) -> None:
    assert only(script).result == "failed"


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("eval instant at 1m h", "native histogram"),
        ("eval instant at 1m sum(a)\n  {} {{count:1}}", "native histogram"),
        ('eval instant at 1m {__name__=~".+"}', "native histogram"),
        ("eval instant at 1m limitk(1, a)", "limitk is experimental: not supported"),
        ("eval instant at 1m rate(a[5m] smoothed)", "smoothed is experimental: not supported"),
        ("eval instant at 1m a[5m+1m]", "arithmetic on durations is experimental: not supported"),
        ("eval instant at 1m a + fill(0) a\n  expect fail", "fill is experimental: not supported"),
    ],
)
def test_what_is_out_of_scope_says_why(script: str, why: str) -> None:
    outcome = only(script)
    assert (outcome.result, outcome.why) == ("unsupported", why)


def test_an_escape_that_go_does_not_know_breaks_its_case_and_no_other() -> None:
    script = 'eval instant at 0 a{x="2"}\n  a{x="\\d"} 5\n\neval instant at 0 1 + 1\n  2'
    assert [outcome.result for outcome in outcomes(script)] == ["failed", "passed"]


def test_clear_forgets() -> None:
    assert only("clear\n\neval instant at 1m a").result == "passed"


def test_classic_histograms_loaded_as_native_too_are_only_foreign_under_their_own_name() -> None:
    script = """load_with_nhcb 1m
  c_bucket{le="1"} 1x5
  c_bucket{le="+Inf"} 2x5
  c_count 2x5

eval instant at 1m c_count
  c_count 2

eval instant at 1m c
"""
    assert [outcome.result for outcome in outcomes(script)] == ["passed", "unsupported"]


def test_the_command_prints_failures_and_closes_with_the_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "good.test", tmp_path / "bad.test"
    good.write_text("eval instant at 0 1\n  1\n\neval instant at 0 limitk(1, a)\n")
    bad.write_text("\neval instant at 0 1\n  2\n")
    assert main([str(good)]) == 0
    assert main([str(good), str(bad), str(tmp_path / "none.test")]) == 1
    printed = capsys.readouterr().out.splitlines()
    assert printed[-1] == "1 passed, 2 failed, 1 unsupported"
    assert f"{bad}:2: failed: 1" in printed
    assert any("none.test: cannot be read" in line for line in printed)
    assert main([]) == 2


UNSUPPORTED = [
    'eval instant at 1m sort_by_label(a, "x")\n  expect ordered\n  a{x="1"} 1',
    'eval instant at 1m limitk(1, a)\n  a{x="1"} 1',
    'eval instant at 1m a + fill(0) b\n  {x="1"} 1',
    'eval instant at 1m rate(a[1m] anchored)\n  {x="1"} 1',
    "eval instant at 1m deriv(a[1m] smoothed)\n  expect fail msg: not with deriv",
    'eval instant at 1m sum_over_time(a[1m+1m])\n  {x="1"} 1',
    'eval instant at 1m sum_over_time(a[1m::20s])\n  {x="1"} 1',
    'eval instant at 1m a offset (2 * 3)\n  a{x="1"} 1',
    "eval range from 0 to 1m step 1m step()\n  {} 60 60",
    "eval instant at 1m min_of(1, 2)\n  1",
    'eval instant at 1m info(a)\n  a{x="1"} 1',
    "eval instant at 1m h\n  h {{schema:0 count:1 sum:1 buckets:[1]}}",
    "load 1m\n  s@st _ -30s\n  s 1 2\n\neval instant at 2m increase(s[2m])\n  {} 3",
    "load 1m\n  s ss(phase, on=1 off=0) x4\n\neval instant at 2m s\n  s ss(phase, off=0 on=1)",
]


@pytest.mark.parametrize("script", UNSUPPORTED)
def test_what_is_experimental_is_unsupported_and_says_why(script: str) -> None:
    outcome = only(script)
    assert outcome.result == "unsupported", outcome.why
    assert "experimental" in outcome.why or "native histogram" in outcome.why
