"""The frame of every page: layout, top bar, live pieces, and how a template becomes an answer."""

import json
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

import msgspec
from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from markupsafe import Markup

from ..guide.bindings import service_name
from ..guide.markup import plain
from ..guide.signing import PromiseSigned, SignatureWithdrawn
from ..guide.timeline import WORDS as GUIDE_WORDS
from ..identity.principal import Principal, may
from ..identity.timeline import WORDS as IDENTITY_WORDS
from ..kernel.clock import Instant, after, rfc3339
from ..kernel.duration import spoken
from ..kernel.facts import Data, Recorded
from ..kernel.standing import EvidenceRecorded
from ..kernel.words import capital
from . import as_of, words
from .console import Console
from .live import Fragment, Live, promise_event
from .marks import WORDS, said
from .pages import Event, Fire, Holder, Link, Pages, Panel, Say
from .people import people
from .viewer import Viewer, viewer

HERE = Path(__file__).parent
STATIC = HERE / "static"

OWN_LINKS = (
    Link("Guide", "/", "g", 0),
    Link("Now", "/now", "n", 10),
    Link("Guide changes", "/changes", "c", 50, minor=True),
    Link("Ledger", "/ledger", "l", 60, minor=True),
    Link("People & access", "/people", "p", 80, minor=True, needs="administer"),
)


class Shell:
    """One for the whole console. `sources` give the live fragments that pages register, besides the top bar.

    `viewer` is who looks: `seen_by` gives the same shell as another one sees it.
    """

    def __init__(self, console: Console, pages: Sequence[Pages], *, tour: bool = False) -> None:
        self.console = console
        self.tour = tour
        self.pages = tuple(pages)
        self.env = _environment(self.pages)
        self.live = Live(console, self._fragments, self._touches)
        self.sources: list[Any] = []
        self.viewer = Viewer()
        self.me: Principal | None = None
        self.path = "/"
        links = (*OWN_LINKS, *(link for one in self.pages for link in one.links))
        self.links = sorted(links, key=lambda link: link.place)
        self._trends: dict[int, Mapping[str, Markup]] = {}
        self._words: dict[type[Data], Say] = {**GUIDE_WORDS, **IDENTITY_WORDS}
        self._words |= {cls: say for one in self.pages for cls, say in one.words.items()}

    def seen_by(self, request: Request[Any, Any, Any], console: Console | None = None) -> "Shell":
        """This shell for the browser of a request; with a console, as of its instant."""
        other = copy(self)
        other.me = request.scope.get("user")
        other.viewer = viewer(request.cookies, other.me.person if other.me is not None else "")
        other.console = console or self.console
        other.path = str(request.scope["path"])
        return other

    def render(self, template: str, *, status: int = 200, **context: Any) -> Response[str]:
        """A template with what every page needs, as an answer."""
        return Response(self.html(template, **context), status_code=status, media_type="text/html")

    def html(self, template: str, **context: Any) -> str:
        then = self.console.as_of
        frame = {
            "console": self.console,
            "now": self.console.now(),
            "service": self.service,
            "links": self.links,
            "viewer": self.viewer,
            "me": self.me,
            "may": lambda permission, team="": may(self.me, permission, team),
            "tour": self.tour,
            "panels": self.panels() if self.me is not None else [],
            "trouble": self.console.trouble(),
            "as_of": then,
            "path": self.path,
            "live_mark": self.live.mark() if then is None and self.me is not None else "",
            "piece": lambda name: Markup(self.live.piece(name)),
        }
        html = self.env.get_template(template).render(frame | context)
        return html if then is None else as_of.carried(html, then)

    @property
    def service(self) -> str:
        """The service's name in the bindings, else the guide's title."""
        current = self.console.guide.current
        if current is None:
            return "opsguide"
        return service_name(current.adopted.bindings, current.adopted.reading)

    @staticmethod
    def segment(text: str) -> str:
        """Any text as one segment of an address."""
        return quote(text, safe="")

    def panels(self) -> list[Panel]:
        return [panel for one in self.pages for panel in one.panels(self.console)]

    def fires(self) -> list[Fire]:
        """What needs people now, most urgent first."""
        return [fire for one in self.pages for fire in one.fires(self.console)]

    def involved(self, person: str) -> frozenset[str]:
        """Ids of the promises that a person has to do with."""
        return frozenset(one for page in self.pages for one in page.involved(self.console, person))

    def holders(self) -> Mapping[str, Holder]:
        """Promise id → who has it."""
        return {
            promise: holder for one in self.pages for promise, holder in one.holders(self.console).items()
        }

    def events(self, start: Instant, end: Instant) -> list[Event]:
        """What was special between two instants, oldest first."""
        every = (event for one in self.pages for event in one.events(self.console))
        found = [one for one in every if one.start <= end and (one.end is None or one.end >= start)]
        return sorted(found, key=lambda one: one.start)

    def maintenance(self, seconds: float) -> list[Event]:
        """What goes on now or begins within so many seconds, the next first."""
        now = self.console.now()
        found = self.events(now, after(now, seconds))
        return [one for one in found if one.kind == "maintenance" and one.end != now]

    def trends(self) -> Mapping[str, Markup]:
        """Promise id → the last hour of its signal, as a sparkline; none of a past instant.

        Looked for every ten seconds: they grow by the minute.
        """
        if self.console.as_of is not None:
            return {}
        moment = self.console.now() // 10_000
        if moment not in self._trends:
            self._trends.clear()
            self._trends[moment] = {
                promise: svg for one in self.pages for promise, svg in one.trends(self.console).items()
            }
        return self._trends[moment]

    def chart(self, promise: str) -> Markup | None:
        """The last hour of one promise with its limit; None where nothing is measured, and of a past instant."""
        if self.console.as_of is not None:
            return None
        drawn = (one.chart(self.console, promise) for one in self.pages)
        return next((chart for chart in drawn if chart is not None), None)

    def say(self, recorded: Recorded) -> str:
        """A fact in a sentence: the chapter's, else its data as it stands on the ledger."""
        data = recorded.fact.data
        say = self._words.get(type(data))
        if say is not None:
            return say(recorded, people(self.console))
        return f"{recorded.fact.type} {msgspec.json.encode(data, order='sorted').decode()}"

    def _fragments(self) -> Mapping[str, Fragment]:
        found: dict[str, Fragment] = {}
        bar = (tuple(self.panels()), self.console.trouble(), self.service)
        found["bar"] = Fragment(bar, self._bar)
        for source in (*self.sources, *(one.fragments for one in self.pages)):
            found |= source()
        return found

    def _bar(self, _before: object) -> str:
        template = self.env.get_template("bar.html")
        return template.render(panels=self.panels(), trouble=self.console.trouble())

    def _touches(self, recorded: Recorded) -> Iterable[str]:
        if isinstance(recorded.fact.data, EvidenceRecorded | PromiseSigned | SignatureWithdrawn):
            yield promise_event(recorded.fact.data.promise)
        yield from (name for one in self.pages for name in one.touches(recorded))


