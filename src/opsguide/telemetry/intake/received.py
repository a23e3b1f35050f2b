"""What became of a request."""

from msgspec import Struct

from opsguide.kernel.errors import OpsguideError
from opsguide.telemetry.labels import Labels

MAX_BYTES = 64 * 2**20
"""Of a request, unpacked."""
MAX_LABELS = 64
MAX_LABEL_CHARS = 4096

LABEL_LIMIT = "label limit"
HISTOGRAM = "native histogram"


class Unreadable(OpsguideError):
    """A request that cannot be read: nothing of it was taken."""


class Received(Struct, frozen=True):
    """How many samples were taken, and what was refused, by reason."""

    taken: int
    refused: dict[str, int]

    @property
    def said(self) -> str:
        """The refusals as a sentence, or ""."""
        return ", ".join(f"{count} {reason}" for reason, count in sorted(self.refused.items()))


def within_limits(labels: Labels) -> bool:
    return len(labels) <= MAX_LABELS and all(
        len(name) + len(value) <= MAX_LABEL_CHARS for name, value in labels
    )
