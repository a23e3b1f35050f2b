"""Alarms about coming shifts that stand."""

from msgspec import Struct


class Uncovered(Struct, frozen=True):
    """`subject` is the ledger's; `near`: nothing more is told, as it was told less than a day before, or twice."""

    subject: str
    near: bool = False
