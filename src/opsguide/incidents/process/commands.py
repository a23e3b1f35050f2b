"""What people want of an incident that they work on."""

from ...kernel.part import Command


class ChangeSeverity(Command, frozen=True):
    """`severity` is a word that the guide defines or the bindings map; `reason` is asked of everybody."""

    incident: str
    severity: str
    by: str
    reason: str
