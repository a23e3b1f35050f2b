"""How what waits for samples is woken by them, from whichever thread takes them, and how often at most."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TypeAlias

Wakes: TypeAlias = Callable[[Callable[[], None]], AbstractContextManager[None]]
"""Meanwhile what it is given is called whenever samples were taken."""

APART_SECONDS = 1.0
"""Two evaluations are at least so far apart."""


def no_wakes(_call: Callable[[], None]) -> AbstractContextManager[None]:
    return nullcontext()


def waking(arrived: asyncio.Event) -> Callable[[], None]:
    """For any thread: sets the event of the running loop. A burst tells once."""
    loop = asyncio.get_running_loop()

    def tell() -> None:
        if not arrived.is_set():
            loop.call_soon_threadsafe(arrived.set)

    return tell


def apart(cost: float) -> float:
    """Seconds to pause after an evaluation that took `cost`: rules never take more than a quarter of a core."""
    return max(APART_SECONDS, 3 * cost)
