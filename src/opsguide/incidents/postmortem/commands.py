"""What people want of a post-mortem."""

from ...kernel.part import Command
from .facts import Section


class RequirePostmortem(Command, frozen=True):
    """Somebody asks for one. `promise` is the line of the guide that does, "" where it is only a person."""

    incident: str
    by: str
    reason: str
    promise: str = ""


class SaveSection(Command, frozen=True):
    """`base` is the revision that was edited, 0 for the draft: another one meanwhile is a conflict."""

    incident: str
    section: Section
    text: str
    base: int
    by: str


class ReviewPostmortem(Command, frozen=True):
    """Somebody signs for a `version` that they read, or wants it changed and says what in the `note`."""

    incident: str
    version: int
    agrees: bool
    note: str
    by: str


class PublishPostmortem(Command, frozen=True):
    """`text` is the whole document as it is frozen."""

    incident: str
    text: str
    by: str
