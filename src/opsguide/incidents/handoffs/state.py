"""Who has the shift of each rotation, as it was recorded last."""

from msgspec import Struct

from ...kernel.clock import Instant


class Turn(Struct, frozen=True):
    """`person` is "" where nobody is on call; `before` was until `since`, and began at `before_since`."""

    person: str
    since: Instant
    before: str = ""
    before_since: Instant | None = None
