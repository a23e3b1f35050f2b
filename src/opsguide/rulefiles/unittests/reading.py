"""A file of tests: promtool's format, and a guide in place of rule files. Everything wrong is told with its line.

Reference: prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules
"""

import glob
from collections.abc import Mapping, Sequence
from pathlib import Path

from yaml.nodes import Node

from opsguide.kernel.errors import OpsguideError, QueryError
from opsguide.telemetry.labels import Labels
from opsguide.telemetry.promqltest.series import Row, ScriptError, metric, points
from opsguide.telemetry.query.parsing import parse

from ..documents import Document, line_of
from ..model import Problem
from .model import AlertCase, ExpectedAlert, ExpectedSample, QueryCase, Test, TestFile

MINUTE = 60_000
MOST_POINTS = 1_000_000

_FILE = (
    "rule_files",
    "guide",
    "bindings",
    "evaluation_interval",
    "group_eval_order",
    "fuzzy_compare",
    "tests",
)
_TEST = (
    *("name", "interval", "input_series", "alert_rule_test", "promql_expr_test"),
    *("external_labels", "external_url"),
)


class TestFileError(OpsguideError):
    """A file of tests cannot be used. `problems` are all that is wrong."""

    __test__ = False

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = problems[0]
        super().__init__(first.what, where=f"{first.file}:{first.line}", hint=first.hint)
        self.problems = tuple(problems)


