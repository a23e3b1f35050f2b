"""The only composition root: `core` puts the pure engine together, `serve` the running service around it."""

from .core import CHAPTERS, build_engine, fact_types

__all__ = ["CHAPTERS", "build_engine", "fact_types"]
