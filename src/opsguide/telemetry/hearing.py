"""A store that tells when samples arrive, so that rules run on them without waiting for a tick."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from opsguide.kernel.clock import Instant

from .store import DEFAULT_LIMITS, Limits, Store


class HeardStore(Store):
    """`listeners` are called, under the lock, whenever samples were taken: they must not wait."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        super().__init__(limits)
        self.listeners: tuple[Callable[[], None], ...] = ()
        self._unheard = False

    def advance(self, at: Instant) -> None:
        super().advance(at)
        for call in () if self._unheard else self.listeners:
            call()

    @contextmanager
    def unheard(self) -> Iterator[None]:
        """What is written meanwhile is what rules gave, and makes no rule due."""
        with self.lock:
            self._unheard = True
            try:
                yield
            finally:
                self._unheard = False
