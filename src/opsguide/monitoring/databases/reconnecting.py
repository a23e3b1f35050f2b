"""A connection that is opened again and again: after it is lost or refused, with a pause that doubles each time."""

import asyncio
import random
from collections.abc import Awaitable, Callable

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 60.0

Reached = Callable[[], None]


async def reconnecting(
    connected: Callable[[Reached], Awaitable[None]],
    failures: tuple[type[Exception], ...],
    gone: Callable[[Exception], None],
) -> None:
    """Until cancelled. `connected` opens one connection, says that it is open by calling what it is given, and raises
    one of `failures` when it is lost; `gone` is told so."""
    pause = FIRST_PAUSE_SECONDS

    def reached() -> None:
        nonlocal pause
        pause = FIRST_PAUSE_SECONDS

    while True:
        try:
            await connected(reached)
        except failures as error:
            gone(error)
        await asyncio.sleep(pause * random.uniform(0.8, 1.2))
        pause = min(LONGEST_PAUSE_SECONDS, pause * 2)
