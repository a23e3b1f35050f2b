"""Identity's part of the core: it puts on the ledger what happened. Accounts themselves are tables, not folds."""

from ..kernel.clock import Instant
from ..kernel.facts import Data
from ..kernel.part import Answer, Command, Part, Said
from .facts import FACTS


class Happened(Command, frozen=True):
    """Something happened to an account: `data` is one of this chapter's facts."""

    data: Data
    personal: Data | None = None


def _happened(_state: None, command: Happened, _now: Instant) -> Answer:
    account = getattr(command.data, "account", "")
    subject = f"account:{account}" if account else "identity"
    return (Said(command.data, subject, command.personal),)


PART = Part(name="identity", facts=FACTS, initial=lambda: None, folds={}, handlers={Happened: _happened})
