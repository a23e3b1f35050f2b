"""`opsguide explain`: why is this red, from the ledger; or what a rule finds, from its page."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from ..guide.pages import names, page
from ..guide.promise import Promise
from ..guide.wording import did_you_mean
from ..incidents.state import Incident, State
from ..kernel.clock import Instant, rfc3339
from ..kernel.engine import Engine
from ..kernel.errors import OpsguideError
from ..kernel.facts import Recorded
from ..kernel.standing import Standing
from ..service.clock import SystemClock
from ..storage.options import DEFAULT_DATA, DataOption
from ..web.marks import WORDS
from ..web.people import names_in
from .options import AsOfOption, moment
from .past import about, guide_at
from .words import said

MOST_FACTS = 50


def explain(
    what: Annotated[
        str,
        typer.Argument(
            help="A promise's id, an incident (INC-3), or the rule of a finding (backup-rpo).",
            metavar="PROMISE|INCIDENT|RULE",
        ),
    ],
    data: DataOption = DEFAULT_DATA,
    as_of: AsOfOption = None,
) -> None:
    """Answer "why is this red?": standing, limit, guide line, and the facts that led to it.

    For a rule, which needs no ledger: what it finds, why, an example, and how to mend it.
    """
    lines = _page(what) or _recorded(what, data, moment(as_of, SystemClock().now()))
    for line in lines:
        typer.echo(line)


def _page(what: str) -> list[str]:
    """The lines of a rule's page; none where there is no such rule."""
    return (page(what.casefold()) or "").splitlines()


def _recorded(what: str, data: Path, at: Instant) -> Iterator[str]:
    """What the ledger tells about a promise or an incident."""
    try:
        engine, held = guide_at(data, at)
    except OpsguideError:
        # Without a ledger there is nothing but rules to be meant.
        if near := did_you_mean(what, names()):
            raise OpsguideError(f"there is no rule {what}", hint=near) from None
        raise
    incidents: State = engine.state("incidents")
    incident = incidents.find(what.upper())
    promise = next(((p, s) for p, s in held if p.id == what), None)
    if incident is not None:
        return _incident(engine, incident, data, at)
    if promise is not None:
        return _promise(engine, *promise, data, at)
    known = [p.id for p, _ in held] + [*incidents.open, *incidents.closed, *names()]
    hint = did_you_mean(what, known) or f"opsguide status --data {data} lists them"
    raise OpsguideError(f"there is no promise, incident or rule {what}", hint=hint)


def _promise(engine: Engine, promise: Promise, standing: Standing, data: Path, at: Instant) -> Iterator[str]:
    since = f" since {rfc3339(standing.since)}" if standing.since else ""
    yield f"{promise.id} is {WORDS[standing.kind]}{since}: {standing.reason}."
    if standing.limit:
        yield f"  measured  {standing.value or 'nothing'}   limit {standing.limit}"
    if standing.missing:
        yield f"  to bind it, add `{standing.missing}` to opsguide.toml"
    yield f"  line {promise.span}   {promise.section}: {promise.text}"
    subjects = {f"promise:{promise.id}"}
    for incident in engine.state("incidents").open.values():
        if incident.promise == promise.id:
            yield f"  {incident.id} is open for it: opsguide explain {incident.id}"
    yield from _facts(about(data, subjects, at), _names(engine))


def _incident(engine: Engine, incident: Incident, data: Path, at: Instant) -> Iterator[str]:
    state = f"open, {'acknowledged by ' + incident.acknowledged_by if incident.acknowledged_by else 'nobody has it'}"
    yield f"{incident.id} [{incident.severity}] {incident.title} ({state if incident.open else 'resolved'})"
    yield f"  because   {incident.reason}"
    current = engine.state("guide").current
    promise = next((p for p in current.adopted.reading.promises if p.id == incident.promise), None)
    if promise is not None:
        yield f"  line {promise.span}   {promise.section}: {promise.text}"
    yield from _facts(about(data, {f"incident:{incident.id}"}, at), _names(engine))


def _names(engine: Engine) -> Mapping[str, str]:
    """People by id, as the bindings of that time name them."""
    return names_in(engine.state("guide").bindings_text)


def _facts(facts: list[Recorded], names: Mapping[str, str]) -> Iterator[str]:
    if len(facts) > MOST_FACTS:
        yield f"  … {len(facts) - MOST_FACTS} earlier facts: opsguide ledger show --subject …"
    for one in facts[-MOST_FACTS:]:
        yield f"  {rfc3339(one.fact.at)}  #{one.seq}  {said(one, names)}"
