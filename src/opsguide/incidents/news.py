"""Messages to one person that are no page: a hand-off, a swap to answer, an override, a hole ahead. Pure.

They go through the first of the person's channels only, and wait until nobody has to be paged.
"""

from collections.abc import Iterator, Mapping

from ..kernel.clock import Instant, after
from ..kernel.intent import Intent
from ..kernel.part import Said
from .oncall import INBOX
from .state import State

NEWS = "news"
AFTER_PAGES = 1_000
"""Its priority: behind all pages and notices."""

ABOUT = {
    "handoff": "what is taken over with a shift",
    "swap": "they are asked for a swap",
    "answer": "a swap of theirs was answered",
    "override": "an override that others made",
    "maintenance": "maintenance that others do, or that waits for them",
    "coverage": "a time ahead in which nobody could be paged",
}

LIVES_SECONDS = 12 * 3600.0
"""What could not be said for half a day is stale."""


def news(
    state: State, person: str, about: str, name: str, args: Mapping[str, str], now: Instant
) -> Iterator[Said]:
    """Tell a person once `about` something that has this name; nobody who has no channel outside the console.

    It belongs to the history of the `subject` in its args, else of the rotation that they name.
    """
    bound = state.bindings.people.get(person)
    channel = next((one for one in bound.channels if one != INBOX), "") if bound is not None else ""
    if not channel:
        return
    key = f"{NEWS}/{about}/{name}/{person}/{channel}"
    yield Said(
        Intent(
            key=key,
            deed=NEWS,
            args={**args, "about": about, "person": person, "channel": channel},
            reason=f"{person} is told: {about}",
            deadline=after(now, LIVES_SECONDS),
            priority=AFTER_PAGES,
        ),
        args.get("subject") or f"rotation:{args['team']}",
    )
