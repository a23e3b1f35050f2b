"""What became of a post-mortem, in plain words."""

from collections.abc import Mapping

from ...kernel.clock import rfc3339
from ...kernel.facts import Data, Recorded
from ..process.facts import Reason, Words
from ..timeline import Names, Say
from . import facts


def _required(recorded: Recorded, names: Names) -> str:
    data, why = recorded.fact.data, recorded.fact.personal
    assert isinstance(data, facts.PostmortemRequired)
    until = f" until {rfc3339(data.due)[:16].replace('T', ' ')} UTC" if data.due is not None else ""
    if data.by == "opsguide":
        return f"The guide wants a post-mortem{until}"
    reason = f": {why.text}" if isinstance(why, Reason) else ""
    return f"{names.get(data.by, data.by)} asks for a post-mortem{reason}"


def _saved(recorded: Recorded, names: Names) -> str:
    data = recorded.fact.data
    assert isinstance(data, facts.PostmortemSectionSaved)
    return f"{names.get(data.by, data.by)} wrote the {data.section} of the post-mortem"


def _published(recorded: Recorded, names: Names) -> str:
    data = recorded.fact.data
    assert isinstance(data, facts.PostmortemPublished)
    said = f"{names.get(data.by, data.by)} published the post-mortem"
    return said if data.version == 1 else f"{said} again, version {data.version}"


def _reviewed(recorded: Recorded, names: Names) -> str:
    data, words = recorded.fact.data, recorded.fact.personal
    assert isinstance(data, facts.PostmortemReviewed)
    note = f": {words.text}" if isinstance(words, Words) and words.text else ""
    who, which = names.get(data.by, data.by), f"version {data.version} of the post-mortem"
    return f"{who} signed for {which}{note}" if data.agrees else f"{who} wants {which} changed{note}"


def _reminded(recorded: Recorded, _names: Names) -> str:
    data = recorded.fact.data
    assert isinstance(data, facts.PostmortemReminded)
    return f"The post-mortem is due {rfc3339(data.due)[:16].replace('T', ' ')} UTC: somebody was reminded"


def _overdue(recorded: Recorded, _names: Names) -> str:
    return "The post-mortem was due and is not done: the promise is broken"


WORDS: Mapping[type[Data], Say] = {
    facts.PostmortemRequired: _required,
    facts.PostmortemSectionSaved: _saved,
    facts.PostmortemPublished: _published,
    facts.PostmortemReviewed: _reviewed,
    facts.PostmortemReminded: _reminded,
    facts.PostmortemOverdue: _overdue,
}