def read(path: Path) -> TestFile:
    """Raises TestFileError."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise TestFileError([Problem(str(path), 1, f"it cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError:
        raise TestFileError([Problem(str(path), 1, "it is no UTF-8 text")]) from None
    reader = _Reader(Document(text, str(path)), path)
    found = reader.file()
    if reader.document.problems:
        raise TestFileError(sorted(reader.document.problems, key=lambda one: one.line))
    return found


class _Reader:
    def __init__(self, document: Document, path: Path) -> None:
        self.document, self._path = document, path

    def file(self) -> TestFile:
        document = self.document
        whole = document.mapping(document.root, _FILE, "a file of tests") if document.root is not None else {}
        if document.root is None and not document.problems:
            document.note(1, "the file is empty", "write `rule_files:` and `tests:`")
        interval = (
            document.milliseconds(whole.get("evaluation_interval"), "`evaluation_interval`", 0) or MINUTE
        )
        tests = document.sequence(whole.get("tests"), "`tests`")
        guide, bindings = self._path_of(whole.get("guide")), self._path_of(whole.get("bindings"))
        if guide is not None and "rule_files" in whole:
            document.note(
                whole["guide"], "`guide` and `rule_files` cannot stand together", "make two files of it"
            )
        return TestFile(
            file=self._path,
            interval=interval,
            rule_files=tuple(self._rule_files(whole.get("rule_files"))),
            group_order=tuple(
                document.text(one, "a group")
                for one in document.sequence(whole.get("group_eval_order"), "the order")
            ),
            fuzzy=document.flag(whole.get("fuzzy_compare"), "`fuzzy_compare`"),
            tests=tuple(self._test(node, place, interval) for place, node in enumerate(tests, 1)),
            guide=guide,
            bindings=bindings,
        )

    def _path_of(self, node: Node | None) -> Path | None:
        text = self.document.text(node, "a path")
        return self._path.parent / text if text else None

    def _rule_files(self, node: Node | None) -> Sequence[Path]:
        found: list[Path] = []
        for one in self.document.sequence(node, "`rule_files`"):
            pattern = self.document.text(one, "a rule file")
            files = sorted(glob.glob(str(self._path.parent / pattern)))
            if not files:
                self.document.note(one, f"no file fits `{pattern}`", f"it is looked for beside {self._path}")
            found += [Path(name) for name in files]
        return found

    def _test(self, node: Node, place: int, interval: int) -> Test:
        document = self.document
        entries = document.mapping(node, _TEST, "a test")
        step = document.milliseconds(entries.get("interval"), "`interval`", 0) or interval
        labels = document.texts(entries.get("external_labels"), "`external_labels`")
        series = [
            self._series(one) for one in document.sequence(entries.get("input_series"), "`input_series`")
        ]
        alerts = document.sequence(entries.get("alert_rule_test"), "`alert_rule_test`")
        queries = document.sequence(entries.get("promql_expr_test"), "`promql_expr_test`")
        return Test(
            line=line_of(node),
            name=document.text(entries.get("name"), "the name of a test") or f"test {place}",
            interval=step,
            series=tuple(one for one in series if one is not None),
            alerts=tuple(self._alert(one) for one in alerts),
            queries=tuple(self._query(one) for one in queries),
            external_labels={name: text for name, (text, _) in labels.items()},
            external_url=document.text(entries.get("external_url"), "`external_url`"),
        )

    def _series(self, node: Node) -> Row | None:
        document = self.document
        entries = document.mapping(node, ("series", "values"), "an input series")
        labels = self._labels(entries.get("series"), node)
        values = document.text(entries.get("values"), "`values`")
        try:
            _hold_length(values)
            found = list(points(values))
        except ScriptError as error:
            document.note(
                entries.get("values", node), f"`values` cannot be read: {error}", "as in `0+10x5 _x2 stale 7`"
            )
            return None
        if any(point.histogram for point in found):
            document.note(
                entries.get("values", node), "native histograms are not supported", "use classic buckets"
            )
        return Row(labels, found)

    def _labels(self, node: Node | None, otherwise: Node) -> Labels:
        text = self.document.text(node, "a series")
        try:
            labels, rest = metric(text.strip())
            if rest.strip():
                raise ScriptError(f"unexpected {rest.strip()!r}")
        except ScriptError as error:
            self.document.note(
                node or otherwise, f"`{text}` is no series: {error}", 'write metric{label="value"}'
            )
            return ()
        return labels

    def _alert(self, node: Node) -> AlertCase:
        document = self.document
        entries = document.mapping(node, ("eval_time", "alertname", "exp_alerts"), "an alert test")
        name = document.text(entries.get("alertname"), "`alertname`")
        if not name:
            document.note(node, "an alert test needs `alertname`")
        expected = document.sequence(entries.get("exp_alerts"), "`exp_alerts`")
        return AlertCase(
            line_of(node), self._at(entries), name, tuple(self._expected(one, name) for one in expected)
        )

    def _expected(self, node: Node, name: str) -> ExpectedAlert:
        document = self.document
        entries = document.mapping(node, ("exp_labels", "exp_annotations"), "an expected alert")
        labels = document.texts(entries.get("exp_labels"), "`exp_labels`")
        annotations = document.texts(entries.get("exp_annotations"), "`exp_annotations`")
        return ExpectedAlert(
            {name: text for name, (text, _) in labels.items() if text} | {"alertname": name},
            {name: text for name, (text, _) in annotations.items()},
        )

    def _query(self, node: Node) -> QueryCase:
        document = self.document
        entries = document.mapping(node, ("expr", "eval_time", "exp_samples"), "a query test")
        expression = document.text(entries.get("expr"), "`expr`")
        try:
            parse(expression)
        except QueryError as error:
            document.note(entries.get("expr", node), f"`expr` is no PromQL: {error.what}", error.hint)
        expected = [
            self._sample(one) for one in document.sequence(entries.get("exp_samples"), "`exp_samples`")
        ]
        return QueryCase(line_of(node), self._at(entries), expression, tuple(expected))

    def _sample(self, node: Node) -> ExpectedSample:
        document = self.document
        entries = document.mapping(node, ("labels", "value", "histogram"), "an expected sample")
        if "histogram" in entries:
            document.note(entries["histogram"], "native histograms are not supported")
        text = document.text(entries.get("value"), "`value`", "0")
        value = document.tried(entries.get("value", node), lambda: _number(text), 0.0)
        return ExpectedSample(self._labels(entries.get("labels"), node), value)

    def _at(self, entries: Mapping[str, Node]) -> int:
        return self.document.milliseconds(entries.get("eval_time"), "`eval_time`", 0)


def _number(text: str) -> float:
    """As YAML writes numbers: `.nan` and `.inf` too. Raises ValueError with a sentence."""
    plain = text.strip().lower().replace(".nan", "nan").replace(".inf", "inf").replace("_", "")
    try:
        return float(int(plain, 16)) if plain.startswith("0x") else float(plain)
    except ValueError:
        raise ValueError(f"`value` cannot be `{text}`: write a number") from None


def _hold_length(values: str) -> None:
    """`1x1000000000` is a slip, and would fill the memory. Raises ScriptError."""
    for word in values.split():
        _, times, count = word.rpartition("x")
        if times and count.isdecimal() and (len(count) > 9 or int(count) > MOST_POINTS):
            raise ScriptError(f"{word} gives more than {MOST_POINTS} points")
