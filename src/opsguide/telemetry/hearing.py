"""A store that tells when samples arrive, so that rules run on them without waiting for a tick."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from opsguide.kernel.clock import Instant

from .store import DEFAULT_LIMITS, Limits, Store


def _nobody() -> None:
    """Nobody wants to hear of samples."""


class HeardStore(Store):
    """`heard` is called, under the lock, whenever samples were taken: it must not wait."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        super().__init__(limits)
        self.heard: Callable[[], None] = _nobody

    def advance(self, at: Instant) -> None:
        super().advance(at)
        self.heard()

    @contextmanager
    def unheard(self) -> Iterator[None]:
        """What is written meanwhile is what rules gave, and makes no rule due."""
        with self.lock:
            heard, self.heard = self.heard, _nobody
            try:
                yield
            finally:
                self.heard = heard
