"""The post-mortem of an incident in the console and the API: its draft, its sections, its versions."""

from typing import Annotated, Any, Literal, TypeAlias

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody, URLEncodedBody
from litestar.response import Redirect
from markdown_it import MarkdownIt
from markupsafe import Markup
from msgspec import Meta, Struct

from ...kernel.clock import after, rfc3339
from ...kernel.errors import Refused
from ...kernel.part import Command
from ...web.api.answers import SAYS_SOMETHING, Asked, conditional, ledger_tag
from ...web.api.description import refused
from ...web.console import Console
from ...web.errors import NotFound
from ...web.pages import ConsoleDep
from ...web.people import people
from ...web.shell import Shell, ShellDep
from ..common import subject
from ..http_api import TAGS, Name
from ..http_whose import whose
from ..process.http import entries
from ..severity import line_of
from ..shown import find, state_of
from ..state import Incident
from . import reviews
from .commands import PublishPostmortem, RequirePostmortem, ReviewPostmortem, SaveSection
from .draft import HEADINGS, Known, document, drafts, signed
from .facts import Section
from .reviews import may_sign
from .state import Postmortem, Version

NEAR_SECONDS = 2 * 3600.0
"""Deploys and maintenance so long before it may have to do with it."""

Long = Annotated[str, Meta(max_length=50_000)]


Verdict: TypeAlias = Literal["agreed", "changes"]


class Saving(Struct, frozen=True):
    """A section as it shall be, and the revision that was edited (0: the draft)."""

    text: Long
    base: int
    by: Name = ""


class Publishing(Struct, frozen=True):
    """Who publishes."""

    by: Name = ""


class Reviewing(Struct, frozen=True):
    """Who signs for a version, or wants it changed and says what."""

    version: Annotated[int, Meta(ge=1)]
    verdict: Verdict
    note: Annotated[str, Meta(max_length=10_000)] = ""
    by: Name = ""


class Asking(Struct, frozen=True):
    """Why there shall be one; `promise` is the line of the guide that wants it, empty: none."""

    reason: Annotated[str, Meta(max_length=10_000, extra_json_schema=SAYS_SOMETHING)]
    promise: Annotated[str, Meta(max_length=300)] = ""
    by: Name = ""


class WantedStatus(Struct, frozen=True):
    """Why there has to be one: a line of the guide, with a day where it says one; or a person's reason."""

    promise: str
    due: str | None
    overdue: bool
    by: str
    reason: str


class SectionStatus(Struct, frozen=True):
    """A section; `revision` is 0 while it is as drafted."""

    section: str
    text: str
    revision: int
    by: str


class ReviewStatus(Struct, frozen=True):
    """What a person said of a version: `agreed`, or `changes` that the note names."""

    by: str
    at: str
    verdict: Verdict
    note: str


class VersionStatus(Struct, frozen=True):
    """The whole as it was published. One of `review` signs for it, none: nobody has to. `counts`: that is done."""

    version: int
    at: str
    by: str
    markdown: str
    review: tuple[str, ...]
    reviews: tuple[ReviewStatus, ...]
    counts: bool


class PostmortemStatus(Struct, frozen=True):
    """`markdown` is the whole as it is now, `versions` as it was published."""

    incident: str
    open: bool
    wanted: tuple[WantedStatus, ...]
    sections: tuple[SectionStatus, ...]
    versions: tuple[VersionStatus, ...]
    markdown: str


def known(console: Console, shell: Shell, incident: Incident) -> Known:
    """What a draft is made of."""
    line = line_of(state_of(console), incident)
    start = after(incident.opened_at, -NEAR_SECONDS)
    near = [one for one in shell.events(start, incident.opened_at) if one.kind in ("deploy", "maintenance")]
    return Known(
        incident=incident,
        entries=entries(console.history(subject(incident.id)), shell),
        names=people(console),
        near=[f"{one.name}: {one.text}" for one in near],
        source=f"line {line.line}: {line.text}" if line is not None else "",
    )


def _service(console: Console) -> str:
    current = console.guide.current
    return (current.adopted.bindings.service if current is not None else "") or "The service"


def _whole(console: Console, shell: Shell, incident: Incident) -> str:
    return document(known(console, shell, incident), _service(console))


def _status(console: Console, shell: Shell, incident: Incident) -> PostmortemStatus:
    postmortem, drafted = incident.work.postmortem, drafts(known(console, shell, incident))
    return PostmortemStatus(
        incident=incident.id,
        open=postmortem.open,
        wanted=tuple(
            WantedStatus(
                one.promise,
                rfc3339(one.due) if one.due is not None else None,
                one.overdue,
                one.by,
                one.reason,
            )
            for one in postmortem.wanted
        ),
        sections=tuple(_section(postmortem, name, drafted[name]) for name in HEADINGS),
        versions=tuple(_version(one) for one in postmortem.versions),
        markdown=_whole(console, shell, incident),
    )


