"""What can be wanted of incidents. Chapters and people use the same ones."""

from ..kernel.part import Command


class Open(Command, frozen=True):
    """Open an incident about `key`, or say that it happens again.

    `severity` is a word of the guide; where it is None, `condition` (a term such as `system_down`) is looked up in
    the definitions of the guide's severities.
    """

    key: str
    title: str
    reason: str
    severity: str | None = None
    condition: str | None = None
    promise: str | None = None
    kind: str | None = None


class Recover(Command, frozen=True):
    """What the incident about `key` was opened for is over."""

    key: str
    reason: str


class Acknowledge(Command, frozen=True):
    """`by` is the id of a person in the bindings, or any name where none is bound."""

    incident: str
    by: str


class Resolve(Command, frozen=True):
    incident: str
    by: str
    reason: str = ""


class AddNote(Command, frozen=True):
    """`key`, if any, names the request: a second one with the same key is refused as `already_noted`."""

    incident: str
    by: str
    text: str
    key: str = ""
