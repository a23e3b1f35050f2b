"""Which chapters there are, and the engine made of them: all that reading a ledger needs."""

from collections.abc import Sequence

from .. import reactions
from ..delivery.chapter import CHAPTER as DELIVERY
from ..guide.adoption import PART as GUIDE
from ..guide.chapter import Chapter
from ..guide.history import MOST_TURNS, Recorder, Stint
from ..guide.signing import PART as SIGNING
from ..identity.chapter import PART as IDENTITY
from ..incidents.chapter import CHAPTER as INCIDENTS
from ..kernel.clock import Instant
from ..kernel.engine import Engine, Observer
from ..kernel.facts import FactTypes
from ..maintenance.chapter import CHAPTER as MAINTENANCE
from ..monitoring.chapter import CHAPTER as MONITORING
from ..monitoring.drills.part import PART as DRILLS
from ..performance.chapter import CHAPTER as PERFORMANCE
from ..recovery.chapter import CHAPTER as RECOVERY
from ..security.chapter import CHAPTER as SECURITY
from .status_page.part import PART as STATUS_PAGE

CHAPTERS: Sequence[Chapter] = (
    DELIVERY,
    MONITORING,
    INCIDENTS,
    RECOVERY,
    SECURITY,
    PERFORMANCE,
    MAINTENANCE,
)


def build_engine(observer: Observer | None = None) -> Engine:
    """An empty engine with all chapters: the same for the service, for `status` and for replay."""
    return Engine((GUIDE, SIGNING, IDENTITY, *CHAPTERS, DRILLS, STATUS_PAGE), reactions.REACTIONS, observer)


def remembering_engine(most: int | None = MOST_TURNS) -> Engine:
    """The same, which remembers how every promise stood over time: ask `history`."""
    return build_engine(Recorder(CHAPTERS, most))


def history(engine: Engine, promise: str, start: Instant, end: Instant) -> tuple[Stint, ...]:
    """How a promise stood from `start` until `end` (no later than now), of a `remembering_engine`."""
    assert isinstance(engine.observer, Recorder)
    return engine.observer.history(engine, promise, start, end)


def fact_types() -> FactTypes:
    """Every fact type that a ledger may hold."""
    return build_engine().fact_types
