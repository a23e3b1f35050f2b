"""What to do about an incident: runbooks that its alert brings, the bindings name, or the guide links in its line."""

import re
from collections.abc import Mapping

from msgspec import Struct

from ..kernel.links import is_web_link
from .state import Incident

_LINK = re.compile(r"\[([^\]\n]+)\]\((https?://[^\s)]+)\)")


class Runbook(Struct, frozen=True):
    """`text` is what to press, `url` is http(s)."""

    text: str
    url: str


def of(incident: Incident, bound: Mapping[str, str], line: str) -> list[Runbook]:
    """In this order, each address once. `bound` are those of the bindings, `line` the guide's own words.

    What an alert brings is from outside: only http(s) addresses count.
    """
    found = [Runbook("Runbook of the alert", incident.runbook)]
    for name in (incident.labels.get("alert", ""), incident.promise or ""):
        found.append(Runbook("Runbook of the bindings", bound.get(name, "")))
    found += [Runbook(text, url) for text, url in _LINK.findall(line)]
    good = list({one.url: one for one in reversed(found) if is_web_link(one.url)}.values())[::-1]
    # From whom it is tells one from another, and says nothing where there is no other.
    return (
        good
        if len(good) > 1
        else [Runbook("Runbook" if one in found[:3] else one.text, one.url) for one in good]
    )
