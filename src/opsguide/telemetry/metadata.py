"""What targets say of their metrics: type, help, unit."""

from msgspec import Struct


class Metadata(Struct, frozen=True):
    """`type` is one of Prometheus': counter, gauge, histogram, summary, unknown."""

    type: str = "unknown"
    help: str = ""
    unit: str = ""


class Catalogue:
    """The newest word on each metric, for a bounded number of metrics."""

    def __init__(self, limit: int = 20_000) -> None:
        self._limit = limit
        self._known: dict[str, Metadata] = {}

    def learn(self, told: dict[str, Metadata]) -> None:
        for name, found in told.items():
            if name in self._known or len(self._known) < self._limit:
                self._known[name] = found

    def all(self) -> dict[str, Metadata]:
        return dict(self._known)
