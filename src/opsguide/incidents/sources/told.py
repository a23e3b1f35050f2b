"""What a source tells of one trouble, whatever form it came in, and the command that follows. Pure."""

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct, field

from ...guide.bindings import Source
from ...kernel.links import is_web_link
from ...kernel.part import Command
from ..commands import Acknowledge, Open, Recover
from ..conditions import CONDITION_LABEL, condition_of
from ..severity import UNSPECIFIED, proposal
from ..state import State

MOST_AT_ONCE = 1_000
"""More troubles in one delivery are refused: whoever sends so many sends them in several."""

MOST_CHARACTERS = 1_000
"""Titles, reasons, keys and values of labels are cut here."""

MOST_LABELS = 40

Happening: TypeAlias = Literal["begun", "acknowledged", "over"]


class Unreadable(Exception):
    """What a delivery holds is not what its form says; the message says where."""


class Told(Struct, frozen=True):
    """`key` is the source's own name of the trouble; `group` puts several into one incident, "" does not.

    `severity` is a word of the source, None where it says none; `condition` what is so, where it says it.
    """

    key: str
    happened: Happening
    title: str = ""
    reason: str = ""
    severity: str | None = None
    condition: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    runbook: str = ""
    group: str = ""
    by: str = ""


def key_of(source: str, told: Told) -> str:
    """Two sources never speak of the same trouble by accident."""
    return f"source:{source}:{told.key}"


def command_of(state: State, name: str, source: Source, told: Told) -> Command | None:
    """What is wanted; None where there is nothing to acknowledge."""
    key = key_of(name, told)
    if told.happened == "over":
        return Recover(key=key, reason=told.reason or f"{name} says that it is over")
    if told.happened == "acknowledged":
        incident = state.by_key.get(key)
        return Acknowledge(incident, told.by or name) if incident is not None else None
    labels = _labels(name, source, told)
    return Open(
        key=key,
        title=cut(told.title) or cut(told.key),
        reason=cut(told.reason) or f"{name} says so",
        severity=told.severity or _severity(state, source, labels),
        says=name,
        promise=_promise(state, labels),
        labels=labels,
        runbook=told.runbook if is_web_link(told.runbook) else "",
        group=f"{name}:{told.group}" if told.group else "",
    )


def _severity(state: State, source: Source, labels: Mapping[str, str]) -> str:
    """Of an alert that brings none. What a definition of the guide says of what is so comes before a word for all."""
    if proposal(state, condition_of(labels.get(CONDITION_LABEL, ""))) is not None:
        return UNSPECIFIED
    return source.severity or UNSPECIFIED


def _labels(name: str, source: Source, told: Told) -> dict[str, str]:
    """The source's own, as Prometheus names them; `source`, `kind`, `environment` and a mapped `condition` are ours."""
    own = {_named(label): cut(value) for label, value in list(told.labels.items())[:MOST_LABELS]}
    ours = {"source": name, "kind": own.get("kind", "alert")}
    if told.condition:
        ours[CONDITION_LABEL] = cut(told.condition)
    if source.environment:
        ours["environment"] = source.environment
    return {**own, **ours}


def _named(label: str) -> str:
    found = re.sub(r"\W", "_", label, flags=re.ASCII)[:100] or "_"
    return f"_{found}" if found[0].isdecimal() else found


def _promise(state: State, labels: Mapping[str, str]) -> str | None:
    """The guide's own alert of that name, if there is one."""
    name = f"monitoring.alert.{labels.get('alert', '')}"
    return name if name in state.everything else None


def cut(text: str) -> str:
    """One line, not longer than is kept."""
    line = " ".join(text.split())
    return line if len(line) <= MOST_CHARACTERS else f"{line[: MOST_CHARACTERS - 1]}…"
