"""The original guide: what is found in it, and what the proposed edits make of it."""

from pathlib import Path

import pytest

from opsguide.guide.findings import apply_edits
from opsguide.guide.promise import Finding
from tests.guide.findings.found import findings, lines, of, summary

SEED = "seed/operations-guide.md"

# What issue 3 lists, in its order: what it says, the rule, the lines.
LISTED = {
    "a daily backup cannot keep an RPO of 1 hour, nor of 4": ("backup-rpo", [83, 98, 102, 106]),
    "critical incidents resolve in 2 hours, recovery may take 4, 8, 24": (
        "resolve-before-rto",
        [68, 86, 97, 101, 105],
    ),
    "one 4-hour window spends more than the 43.2 minutes": ("window-over-budget", [29, 156]),
    "so does a restore": ("restore-over-budget", [29, 86, 97, 101, 105]),
    "so does a 2-hour resolution": ("resolve-over-budget", [29, 68]),
    "two p95 alert levels against a 200 ms target": ("alert-levels-differ", [30, 43, 147]),
    "error rates between 1 % and 5 % alert nobody": ("alert-gap", [31, 38]),
    "targets without any alert": ("target-without-alert", [29, 55]),
    "`warning` is no severity": ("unknown-severity", [43, 48]),
    "FID is retired": ("fid-retired", [143]),
    "only security incidents escalate": ("escalation-for-some", [76, 77]),
    "no rotation cadence": ("rotation-without-cadence", [75, 76, 77]),
    "bi-weekly has two meanings and no anchor": ("ambiguous-cadence", [24]),
    "feature freeze has no length": ("freeze-without-length", [24]),
    "real-time has no cadence": ("real-time-without-cadence", [163]),
    "weekly retention without a weekly backup": ("retention-without-backup", [83, 84]),
    "uptime has no window": ("availability-without-period", [29]),
}
# What a careful reader finds besides.
BESIDES = [
    "query-takes-all 30 55",
    "escalation-without-delay 75 76",
    "postmortem-without-deadline 164",
]


@pytest.fixture(scope="module")
def text(shared: Path) -> str:
    return (shared / SEED).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def found(text: str) -> tuple[Finding, ...]:
    return findings(text)


@pytest.mark.parametrize("said", LISTED)
def test_what_the_issue_lists_is_found_with_its_lines(text: str, said: str) -> None:
    rule, wanted = LISTED[said]
    (finding,) = of(rule, text)
    assert lines(finding) == wanted


def test_nothing_else_is_found(found: tuple[Finding, ...]) -> None:
    listed = [" ".join((rule, *map(str, wanted))) for rule, wanted in LISTED.values()]
    assert sorted(summary(found)) == sorted([*listed, *BESIDES])


def test_messages_are_precise(text: str) -> None:
    messages = {finding.rule: finding.message for finding in findings(text)}
    assert messages["window-over-budget"].startswith(
        "99.9 % leaves 43.2 minutes a month; one window (line 156) may take 240 minutes"
    )
    assert messages["resolve-over-budget"] == (
        "99.9 % leaves 43.2 minutes a month: one `critical` incident that takes its 2 hours spends 2.8 times as much"
    )
    assert "1 hour (lines 98, 102), 4 hours (line 106)" in messages["backup-rpo"]
    assert "between 1 % and 5 %" in messages["alert-gap"]
    assert "at 300 ms (line 147) and at 500 ms (line 43)" in messages["alert-levels-differ"]


def test_kinds(found: tuple[Finding, ...]) -> None:
    kinds = {finding.rule: finding.kind for finding in found}
    assert kinds["backup-rpo"] == "conflict"
    assert kinds["rotation-without-cadence"] == "missing"
    assert kinds["fid-retired"] == "outdated"
    assert kinds["retention-without-backup"] == "advice"


def test_each_edit_settles_its_finding_and_breaks_nothing(text: str, found: tuple[Finding, ...]) -> None:
    before = {finding.rule for finding in found}
    with_edits = [finding for finding in found if finding.edits]
    assert len(with_edits) >= 6
    for finding in with_edits:
        after = {later.rule for later in findings(apply_edits(text, finding.edits))}
        # Which of the two weeks it is remains to be said.
        assert after - before <= (
            {"cadence-without-anchor"} if finding.rule == "ambiguous-cadence" else set()
        )
        assert finding.rule not in after


def test_what_the_edits_write(text: str, found: tuple[Finding, ...]) -> None:
    written = {finding.rule: [edit.text.strip() for edit in finding.edits] for finding in found}
    assert written["fid-retired"] == ["inp: { target: 200, alert: 500 }"]
    assert written["alert-gap"] == ["condition: error_rate > 1%"]
    assert written["alert-levels-differ"] == ["condition: p95_response_time > 300ms"]
    assert written["availability-without-period"] == ["- **Uptime**: 99.9% per calendar month SLA target"]
    assert written["window-over-budget"] == [
        "- **Uptime**: 99.9% SLA target; planned maintenance is excluded"
    ]
    assert written["unknown-severity"] == []
