"""Conditions of the world in the words of severity definitions: a definition that names one says how bad that is."""

from typing import Literal, TypeAlias, get_args

Condition: TypeAlias = Literal["system_down", "degraded", "data_loss", "security_breach"]
CONDITIONS: tuple[Condition, ...] = get_args(Condition)

KINDS: dict[str, str] = {"security_breach": "security"}
"""The kind of incident that a condition makes, where no other is said: a route of the guide may be for it."""


CONDITION_LABEL = "condition"
"""The label by which an alert names one."""


def condition_of(word: str) -> Condition | None:
    """The condition that is meant by `Data loss`, `data-loss`, `data_loss`; None for any other word."""
    term = "_".join(word.casefold().replace("-", " ").replace("_", " ").split())
    return next((one for one in CONDITIONS if one == term), None)
