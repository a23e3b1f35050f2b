"""A YAML document read strictly: known keys only, each once, every complaint with its line."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TypeVar

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from opsguide.guide.wording import did_you_mean
from opsguide.kernel.promql import duration

from .model import Problem

T = TypeVar("T")

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_CHARS = 4_000_000
MAX_DEPTH = 20
_MERGE = "tag:yaml.org,2002:merge"
_NULL = "tag:yaml.org,2002:null"
_BOOLS = {"true": True, "false": False}


class Document:
    """One file. What is wrong is noted in `problems`, and reading goes on."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.root = self._composed(text)

    def _composed(self, text: str) -> Node | None:
        """The first document, as Prometheus takes it."""
        if len(text) > MAX_CHARS:
            self.note(1, f"the file is longer than {MAX_CHARS} characters", "split it")
            return None
        if _deep(text):
            self.note(1, "the file nests too deeply")
            return None
        try:
            return next(iter(yaml.compose_all(text, _LOADER)), None)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            said = error.problem or error.context or "it cannot be read"
            self.note(
                min(mark.line, text.count("\n")) + 1 if mark else 1,
                f"this is no YAML: {said}",
                "quote texts that hold `: `, `#` or `{`",
            )
        except (yaml.YAMLError, ValueError) as error:
            self.note(1, f"this is no YAML: {str(error).splitlines()[0]}")
        return None

    def note(self, at: Node | int, what: str, hint: str = "") -> None:
        self.problems.append(Problem(self.file, at if isinstance(at, int) else line_of(at), what, hint))

    def mapping(
        self, node: Node, known: Collection[str], what: str, *, any_key: bool = False
    ) -> dict[str, Node]:
        """The entries of a mapping by key; unknown and repeated keys are noted."""
        if not isinstance(node, MappingNode):
            if not _is_null(node):
                self.note(node, f"{what} must be a mapping of keys and values")
            return {}
        found: dict[str, Node] = {}
        for key, value in self._entries(node, 0):
            name = key.value if isinstance(key, ScalarNode) else ""
            if name in found:
                self.note(key, f"`{name}` stands twice in {what}", "keep one of them")
            elif not any_key and name not in known:
                hint = did_you_mean(name, known) or f"known here: {', '.join(sorted(known))}"
                self.note(key, f"`{name}` is no key of {what}", hint)
            else:
                found[name] = value
        return found

    def _entries(self, node: MappingNode, depth: int) -> Iterator[tuple[Node, Node]]:
        """Keys with values; what `<<` merges comes after the mapping's own, where it has no such key."""
        own: set[str] = set()
        merged: list[Node] = []
        for key, value in node.value:
            if key.tag == _MERGE:
                merged += value.value if isinstance(value, SequenceNode) else [value]
            else:
                own.add(getattr(key, "value", ""))
                yield key, value
        for other in merged:
            if isinstance(other, MappingNode) and depth < MAX_DEPTH:
                for key, value in self._entries(other, depth + 1):
                    if getattr(key, "value", "") not in own:
                        own.add(getattr(key, "value", ""))
                        yield key, value

    def sequence(self, node: Node | None, what: str) -> Sequence[Node]:
        if node is None or _is_null(node):
            return ()
        if not isinstance(node, SequenceNode):
            self.note(node, f"{what} must be a list", "begin each entry with `- `")
            return ()
        return tuple(node.value)

    def text(self, node: Node | None, what: str, default: str = "") -> str:
        """A text; numbers and the like are taken as they are written."""
        if node is None or _is_null(node):
            return default
        if not isinstance(node, ScalarNode):
            self.note(node, f"{what} must be a text")
            return default
        return str(node.value)

    def texts(self, node: Node | None, what: str) -> dict[str, tuple[str, Node]]:
        """A mapping of texts, with the node of each."""
        if node is None:
            return {}
        entries = self.mapping(node, (), what, any_key=True)
        return {name: (self.text(value, f"`{name}` of {what}"), value) for name, value in entries.items()}

    def milliseconds(self, node: Node | None, what: str, default: T) -> int | T:
        text = self.text(node, what)
        if node is None or not text:
            return default
        found = 0 if text == "0" else duration(text)
        if found is None or found < 0:
            self.note(
                node, f"{what} cannot be `{text}`", "a duration is written `30s`, `5m`, `1h30m` or `2d`"
            )
            return default
        return found

    def whole(self, node: Node | None, what: str) -> int:
        text = self.text(node, what, "0")
        try:
            return max(0, int(text))
        except ValueError:
            assert node is not None
            self.note(node, f"{what} cannot be `{text}`", "write a whole number; 0 is none")
            return 0

    def flag(self, node: Node | None, what: str) -> bool:
        text = self.text(node, what, "false").lower()
        if text not in _BOOLS and node is not None:
            self.note(node, f"{what} cannot be `{text}`", "write true or false")
        return _BOOLS.get(text, False)

    def tried(self, node: Node, read: Callable[[], T], default: T) -> T:
        """What `read` gives; a ValueError is noted at the node."""
        try:
            return read()
        except ValueError as error:
            self.note(node, str(error))
            return default


def line_of(node: Node) -> int:
    return int(node.start_mark.line) + 1


def text_line(node: Node) -> int:
    """Where the text of a value begins: that of a block (`|`) on the line below."""
    return line_of(node) + (isinstance(node, ScalarNode) and node.style in ("|", ">"))


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.tag == _NULL


def _deep(text: str) -> bool:
    """Brackets or blanks so deep that YAML's reader, which calls itself, would end the process."""
    depth = deepest = 0
    for char in text:
        if char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}\n":
            depth = 0 if char == "\n" else max(0, depth - 1)
    return deepest > 200 or any(len(line) - len(line.lstrip(" -?")) > 400 for line in text.split("\n"))


def present(entries: Mapping[str, Node], *names: str) -> list[str]:
    return [name for name in names if name in entries]
