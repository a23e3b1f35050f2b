"""How the status page in the bindings is read: where it is, its components, maintenance that is announced."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..wording import did_you_mean
from . import fields, moments, urls
from .mailbox import is_mailbox
from .places import Path
from .problems import Problems, Spot, quoted
from .shapes import Field, each, field, several, table
from .status_page import Announced, Component, Mail, StatusPage

SOURCES = ("environment", "probe", "promise")
"""What may say how a component is."""

_COMPONENT: dict[str, Field[Any]] = {
    "label": fields.text.means("what the page calls it"),
    "about": fields.text.means("a sentence about it, below its name"),
    "group": fields.text.means("components of one group stand together"),
    "environment": fields.name.means("it is down while this environment is"),
    "probe": fields.text.means("it is down while this probe is"),
    "promise": fields.text.means("it is degraded while this promise is broken, by its id"),
}
_ANNOUNCED: dict[str, Field[Any]] = {
    "title": fields.text.means("what is done, in public words"),
    "start": moments.moment.means("from then on"),
    "end": moments.moment.means("and until then"),
    "components": several(fields.text).means("what it concerns, by the names of their tables"),
    "text": fields.text.means("what people will notice of it"),
}
_SMTP = "a URL without a password such as `smtp://mail.example:587`"


@field(type="string", pattern=r"^\s*[^\s@]+@[^\s@]+\s*$", examples=["status@shop.example"])
def mailbox(value: object, spot: Spot) -> str:
    """An e-mail address by itself."""
    found = fields.text(value, spot)
    if not is_mailbox(found):
        hint = "write the address alone, for example `status@shop.example`"
        raise spot.wrong("bad-mailbox", f"`{found}` is no e-mail address", hint)
    return found


STATUS = table(
    StatusPage,
    {
        "title": fields.text.means("at the top of the page; default: `service`"),
        "about": fields.text.means("a sentence below the title"),
        "listen": fields.address.means(
            "where the page is served: an address of this machine, `0.0.0.0` for all"
        ),
        "port": fields.whole(0, 65_535).means("its own port; 0 takes any free one"),
        "url": urls.web_url.means("the address that people open: feeds and messages lead there"),
        "folder": fields.text.means(
            "a folder beside this file to which the page is written too, for any web server to serve"
        ),
        "contact": urls.web_url.means("where people reach you; a link at the foot of the page"),
        "incidents": fields.choice("published", "automatic").means(
            "`published` shows what people publish; `automatic` also every incident of a component, in general words"
        ),
        "windows": fields.flag.means(
            "maintenance that the console announces and windows with work every time are shown, in general words"
        ),
        "mail": table(
            Mail,
            {
                "url": urls.secret_url(_SMTP, ("smtp", "smtps")).means(
                    "the SMTP server: `smtps://` is TLS from the start, `smtp://` turns to TLS"
                ),
                "sender": mailbox.means("the address that the messages come from"),
            },
        ),
        "webhooks": fields.flag.means("people may subscribe by webhook"),
        "private": fields.flag.means("webhooks may lead to loopback and private addresses"),
        "components": each(table(Component, _COMPONENT), ids=True),
        "maintenance": several(table(Announced, _ANNOUNCED), unique=False).means(
            "maintenance that is planned"
        ),
    },
)


def hold_status(raw: Mapping[str, Any], problems: Problems) -> None:
    """Notes components that stand on nothing, or on what is not bound, and maintenance that ends before it starts."""
    page = _table(raw, "status")
    components = _table(page, "components")
    for name, content in components.items():
        if isinstance(content, dict):
            _hold_component(raw, content, ("status", "components", name), problems)
    if ("mail" in page or page.get("webhooks") is True) and "url" not in page:
        spot = problems.spot("status", "mail" if "mail" in page else "webhooks")
        hint = 'add url = "https://…" to [status]'
        problems.note(spot.wrong("missing-key", "messages to subscribers need `status.url`", hint, on="key"))
    planned = page.get("maintenance")
    for index, one in enumerate(planned if isinstance(planned, list) else ()):
        if isinstance(one, dict):
            _hold_announced(one, components, ("status", "maintenance", index), problems)


def _hold_component(
    raw: Mapping[str, Any], content: Mapping[str, Any], path: Path, problems: Problems
) -> None:
    spot = problems.spot(*path)
    if not any(source in content for source in SOURCES):
        message = f"nothing says how `{spot.name}` is"
        hint = f"give [{spot.name}] an environment, a probe or a promise"
        problems.note(spot.wrong("missing-key", message, hint, on="key"))
    for source, among in (("environment", "environments"), ("probe", "probes")):
        word = content.get(source)
        known = [name.casefold() if source == "environment" else name for name in _table(raw, among)]
        if not isinstance(word, str) or not word.strip():
            continue
        found = word.strip().casefold() if source == "environment" else word.strip()
        if found not in known:
            here = spot.at(source)
            hint = did_you_mean(word, known) or f"add [{among}.{quoted(word)}] to {problems.where}"
            problems.note(here.wrong(f"unknown-{source}", f"unknown {source} `{word}`", hint))


def _hold_announced(
    one: Mapping[str, Any], components: Mapping[str, Any], path: Path, problems: Problems
) -> None:
    spot = problems.spot(*path)
    named = one.get("components")
    for index, name in enumerate(named if isinstance(named, list) else ()):
        if isinstance(name, str) and name.strip() not in components:
            hint = did_you_mean(name, components) or f"add [status.components.{quoted(name)}]"
            here = spot.at("components").at(index)
            problems.note(here.wrong("unknown-component", f"unknown component `{name}`", hint))
    try:
        start, end = (datetime.fromisoformat(str(one.get(key)).strip()) for key in ("start", "end"))
    except ValueError:
        return
    if (start.tzinfo is None) == (end.tzinfo is None) and end <= start:
        here = spot.at("end")
        problems.note(
            here.wrong(
                "out-of-range", f"`{here.name}` is not after its start", "write an `end` after its `start`"
            )
        )


def _table(raw: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = raw.get(name)
    return found if isinstance(found, dict) else {}
