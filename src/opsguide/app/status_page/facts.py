"""What only the status page needs on the ledger."""

from ...kernel.facts import Data, FactTypes

FACTS = FactTypes()


@FACTS.register("status.attended")
class Attended(Data, frozen=True):
    """opsguide runs and nothing else says so: without it, a quiet service looks like one that nobody watched."""


@FACTS.register("status.subscriber_removed")
class SubscriberRemoved(Data, frozen=True):
    """An admin ended somebody's subscription. The address is nowhere any more, and the id leads to nobody."""

    subscriber: str
