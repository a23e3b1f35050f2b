"""The public contract as JSON (docs/reference/contract.md)."""

from collections.abc import Iterable, Iterator

import msgspec

from ..checking import Checked, Outcome
from ..contract import contract, encode
from .told import Manner


def as_json(outcomes: Iterable[Outcome], manner: Manner) -> Iterator[str]:
    """One guide is one indented object, several are one object a line: the same jq filter reads both."""
    for outcome in outcomes:
        if isinstance(outcome, Checked):
            if manner.several:
                yield msgspec.json.encode(contract(outcome.result)).decode()
            else:
                yield encode(outcome.result).decode().removesuffix("\n")
