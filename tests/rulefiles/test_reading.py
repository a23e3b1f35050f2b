"""Rule files: what they say, and what is said of a wrong one, at its line."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsguide.rulefiles.files import RuleFiles
from opsguide.rulefiles.reading import read

GOOD = """\
groups:
  - name: one
    interval: 30s
    query_offset: 1m
    limit: 5
    labels: {team: web, shared: group}
    rules:
      - record: job:up:sum
        expr: sum by (job) (up)
        labels:
          shared: rule
      - alert: Down
        expr: |
          up
            == 0
        for: 5m
        keep_firing_for: 90s
        labels:
          severity: critical
        annotations:
          summary: "{{ $labels.job }} is down"
      - alert: Down
        expr: up{job="db"} == 0
"""


def test_a_file_says() -> None:
    found = read(GOOD, "rules/a.yml")
    assert found.problems == ()
    (group,) = found.groups
    assert (group.name, group.interval_ms, group.offset_ms, group.limit) == ("one", 30_000, 60_000, 5)
    recording, down, again = group.rules
    assert (recording.kind, recording.name, recording.line) == ("recording", "job:up:sum", 8)
    assert recording.label_texts == {"team": "web", "shared": "rule"}
    assert (down.kind, down.for_ms, down.keep_firing_ms, down.where) == (
        "alerting",
        300_000,
        90_000,
        "rules/a.yml:12",
    )
    assert down.label_texts == {"team": "web", "shared": "group", "severity": "critical"}
    assert [down.id, again.id] == ["rules/a.yml:one:Down", "rules/a.yml:one:Down#2"]


BAD = {
    "groups: {}": (1, "`groups` must be a list"),
    "grops: []": (1, "`grops` is no key of a rule file"),
    "groups: [": (1, "this is no YAML"),
    "groups:\n- rules: []": (2, "a group has no name"),
    "groups:\n- name: a\n- name: a": (3, "the group `a` stands twice in this file"),
    "groups:\n- name: a\n  name: b": (3, "`name` stands twice in a group"),
    "groups:\n- name: a\n  interval: often": (3, "`interval` cannot be `often`"),
    "groups:\n- name: a\n  limit: few": (3, "`limit` cannot be `few`"),
    "groups:\n- name: a\n  rules:\n  - expr: up": (4, "a rule has neither `record` nor `alert`"),
    "groups:\n- name: a\n  rules:\n  - {alert: a, record: b, expr: up}": (
        4,
        "a rule has both `record` and `alert`",
    ),
    "groups:\n- name: a\n  rules:\n  - alert: b": (4, "a rule needs `expr`"),
    "groups:\n- name: a\n  rules:\n  - alert: b\n    expr: |\n      sum(up)\n        ==": (
        7,
        "`expr` is no PromQL",
    ),
    "groups:\n- name: a\n  rules:\n  - {record: 'a{b=\"c\"}', expr: up}": (4, "is no name of a metric"),
    "groups:\n- name: a\n  rules:\n  - {record: b, expr: up, for: 5m}": (
        4,
        "`for` has no meaning in a recording rule",
    ),
    "groups:\n- name: a\n  rules:\n  - {alert: b, expr: up, labels: {__name__: c}}": (
        4,
        "`__name__` is no name of a label",
    ),
    "groups:\n- name: a\n  rules:\n  - {alert: b, expr: up, for: soon}": (4, "`for` cannot be `soon`"),
    "groups:\n- name: a\n  rules:\n  - alert: b\n    expr: up\n    labels:\n      x: |\n        1\n        {{ $no }}": (
        9,
        "the template of `x`: the variable $no is not declared",
    ),
    "groups:\n- name: a\n  rules:\n  - {alert: b, expr: up, labels: {x: '{{ template \"y\" }}'}}": (
        4,
        "the template of `x`: `template` is not supported",
    ),
    "groups:\n- name: a\n  rules:\n  - {alert: b, exp: up}": (4, "`exp` is no key of a rule"),
    "- a": (1, "a rule file must be a mapping"),
    "[" * 5000: (1, "the file nests too deeply"),
    "x: !!python/object:os.system {}": (1, "`x` is no key of a rule file"),
}


@pytest.mark.parametrize("text", BAD, ids=lambda text: text[-25:])
def test_a_wrong_file_is_refused_at_its_line(text: str) -> None:
    found = read(text, "a.yml")
    assert found.groups == ()
    line, what = BAD[text]
    assert [one.line for one in found.problems if what in one.what] == [line], found.problems


def test_all_that_is_wrong_is_told() -> None:
    text = GOOD.replace("for: 5m", "for: x").replace("sum by (job) (up)", "sum(").replace("$labels", "$label")
    assert [one.line for one in read(text, "a.yml").problems] == [9, 16, 21]


@pytest.mark.parametrize(
    "text", [one for one in BAD if "template" not in one and "!!" not in one], ids=lambda text: text[-25:]
)
def test_promtool_refuses_them_too(text: str, tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    assert promtool is not None, "make setup installs it"
    if text.startswith("[["):
        return  # deep nesting is our own bound
    path = tmp_path / "a.yml"
    path.write_text(text, encoding="utf-8")
    ran = subprocess.run(
        [promtool, "check", "rules", str(path)], capture_output=True, check=False, timeout=30
    )
    assert ran.returncode != 0


def test_what_is_empty_or_merged_is_read() -> None:
    assert read("", "a.yml") == read("groups:", "a.yml") == read("# nothing", "a.yml")
    rules = (
        "  - {alert: a, expr: up, labels: &l {x: 1, y: 2}}\n  - {alert: b, expr: up, labels: {<<: *l, y: 3}}"
    )
    text = f"groups:\n- name: a\n  rules:\n{rules}"
    _, second = read(text, "a.yml").groups[0].rules
    assert second.label_texts == {"x": "1", "y": "3"}


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    found = read(text, "a.yml")
    assert all(1 <= one.line <= text.count("\n") + text.count("\r") + 3 for one in found.problems)


@given(
    st.lists(
        st.sampled_from(
            [
                "groups:",
                "\n- name: a",
                "\n  rules:",
                "\n  - alert: b",
                "\n    expr: up",
                "\n    for: 1m",
                " [",
                "{",
                "}",
                ": ",
                "&a",
                "*a",
                "<<",
                "'",
                "|",
                "\n",
            ]
        ),
        max_size=14,
    ).map("".join)
)
def test_pieces_of_files_are_read_or_refused(text: str) -> None:
    read(text, "a.yml")


class TestFiles:
    def test_are_found_by_patterns_and_read_again_only_when_they_change(self, tmp_path: Path) -> None:
        files = RuleFiles(tmp_path)
        first = files.look(["rules/*.yml"])
        assert first is not None
        assert first.problems[0].what == "telemetry.rules: no file fits `rules/*.yml`"
        (tmp_path / "rules").mkdir()
        for name in ("b.yml", "a.yml", "c.txt"):
            (tmp_path / "rules" / name).write_text(GOOD, encoding="utf-8")
        found = files.look(["rules/*.yml"])
        assert found is not None
        assert [group.file for group in found.groups] == ["rules/a.yml", "rules/b.yml"]
        assert files.look(["rules/*.yml"]) is None

    def test_that_cannot_be_read_are_a_problem(self, tmp_path: Path) -> None:
        (tmp_path / "a.yml").write_bytes(b"groups: []\n# \xff\xfe")
        found = RuleFiles(tmp_path).look(["a.yml"])
        assert found is not None
        assert [one.what for one in found.problems] == ["the file is no UTF-8 text"]
