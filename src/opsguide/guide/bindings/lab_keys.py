"""The keys of pages that a lab loads: how each is read, what it is for, and what must fit together."""

from collections.abc import Mapping
from typing import Any

from . import fields, urls
from .lab import LabBinding
from .problems import Problems
from .shapes import Field, each, table

LEAST_EVERY = 300.0
"""A check loads the page several times, and others work on the machine too."""

_LAB: dict[str, Field[Any]] = {
    "page": urls.web_url.means("loaded in a browser on this machine"),
    "every": fields.durations(30).means("how often, at least `5m`"),
    "form": fields.choice("mobile", "desktop").means("a slow phone with a slow line, or a desk with neither"),
    "runs": fields.whole(1, 9).means("loads of one check, each with cold caches; their medians are kept"),
    "timeout": fields.durations(1).means("a load that takes longer has failed"),
    "environment": fields.name.means("the environment that it belongs to"),
    "judges": fields.flag.means("it stands for visitors in lines about LCP and CLS while none reports"),
    "private": fields.flag.means(
        "loopback and private addresses are allowed: of it, and of all that it loads"
    ),
}
LAB = each(table(LabBinding, _LAB), ids=True)


def hold_lab(raw: Mapping[str, Any], problems: Problems) -> None:
    """Notes what does not fit, where every key by itself does."""
    found = raw.get("lab")
    for name, content in found.items() if isinstance(found, dict) else ():
        if not isinstance(content, dict):
            continue
        spot = problems.spot("lab", name)
        every, page = content.get("every"), content.get("page")
        seconds = fields.seconds_in(every) if isinstance(every, str) else None
        if seconds is not None and 0 < seconds < LEAST_EVERY:
            message, hint = f"`{spot.name}.every` is {every}, shorter than 5m", "write `5m` or more"
            problems.note(spot.at("every").wrong("out-of-range", message, hint))
        if content.get("judges") is True and not content.get("environment"):
            message = f"`{spot.name}` judges the lines of no environment"
            hint = f'add environment = "production" to [{spot.name}]'
            problems.note(spot.at("judges").wrong("missing-key", message, hint, on="key"))
        if content.get("private") is not True and isinstance(page, str) and urls.is_private(page):
            message = f"`{spot.name}.page` is a loopback or private address"
            hint = f"add private = true to [{spot.name}] if that is meant"
            problems.note(spot.at("page").wrong("private-address", message, hint))
