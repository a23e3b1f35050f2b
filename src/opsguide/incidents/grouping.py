"""Which alerts are one incident: by their labels, as the bindings say."""

from collections.abc import Mapping, Sequence

from ..guide.bindings import Group
from ..kernel.matching import fulfils, parse_matcher


def group_of(groups: Sequence[Group], labels: Mapping[str, str], severity: str) -> str:
    """The name of its group, "" where it is in none. The first of `groups` that matches decides.

    Alerts of another severity are another group: what wakes people never hides in what does not.
    """
    for place, group in enumerate(groups, 1):
        if fulfils((parse_matcher(one) for one in group.match), labels):
            alike = (f'{label}="{labels.get(label, "")}"' for label in sorted(group.by))
            return ", ".join([f"group {place}", severity, *alike])
    return ""