def _version(one: Version) -> VersionStatus:
    reviews = tuple(
        ReviewStatus(said.by, rfc3339(said.at), "agreed" if said.agrees else "changes", said.note)
        for said in one.reviews
    )
    return VersionStatus(one.number, rfc3339(one.at), one.by, one.text, one.review, reviews, one.counts)


def _section(postmortem: Postmortem, name: Section, draft: str) -> SectionStatus:
    written = postmortem.sections.get(name)
    if written is None:
        return SectionStatus(name, draft, 0, "")
    return SectionStatus(name, written.text, written.revision, written.by)


def rendered(text: str) -> Markup:
    """Markdown of people as HTML: their HTML is shown as they typed it, and links lead to no script."""
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
    return Markup(parser.render(text))


# The console -----------------------------------------------------------------------------------------------------


def _page(console: Console, shell: Shell, incident: str, **more: Any) -> Response[str]:
    found = find(console, incident)
    state, told = state_of(console), _status(console, shell, found)
    lines = {one.promise: state.everything.get(one.promise) for one in found.work.postmortem.wanted}
    return shell.render(
        "incidents/postmortem.html",
        here="/incidents",
        incident=found,
        postmortem=found.work.postmortem,
        sections=told.sections,
        headings=HEADINGS,
        rendered=rendered,
        lines=lines,
        acts=whose(state, found).lets(shell.me),
        rules=[one for one in state.postmortem_rules.values() if one.id not in lines],
        people=people(console),
        may_sign=lambda names: may_sign(state.bindings, names),
        review=reviews.wanted(state, found),
        back=f"/incidents/{found.id}/postmortem#actions",
        **{"conflict": "", "typed": "", **more},
    )


@get("/incidents/{incident:str}/postmortem", needs="read", include_in_schema=False)
async def postmortem_page(incident: FromPath[str], console: ConsoleDep, shell: ShellDep) -> Response[str]:
    """Each section as it is, to be edited; why there has to be one; what was published."""
    return _page(console, shell, incident)


@post("/incidents/{incident:str}/postmortem/sections/{section:str}", needs="respond", include_in_schema=False)
async def section_form(
    incident: FromPath[str],
    section: FromPath[str],
    data: URLEncodedBody[Saving],
    console: ConsoleDep,
    shell: ShellDep,
) -> Response[str] | Redirect:
    """The button Save. Where somebody else saved meanwhile, both texts are shown, and nothing is lost."""
    try:
        await console.submit(_save(incident, section, data), actor=f"person:{data.by}")
    except Refused as error:
        if error.reason == "unchanged":
            return Redirect(f"/incidents/{incident}/postmortem", status_code=303)
        if error.reason != "edit_conflict":
            raise
        page = _page(console, shell, incident, conflict=section, typed=data.text)
        page.status_code = 409
        return page
    return Redirect(f"/incidents/{incident}/postmortem#{section}", status_code=303)


@post("/incidents/{incident:str}/postmortem/publish", needs="respond", include_in_schema=False)
async def publish_form(
    incident: FromPath[str], data: URLEncodedBody[Publishing], console: ConsoleDep, shell: ShellDep
) -> Redirect:
    """The button Publish."""
    text = _whole(console, shell, find(console, incident))
    await console.submit(PublishPostmortem(incident, text, data.by), actor=f"person:{data.by}")
    return Redirect(f"/incidents/{incident}/postmortem", status_code=303)


@post("/incidents/{incident:str}/postmortem/review", needs="respond", include_in_schema=False)
async def review_form(
    incident: FromPath[str], data: URLEncodedBody[Reviewing], console: ConsoleDep
) -> Redirect:
    """The buttons Sign and Ask for changes."""
    await console.submit(_review(incident, data), actor=f"person:{data.by}")
    return Redirect(f"/incidents/{incident}/postmortem", status_code=303)


def _review(incident: str, data: Reviewing) -> Command:
    return ReviewPostmortem(incident, data.version, data.verdict == "agreed", data.note, data.by)


@post("/incidents/{incident:str}/postmortem/require", needs="respond", include_in_schema=False)
async def require_form(
    incident: FromPath[str], data: URLEncodedBody[Asking], console: ConsoleDep
) -> Redirect:
    """The button Ask for a post-mortem."""
    command = RequirePostmortem(incident, data.by, data.reason, data.promise)
    await console.submit(command, actor=f"person:{data.by}")
    return Redirect(f"/incidents/{incident}/postmortem", status_code=303)


