"""A part of the core: one chapter's state, what it folds, the commands it takes, and what it decides. All pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from msgspec import Struct

from .clock import Instant
from .facts import Data, FactTypes, Recorded

Conditions: TypeAlias = frozenset[str]
"""Named truths that chapters publish for others: `incident.critical.open`, `environment.production.down`."""


class Command(Struct, frozen=True):
    """Base of every command: someone wants something. It becomes facts, or a refusal with a name."""


class Said(Struct, frozen=True):
    """A fact before the engine gives it its time, actor and cause."""

    data: Data
    subject: str
    personal: Data | None = None


class Refusal(Struct, frozen=True):
    """Why a command changes nothing. `reason` is a stable name, `what` a sentence, `hint` what to do instead."""

    reason: str
    what: str
    hint: str = ""


class Decision(Struct, frozen=True):
    """What a part decides by itself at an instant, and when it must be asked again at the latest."""

    said: tuple[Said, ...] = ()
    wake: Instant | None = None


Answer: TypeAlias = tuple[Said, ...] | Refusal


def _decides_nothing(_state: Any, _conditions: Conditions, _now: Instant) -> Decision:
    return Decision()


def _publishes_nothing(_state: Any, _now: Instant) -> Iterable[str]:
    return ()


@dataclass(frozen=True)
class Part:
    """The state's type follows from `initial`; every function below gets it as its first argument.

    `folds` change the state in place, one function a class of fact; no other part's state is ever touched.
    `handlers` answer commands and change nothing. `decide` must come to rest: once what it said is folded, it says
    nothing more at the same instant.
    """

    name: str
    facts: FactTypes
    initial: Callable[[], Any]
    folds: Mapping[type[Data], Callable[[Any, Recorded], None]]
    handlers: Mapping[type[Command], Callable[[Any, Any, Instant], Answer]] = field(default_factory=dict)
    decide: Callable[[Any, Conditions, Instant], Decision] = _decides_nothing
    conditions: Callable[[Any, Instant], Iterable[str]] = _publishes_nothing
