"""Tasks that live and die together."""

import asyncio
from collections.abc import Awaitable, Sequence


async def forever_after(work: Awaitable[None]) -> None:
    """Do it once, beside what goes on, then wait to be cancelled."""
    await work
    await asyncio.Event().wait()


async def together(main: Awaitable[None], others: Sequence[Awaitable[None]]) -> None:
    """Run all until `main` ends; one that fails ends them all, with its error."""
    tasks = [asyncio.ensure_future(one) for one in (main, *others)]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
