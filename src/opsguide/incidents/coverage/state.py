"""Alarms about coming shifts that stand."""

from msgspec import Struct


class Uncovered(Struct, frozen=True):
    """Of which team; `near`: nothing more is told, as it was told less than a day before, or twice."""

    team: str
    near: bool = False
