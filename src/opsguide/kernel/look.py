"""What is looked for on a ledger, and how far one look goes: lists stay quick however long the ledger is."""

from msgspec import Struct

from .clock import Instant
from .facts import Recorded


class Wanted(Struct, frozen=True, kw_only=True):
    """Which facts: whatever is set has to fit. `type` with a `.` at its end means all types below it.

    `beyond` is where the look goes on: only smaller numbers, or with `newest` off only larger ones. `since` and
    `until` are instants, both inclusive.
    """

    newest: bool = True
    beyond: int | None = None
    subject: str | None = None
    type: str | None = None
    actor: str | None = None
    since: Instant | None = None
    until: Instant | None = None
    limit: int = 50

    def fits(self, recorded: Recorded) -> bool:
        """Whether one fact is wanted, the cursor apart."""
        fact = recorded.fact
        return (
            self.subject in (None, fact.subject)
            and self.actor in (None, fact.actor)
            and (self.since is None or fact.at >= self.since)
            and (self.until is None or fact.at <= self.until)
            and self._of_type(fact.type)
        )

    def _of_type(self, name: str) -> bool:
        if self.type is None or self.type == name:
            return True
        return self.type.endswith(".") and name.startswith(self.type)

    @property
    def narrow(self) -> bool:
        """Whether each fact has to be looked at to know: where nothing but numbers and times are set, it has not."""
        return self.type is not None or self.actor is not None


class Found(Struct, frozen=True):
    """At most `limit` facts in the order wanted. `reached`: the look goes on beyond this number; None at the end.

    It may have reached far and found few: then `reached` still goes on.
    """

    facts: tuple[Recorded, ...]
    reached: int | None
