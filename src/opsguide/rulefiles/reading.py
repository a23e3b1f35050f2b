"""Text of a rule file → groups of rules, or every problem in it with its line.

The format is that of Prometheus 3 (prometheus.io/docs/prometheus/latest/configuration/recording_rules and
alerting_rules): what Prometheus refuses is refused here, and what Prometheus takes is taken.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from msgspec import Struct
from yaml.nodes import Node

from opsguide.kernel.errors import QueryError
from opsguide.telemetry.query.parsing import parse

from .. import gotemplate
from ..gotemplate import Template, TemplateError
from .documents import Document, line_of, present, text_line
from .model import Group, Problem, Rule

VARIABLES = ("$labels", "$value", "$externalLabels", "$externalURL")
"""What a template of a rule can use without declaring it."""

_GROUP = ("name", "interval", "query_offset", "limit", "labels", "rules")
_RULE = ("record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations")
_ONLY_ALERTING = ("for", "keep_firing_for", "annotations")
_PLACE = re.compile(r"PromQL (\d+):(\d+)")


class Read(Struct, frozen=True):
    """A file: its groups, or, where there are any, its problems."""

    groups: tuple[Group, ...]
    problems: tuple[Problem, ...] = ()


def read(text: str, file: str) -> Read:
    """`file` is how the file is called in messages and in the ids of its rules."""
    document = Document(text, file)
    reader = _Reader(document)
    groups = tuple(reader.groups()) if document.root is not None else ()
    problems = tuple(sorted(document.problems, key=lambda one: one.line))
    return Read(() if problems else groups, problems)


class _Reader:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._seen: Counter[str] = Counter()

    def groups(self) -> Iterator[Group]:
        document = self._document
        assert document.root is not None
        whole = document.mapping(document.root, ("groups",), "a rule file")
        names: set[str] = set()
        for node in document.sequence(whole.get("groups"), "`groups`"):
            entries = document.mapping(node, _GROUP, "a group")
            name = document.text(entries.get("name"), "the name of a group")
            if not name:
                document.note(node, "a group has no name", "add `name: …`, once in a file")
            elif name in names:
                document.note(node, f"the group `{name}` stands twice in this file", "give one another name")
            names.add(name)
            yield self._group(name, node, entries)

    def _group(self, name: str, node: Node, entries: Mapping[str, Node]) -> Group:
        document = self._document
        labels = document.texts(entries.get("labels"), "the group's labels")
        self._hold_names(labels, "label")
        rules = [self._rule(name, one, labels) for one in document.sequence(entries.get("rules"), "`rules`")]
        interval = document.milliseconds(entries.get("interval"), "`interval`", None)
        return Group(
            name=name,
            file=document.file,
            line=line_of(node),
            interval_ms=interval or None,
            offset_ms=document.milliseconds(entries.get("query_offset"), "`query_offset`", 0),
            limit=document.whole(entries.get("limit"), "`limit`"),
            rules=tuple(rule for rule in rules if rule is not None),
        )

    def _rule(self, group: str, node: Node, shared: Mapping[str, tuple[str, Node]]) -> Rule | None:
        document = self._document
        entries = document.mapping(node, _RULE, "a rule")
        named = present(entries, "record", "alert")
        if len(named) != 1:
            said = (
                "a rule has both `record` and `alert`" if named else "a rule has neither `record` nor `alert`"
            )
            document.note(node, said, "`record: NAME` records a series, `alert: NAME` is an alert")
            return None
        (what,) = named
        name = document.text(entries[what], f"`{what}`")
        if not name:
            document.note(entries[what], f"`{what}` is empty", "give it a name")
        if what == "record":
            self._hold_recording(name, entries)
        labels = {**shared, **document.texts(entries.get("labels"), "labels")}
        annotations = document.texts(entries.get("annotations"), "annotations")
        self._hold_names(labels, "label")
        self._hold_names(annotations, "annotation")
        self._seen[f"{group}:{name}"] += 1
        times = self._seen[f"{group}:{name}"]
        return Rule(
            id=f"{document.file}:{group}:{name}" + (f"#{times}" if times > 1 else ""),
            kind="recording" if what == "record" else "alerting",
            name=name,
            expr=self._expression(node, entries.get("expr")),
            file=document.file,
            line=line_of(node),
            for_ms=document.milliseconds(entries.get("for"), "`for`", 0),
            keep_firing_ms=document.milliseconds(entries.get("keep_firing_for"), "`keep_firing_for`", 0),
            labels=self._templates(labels) if what == "alert" else _plain(labels),
            annotations=self._templates(annotations),
            label_texts={name: text for name, (text, _) in labels.items()},
            annotation_texts={name: text for name, (text, _) in annotations.items()},
        )

    def _hold_recording(self, name: str, entries: Mapping[str, Node]) -> None:
        if "{" in name or "}" in name:
            self._document.note(
                entries["record"], f"`{name}` is no name of a metric", "selectors belong into `expr`"
            )
        for key in present(entries, *_ONLY_ALERTING):
            self._document.note(
                entries[key], f"`{key}` has no meaning in a recording rule", "delete it, or write `alert`"
            )

    def _hold_names(self, found: Mapping[str, tuple[str, Node]], what: str) -> None:
        for name, (_, node) in found.items():
            if not name or (name == "__name__" and what == "label"):
                self._document.note(node, f"`{name}` is no name of a {what}", "choose another name")

    def _expression(self, rule: Node, node: Node | None) -> str:
        text = self._document.text(node, "`expr`")
        if node is None or not text.strip():
            self._document.note(node or rule, "a rule needs `expr`", "write the PromQL behind it")
            return ""
        try:
            parse(text)
        except QueryError as error:
            place = _PLACE.fullmatch(error.where)
            line = text_line(node) + (int(place[1]) - 1 if place else 0)
            self._document.note(line, f"`expr` is no PromQL: {error.what}", error.hint or "try it in Explore")
        return text

    def _templates(self, found: Mapping[str, tuple[str, Node]]) -> dict[str, Template]:
        return {name: self._template(name, text, node) for name, (text, node) in found.items()}

    def _template(self, name: str, text: str, node: Node) -> Template:
        try:
            return gotemplate.parse(text, VARIABLES, gotemplate.NAMES)
        except TemplateError as error:
            line = text_line(node) + error.line - 1
            self._document.note(line, f"the template of `{name}`: {error.what}", error.hint)
            return Template(())


def _plain(found: Mapping[str, tuple[str, Node]]) -> dict[str, Template]:
    return {name: Template((gotemplate.tree.Text(text),)) for name, (text, _) in found.items()}