ShellDep: TypeAlias = NamedDependency[SkipValidation[Shell]]
"""A handler's parameter `shell: ShellDep` renders its pages."""


def _environment(pages: Sequence[Pages]) -> ImmutableSandboxedEnvironment:
    """Own templates by name, a chapter's as `incidents/list.html`. Sandboxed: no payload is ever a template."""
    folders = {one.name: FileSystemLoader(one.templates) for one in pages if one.templates is not None}
    env = ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([FileSystemLoader(HERE / "templates"), PrefixLoader(folders)]),
        autoescape=True,
        auto_reload=False,  # an upgrade under a running service must not mix new templates with old code
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters |= {
        "age": words.age,
        "left": words.left,
        "absolute": words.absolute,
        "rfc3339": rfc3339,
        "spoken": spoken,
        "segment": Shell.segment,
        "word": WORDS.__getitem__,
        "plural": words.plural,
        "plain": plain,
        "said": said,
        "ticks": words.ticks,
        "bare": words.bare,
        "capital": capital,
        "browser": words.browser,
    }
    env.globals |= {"asset": Assets().url}
    return env


class Assets:
    """Addresses of scripts and styles; the digest in them lets browsers keep them for ever."""

    def __init__(self) -> None:
        digests = STATIC / "asset_digests.json"
        self._digests: dict[str, str] = json.loads(digests.read_text()) if digests.is_file() else {}

    def url(self, name: str) -> Markup:
        digest = self._digests.get(name, "")
        return Markup(f"/static/{name}") + (Markup(f"?{digest}") if digest else Markup(""))
