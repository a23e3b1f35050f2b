"""`opsguide alerts test` against Debian's `promtool test rules` on the same files, and on the guide's own alerts."""

import json
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml

from opsguide.app.alerts.guide import UNBOUND
from opsguide.app.alerts.testing import results_of
from opsguide.readers import ALL
from opsguide.rulefiles.unittests.model import CaseResult
from tests.test_cli import run

FILES = Path(__file__).parent / "promtool"
PROMTOOL = shutil.which("promtool")


def promtool(*words: str) -> subprocess.CompletedProcess[str]:
    assert PROMTOOL is not None, "make setup installs it"
    return subprocess.run([PROMTOOL, *words], capture_output=True, text=True, check=False, timeout=60)


def cases(path: Path) -> tuple[CaseResult, ...]:
    found = results_of(path, lambda: ALL)
    assert not found.problems, found.problems
    return found.cases


@pytest.mark.parametrize("path", sorted(FILES.glob("*.test.yml")), ids=lambda path: path.name)
def test_what_promtool_passes_passes(path: Path) -> None:
    assert promtool("test", "rules", str(path)).returncode == 0
    assert [case for case in cases(path) if case.result != "passed"] == []


@pytest.mark.parametrize("path", sorted(FILES.glob("*.fails.yml")), ids=lambda path: path.name)
def test_what_promtool_fails_fails(path: Path) -> None:
    assert promtool("test", "rules", str(path)).returncode == 1
    assert all(case.result != "passed" for case in cases(path))


@pytest.mark.parametrize("path", sorted(FILES.glob("*.rules.yml")), ids=lambda path: path.name)
def test_each_expectation_can_fail(path: Path, tmp_path: Path) -> None:
    """One expected thing after the other is changed: the case of its line fails, for promtool as for us."""
    test = path.with_name(path.name.replace(".rules.", ".test."))
    if not test.exists():
        return
    shutil.copy(path, tmp_path)
    for old, new in (
        ("value: 1}", "value: 3}"),
        ("value: 2}", "value: 2.5}"),
        ("instance: a}", "instance: z}"),
    ):
        text = test.read_text(encoding="utf-8")
        if old not in text:
            continue
        changed = tmp_path / test.name
        changed.write_text(text.replace(old, new, 1), encoding="utf-8")
        assert promtool("test", "rules", str(changed)).returncode == 1
        assert [case.result for case in cases(changed)].count("failed") == 1


GUIDE = """# Operations

## Monitoring

```yaml
alerts:
  high_error_rate:
    condition: error_rate > 5%
    duration: 5m
    severity: critical
  slow:
    condition: p95_response_time > 500ms
    duration: 2m
    severity: warning
```
"""

TESTS = """
guide: operations.md
tests:
  - name: errors
    interval: 1m
    input_series:
      - {series: 'http_requests_total{status="200"}', values: '0+60x30'}
      - {series: 'http_requests_total{status="500"}', values: '0x5 0+30x10 300x20'}
    alert_rule_test:
      - {eval_time: 8m, alertname: high_error_rate}
      - {eval_time: 15m, alertname: high_error_rate, exp_alerts: [{exp_labels: {severity: critical}}]}
      - {eval_time: 25m, alertname: high_error_rate}
      - {eval_time: 15m, alertname: slow}
"""


@pytest.fixture
def of_guide(tmp_path: Path) -> Path:
    (tmp_path / "operations.md").write_text(GUIDE, encoding="utf-8")
    path = tmp_path / "alerts.test.yml"
    path.write_text(TESTS, encoding="utf-8")
    return path


def test_the_guides_own_alerts(of_guide: Path) -> None:
    assert [case.result for case in cases(of_guide)] == ["passed"] * 4


def test_a_guide_that_changed_fails_its_tests(of_guide: Path) -> None:
    guide = of_guide.with_name("operations.md")
    guide.write_text(GUIDE.replace("> 5%", "> 50%"), encoding="utf-8")
    failed = [case for case in cases(of_guide) if case.result == "failed"]
    assert [case.line for case in failed] == [11]
    assert failed[0].got == ()


