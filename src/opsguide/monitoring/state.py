"""The state of the chapter: how each alert and environment is, and when environments were down."""

from typing import Literal, TypeAlias

from msgspec import Struct, field

from ..guide.keeping import Keeping
from ..kernel.clock import Instant
from ..kernel.promise import Keeper

Phase: TypeAlias = Literal["pending", "firing"]


class AlertStatus(Struct):
    """An alert that is not inactive. `since` is when it took this phase."""

    phase: Phase
    since: Instant


class Watched(Struct):
    """An environment since it was first probed; `outages` are (start, end), the open one has no end.

    `failing_since` is the first of the failed probes in a row; an outage counts from there.
    """

    since: Instant
    failures: int = 0
    failing_since: Instant | None = None
    down: bool = False
    outages: list[tuple[Instant, Instant | None]] = field(default_factory=list)


class State(Keeping, kw_only=True):
    """Alerts go by promise id, environments by their name in the bindings."""

    keeper: Keeper = "monitoring"
    alerts: dict[str, AlertStatus] = field(default_factory=dict)
    environments: dict[str, Watched] = field(default_factory=dict)
