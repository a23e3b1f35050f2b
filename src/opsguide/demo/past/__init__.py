"""Two weeks of the shop before the demo was first started: made up, and lived through by the real core."""

from .made import make

__all__ = ["make"]
