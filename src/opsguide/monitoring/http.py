"""What monitoring adds to the console: its facts in words, and which live pieces they touch."""

from collections.abc import Iterable

from ..kernel.facts import Recorded
from ..web.live import promise_event
from ..web.pages import Pages
from .facts import AlertCleared, AlertFiring, AlertPending, AlertResolved
from .timeline import WORDS


def _touches(recorded: Recorded) -> Iterable[str]:
    data = recorded.fact.data
    if isinstance(data, AlertPending | AlertCleared | AlertFiring | AlertResolved):
        yield promise_event(data.alert)


def pages() -> Pages:
    return Pages(name="monitoring", touches=_touches, words=WORDS)
