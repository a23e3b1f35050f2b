"""How a post-mortem changes the chapter's state."""

from collections.abc import Callable, Mapping

from ...kernel.facts import Data, Recorded
from ..process.facts import Reason, Words
from ..state import State
from . import owed
from .facts import (
    PostmortemOverdue,
    PostmortemPublished,
    PostmortemReminded,
    PostmortemRequired,
    PostmortemReviewed,
    PostmortemSectionSaved,
)
from .state import Postmortem, Review, Version, Wanted, Written


def _of(state: State, incident: str) -> Postmortem | None:
    """None where the incident is so old that it is on the ledger only."""
    found = state.find(incident)
    return found.working().postmortem if found is not None else None


def _words(recorded: Recorded) -> str:
    personal = recorded.fact.personal
    return personal.text if isinstance(personal, Words | Reason) else ""


def _finish(state: State, incident: str) -> None:
    found = state.find(incident)
    if found is not None:
        state.finish(found)
        if found.work.postmortem.kept:
            owed.end(state, found)


def _required(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, PostmortemRequired)
    postmortem = _of(state, data.incident)
    if postmortem is not None:
        postmortem.wanted.append(Wanted(data.promise, data.due, data.by, _words(recorded), recorded.fact.at))
        if data.promise and not postmortem.kept:
            owed.begin(state, data.promise, (data.due, data.incident))
        _finish(state, data.incident)


def _saved(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, PostmortemSectionSaved)
    postmortem = _of(state, data.incident)
    if postmortem is not None:
        postmortem.sections[data.section] = Written(_words(recorded), recorded.seq, recorded.fact.at, data.by)
        _finish(state, data.incident)


def _published(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, PostmortemPublished)
    postmortem = _of(state, data.incident)
    if postmortem is not None:
        postmortem.versions.append(
            Version(data.version, _words(recorded), recorded.fact.at, data.by, recorded.seq, data.review)
        )
        _finish(state, data.incident)


def _reviewed(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, PostmortemReviewed)
    postmortem = _of(state, data.incident)
    if postmortem is not None:
        said = Review(data.by, recorded.fact.at, data.agrees, _words(recorded))
        postmortem.versions[data.version - 1].reviews.append(said)
        _finish(state, data.incident)


def _reminded(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, PostmortemReminded)
    postmortem = _of(state, data.incident)
    for one in postmortem.wanted if postmortem is not None else ():
        if one.promise == data.promise:
            one.reminded = True


def _overdue(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, PostmortemOverdue)
    postmortem = _of(state, data.incident)
    for one in postmortem.wanted if postmortem is not None else ():
        if one.promise == data.promise:
            one.overdue = True


FOLDS: Mapping[type[Data], Callable[[State, Recorded], None]] = {
    PostmortemRequired: _required,
    PostmortemSectionSaved: _saved,
    PostmortemPublished: _published,
    PostmortemReviewed: _reviewed,
    PostmortemReminded: _reminded,
    PostmortemOverdue: _overdue,
}
