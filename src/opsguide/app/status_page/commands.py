"""What the edge wants of the status page's part."""

from ...kernel.part import Command


class Announce(Command, frozen=True):
    """Something new is public, by the ids of its messages: whoever subscribed is to be told."""

    messages: tuple[str, ...]


class RemoveSubscriber(Command, frozen=True):
    """An admin ends somebody's subscription. `subscriber` is an id that leads to nobody once its row is gone."""

    subscriber: str