def test_bindings_of_the_guide_hold(of_guide: Path) -> None:
    """Another signal for the same name, as in the running service."""
    bindings = UNBOUND + '[signals]\nerror_rate = "broken"\n'
    of_guide.with_name("opsguide.toml").write_text(bindings, encoding="utf-8")
    text = TESTS.replace('http_requests_total{status="200"}', "broken").replace("0+60x30", "0.01x8 0.5x30")
    of_guide.write_text(text, encoding="utf-8")
    assert {case.result for case in cases(of_guide)[:2]} == {"passed"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("alertname: slow", "alertname: slwo", "alerts.test.yml:13: the guide has no alert `slwo`"),
        ("operations.md", "nowhere.md", "nowhere.md"),
        ("values: '0+60x30'", "values: '0+60y30'", "alerts.test.yml:7: `values` cannot be read"),
        ("values: '0+60x30'", "values: '0+60x3000000000'", "gives more than 1000000 points"),
        ("eval_time: 8m", "eval_time: soon", "alerts.test.yml:10: `eval_time` cannot be `soon`"),
        ("interval: 1m", "intervall: 1m", "alerts.test.yml:5: `intervall` is no key of a test"),
        ("guide: operations.md", "guide: operations.md\nrule_files: []", "cannot stand together"),
    ],
)
def test_what_cannot_be_used_is_said_at_its_line(of_guide: Path, old: str, new: str, said: str) -> None:
    of_guide.write_text(TESTS.replace(old, new, 1), encoding="utf-8")
    ran = run("alerts", "test", str(of_guide))
    assert ran.returncode == 2
    assert said in ran.stdout
    assert "Traceback" not in ran.stdout + ran.stderr


def test_everything_that_is_wrong_with_the_bindings_is_told_at_once(of_guide: Path) -> None:
    of_guide.with_name("opsguide.toml").write_text("zone = 7\n[environments.production]\nurll = 1\n")
    for ran in (
        run("alerts", "test", str(of_guide)),
        run("alerts", "export", str(of_guide.parent / "operations.md")),
    ):
        assert ran.returncode == 2
        told = ran.stdout + ran.stderr
        assert "opsguide.toml:1: `zone` must be a text" in told
        assert "opsguide.toml:3: unknown key `environments.production.urll`" in told


def test_bindings_that_are_named_and_not_there_are_no_empty_ones(of_guide: Path) -> None:
    of_guide.write_text(TESTS.replace("guide: operations.md", "guide: operations.md\nbindings: gone.toml", 1))
    ran = run("alerts", "test", str(of_guide))
    assert (ran.returncode, "gone.toml:1: there is no such file" in ran.stdout) == (2, True)


def test_the_command_tells_as_a_test_runner_does(of_guide: Path) -> None:
    passed = run("alerts", "test", str(of_guide))
    assert (passed.returncode, passed.stdout.splitlines()[-1]) == (0, "4 passed, 0 failed")
    failing = FILES / "web.fails.yml"
    failed = run("alerts", "test", str(of_guide), str(failing))
    assert failed.returncode == 1
    assert f"failed: {failing}:7: test 1: alert ErrorRate at 4 m" in failed.stdout
    assert '  expected:\n    {alertname="ErrorRate", severity="critical"}\n  got: nothing' in failed.stdout
    told = json.loads(run("alerts", "test", str(failing), "--format", "json").stdout)
    assert (told["passed"], told["failed"]) == (0, 3)
    tree = ET.fromstring(run("alerts", "test", str(failing), "--format", "junit").stdout)
    assert [suite.get("failures") for suite in tree] == ["3"]
    assert run("alerts", "test", str(of_guide), "--run", "nothing so called").stdout.endswith(
        "0 passed, 0 failed\n"
    )


def test_the_guides_alerts_as_a_rule_file(of_guide: Path, tmp_path: Path) -> None:
    """Prometheus accepts it, and its rules pass the tests that the guide's alerts pass."""
    rules = tmp_path / "exported.yml"
    metrics = ("--metric", "http_requests_total", "--metric", "http_request_duration_seconds_bucket")
    ran = run("alerts", "export", str(of_guide.with_name("operations.md")), "--output", str(rules), *metrics)
    assert ran.returncode == 0, ran.stderr
    checked = promtool("check", "rules", str(rules))
    assert "2 rules found" in checked.stdout, checked.stderr
    again = TESTS.replace("guide: operations.md", "rule_files: [exported.yml]")
    first = yaml.safe_load(rules.read_text(encoding="utf-8"))["groups"][0]["rules"][0]
    assert first["annotations"]["guide"] == "operations.md:8"
    exact = json.dumps({"exp_labels": first["labels"], "exp_annotations": first["annotations"]})
    again = again.replace("{exp_labels: {severity: critical}}", exact)
    again = again.replace("status=", 'environment="production", status=')
    of_guide.write_text(again, encoding="utf-8")
    assert [case.result for case in cases(of_guide)] == ["passed"] * 4
    assert promtool("test", "rules", str(of_guide)).returncode == 0


def test_what_an_exported_file_lacks_is_told(tmp_path: Path) -> None:
    guide = tmp_path / "guide.md"
    guide.write_text(GUIDE.replace("error_rate > 5%", "moon_phase > 5"), encoding="utf-8")
    ran = run("alerts", "export", str(guide))
    assert "moon_phase" not in ran.stdout
    assert (
        "left out: high_error_rate: no signal is known for moon_phase: define it under [signals]"
        in ran.stderr
    )
