"""Parameters that several operations take."""

from typing import Annotated, TypeAlias

from litestar.params import QueryParameter

from ...kernel.clock import Instant, parse_instant
from ...kernel.errors import OpsguideError

At: TypeAlias = Annotated[
    str | None,
    QueryParameter(
        max_length=40, schema_extra={"format": "date-time"}, description="An RFC 3339 instant with its zone."
    ),
]


class BadInstant(OpsguideError):
    """A parameter that should be an instant and is none."""


def instant_of(text: str | None, name: str) -> Instant | None:
    """The instant of a parameter, None where it is not given. Raises BadInstant."""
    if text is None:
        return None
    try:
        return parse_instant(text)
    except (ValueError, OverflowError) as error:
        raise BadInstant(str(error), where=name, hint="a plus sign is written %2B in an address") from None
