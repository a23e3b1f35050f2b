"""What a chapter adds to the console: its routes and templates, panels in the top bar, numbers, words for facts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from litestar.di import NamedDependency
from litestar.params import SkipValidation
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from ..kernel.facts import Data, Recorded
from .console import Console
from .metrics import Metric

ConsoleDep: TypeAlias = NamedDependency[SkipValidation[Console]]
"""A handler's parameter `console: ConsoleDep` is the running service."""


class Link(Struct, frozen=True):
    """An entry of the top bar's navigation."""

    text: str
    href: str


class Panel(Struct, frozen=True):
    """One thing that the top bar always says. `alarm` makes it red: somebody has to act now."""

    label: str
    text: str
    href: str = ""
    alarm: bool = False


class Holder(Struct, frozen=True):
    """Who has a promise that is not kept: `INC-3, Ana has it`."""

    text: str
    href: str
    alarm: bool = False


Say: TypeAlias = Callable[[Recorded, Mapping[str, str]], str]
"""A fact as a sentence; the mapping gives people's names by their ids."""


def _nothing(_console: Console) -> Iterable[Any]:
    return ()


def _nobody(_console: Console) -> Mapping[str, Holder]:
    return {}


def _untouched(_recorded: Recorded) -> Iterable[str]:
    return ()


@dataclass(frozen=True)
class Pages:
    """`touches` names the live events that a fact causes; `words` say facts in a sentence; `holders` go by promise."""

    name: str
    handlers: Sequence[ControllerRouterHandler] = ()
    templates: Path | None = None
    links: Sequence[Link] = ()
    panels: Callable[[Console], Iterable[Panel]] = _nothing
    holders: Callable[[Console], Mapping[str, Holder]] = _nobody
    metrics: Callable[[Console], Iterable[Metric]] = _nothing
    touches: Callable[[Recorded], Iterable[str]] = _untouched
    words: Mapping[type[Data], Say] = field(default_factory=dict)
