"""What the edge wants of the status page's part."""

from ...kernel.part import Command


class Announce(Command, frozen=True):
    """Something new is public, by the ids of its messages: whoever subscribed is to be told."""

    messages: tuple[str, ...]