@get("/incidents/{incident:str}/postmortem.md", needs="read", include_in_schema=False)
async def postmortem_file(incident: FromPath[str], console: ConsoleDep, shell: ShellDep) -> Response[str]:
    """The version that was published last, else the draft, as a file."""
    found = find(console, incident)
    versions = found.work.postmortem.versions
    text = signed(versions[-1], people(console)) if versions else _whole(console, shell, found)
    headers = {"content-disposition": f'attachment; filename="{found.id}-postmortem.md"'}
    return Response(text, media_type="text/markdown", headers=headers)


def _save(incident: str, section: str, data: Saving) -> Command:
    name = next((one for one in HEADINGS if one == section), None)
    if name is None:
        raise NotFound(f"a post-mortem has no section {section}", where=section, hint=", ".join(HEADINGS))
    return SaveSection(incident, name, data.text.replace("\r\n", "\n").strip(), data.base, data.by)


# The API ---------------------------------------------------------------------------------------------------------


@get("/api/v1/incidents/{incident:str}/postmortem", needs="read", tags=TAGS, summary="A post-mortem")
async def postmortem(
    request: Asked, incident: FromPath[str], console: ConsoleDep, shell: ShellDep
) -> Response[PostmortemStatus]:
    """Its sections as written or drafted, why there has to be one, and what was published."""
    found = find(console, incident)
    return conditional(request, ledger_tag(console), lambda: _status(console, shell, found))


@post(
    "/api/v1/incidents/{incident:str}/postmortem/sections/{section:str}",
    needs="respond",
    tags=TAGS,
    status_code=200,
    summary="Write a section of a post-mortem",
    responses=refused({409: "Somebody changed it meanwhile (`edit_conflict`), or nothing was (`unchanged`)"}),
)
async def save_section(
    incident: FromPath[str],
    section: FromPath[str],
    data: JSONBody[Saving],
    console: ConsoleDep,
    shell: ShellDep,
) -> PostmortemStatus:
    """One of summary, impact, detection, response, causes, lessons, in Markdown."""
    await console.submit(_save(incident, section, data), actor=f"person:{data.by}")
    return _status(console, shell, find(console, incident))


@post(
    "/api/v1/incidents/{incident:str}/postmortem/publish",
    needs="respond",
    tags=TAGS,
    status_code=200,
    summary="Publish a post-mortem",
    responses=refused(
        {
            409: "The incident is open (`still_open`), nothing is written (`nothing_written`) or new (`unchanged`)"
        }
    ),
)
async def publish_postmortem(
    incident: FromPath[str], data: JSONBody[Publishing], console: ConsoleDep, shell: ShellDep
) -> PostmortemStatus:
    """Freezes it as it is; what is changed later is the next version."""
    text = _whole(console, shell, find(console, incident))
    await console.submit(PublishPostmortem(incident, text, data.by), actor=f"person:{data.by}")
    return _status(console, shell, find(console, incident))


@post(
    "/api/v1/incidents/{incident:str}/postmortem/review",
    needs="respond",
    tags=TAGS,
    status_code=200,
    summary="Review a post-mortem",
    responses=refused(
        {
            409: "Another version was published (`other_version`), it is one's own (`own_work`), another one signs "
            "(`not_reviewer`, `no_review`), or somebody did (`already_signed`)"
        }
    ),
)
async def review_postmortem(
    incident: FromPath[str], data: JSONBody[Reviewing], console: ConsoleDep, shell: ShellDep
) -> PostmortemStatus:
    """One of those whom the guide or the bindings name signs for a version that another one published."""
    await console.submit(_review(incident, data), actor=f"person:{data.by}")
    return _status(console, shell, find(console, incident))


@post(
    "/api/v1/incidents/{incident:str}/postmortem/require",
    needs="respond",
    tags=TAGS,
    status_code=200,
    summary="Ask for a post-mortem",
    responses=refused({409: "It is asked for already (`already_required`)"}),
)
async def require_postmortem(
    incident: FromPath[str], data: JSONBody[Asking], console: ConsoleDep, shell: ShellDep
) -> PostmortemStatus:
    """Where the guide requires none by itself, or for a line that only people can tell it falls under."""
    command = RequirePostmortem(incident, data.by, data.reason, data.promise)
    await console.submit(command, actor=f"person:{data.by}")
    return _status(console, shell, find(console, incident))


HANDLERS = (
    *(postmortem_page, section_form, publish_form, review_form, require_form, postmortem_file),
    *(postmortem, save_section, publish_postmortem, review_postmortem, require_postmortem),
)
