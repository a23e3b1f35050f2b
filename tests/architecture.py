"""The source tree, read: every module of opsguide with what it imports and defines. No module is run."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

SRC = Path(__file__).parent.parent / "src"
PACKAGE = "opsguide"
CHAPTERS = frozenset(
    {"delivery", "monitoring", "incidents", "recovery", "security", "performance", "maintenance"},
)


@dataclass(frozen=True)
class Import:
    """`target` is a module, as exactly as the tree tells; `line` is where it is imported."""

    target: str
    line: int


@dataclass(frozen=True)
class Module:
    """One source file. `name` is dotted; `room` the part below opsguide: kernel, guide, app …"""

    path: Path
    name: str

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, filename=str(self.path))

    @property
    def room(self) -> str:
        return self.name.partition(".")[2].partition(".")[0]

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @property
    def where(self) -> str:
        return str(self.path.relative_to(SRC.parent))

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """Every import of the file, those inside functions and under TYPE_CHECKING too."""
        return tuple(self._imports())

    def _imports(self) -> Iterator[Import]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (Import(alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self._absolute(node)
                # `from a import b` may name the module a.b or something that a defines: give both chances.
                yield from (Import(_module_or_parent(base, alias.name), node.lineno) for alias in node.names)

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        package = self.name.split(".") if self.is_package else self.name.split(".")[:-1]
        package = package[: len(package) - node.level + 1]
        return ".".join([*package, *([node.module] if node.module else [])])


def _module_or_parent(base: str, name: str) -> str:
    inside = SRC.joinpath(*base.split("."), name)
    return f"{base}.{name}" if inside.is_dir() or inside.with_suffix(".py").is_file() else base


def modules() -> list[Module]:
    """Every module of opsguide, in the order of their paths."""
    return [Module(path, _dotted(path)) for path in sorted((SRC / PACKAGE).rglob("*.py"))]


def _dotted(path: Path) -> str:
    parts = path.relative_to(SRC).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
