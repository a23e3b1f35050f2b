"""What a rule file says, typed. Times are milliseconds."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from ..gotemplate import Template

Kind: TypeAlias = Literal["alerting", "recording"]


class Rule(Struct, frozen=True, kw_only=True):
    """`id` is file, group and name, and stays the same while those do. Labels of a recording rule are plain texts.

    `source` are the labels and annotations as they were written.
    """

    id: str
    kind: Kind
    name: str
    expr: str
    file: str
    line: int
    for_ms: int = 0
    keep_firing_ms: int = 0
    labels: Mapping[str, Template] = {}
    annotations: Mapping[str, Template] = {}
    label_texts: Mapping[str, str] = {}
    annotation_texts: Mapping[str, str] = {}

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}"


class Group(Struct, frozen=True, kw_only=True):
    """Rules that run one after the other. `interval_ms` None: whenever samples arrive. `limit` 0: none."""

    name: str
    file: str
    line: int
    interval_ms: int | None = None
    offset_ms: int = 0
    limit: int = 0
    rules: tuple[Rule, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.file}:{self.name}"


class Problem(Struct, frozen=True):
    """What is wrong in a file, where, and what to do."""

    file: str
    line: int
    what: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}" + (f"\n  → {self.hint}" if self.hint else "")
