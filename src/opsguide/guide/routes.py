"""Does the guide say who is called at all? Without a route every incident opens in silence, however it is bound."""

from collections.abc import Iterable

from .promise import Promise
from .values import Alert, Objective, Step

NOBODY = "nobody is called when something breaks: the guide names no route"
A_ROUTE = "add a line such as `1. **Primary**: @ops` under a heading `On call`"


def calls_nobody(promises: Iterable[Promise]) -> bool:
    """Is something measured, while no step of a route says whom to tell?"""
    kinds = {type(promise.values) for promise in promises}
    return bool(kinds & {Alert, Objective}) and Step not in kinds
