"""What people did about an incident, in plain words."""

from collections.abc import Mapping

from ...kernel.clock import rfc3339
from ...kernel.facts import Data, Recorded
from ..timeline import Names, Say
from . import facts


def _severity_changed(recorded: Recorded, names: Names) -> str:
    data, why = recorded.fact.data, recorded.fact.personal
    assert isinstance(data, facts.IncidentSeverityChanged)
    reason = why.text if isinstance(why, facts.Reason) else "the reason was erased"
    again = ", everybody is told again" if data.again else ""
    return f"Changed from {data.was} to {data.severity} by {names.get(data.by, data.by)}{again}: {reason}"


def _warned(recorded: Recorded, _names: Names) -> str:
    data = recorded.fact.data
    assert isinstance(data, facts.ClockWarned)
    return (
        f"{round(data.share * 100)} % of the time to {data.clock} is used up: it is due {rfc3339(data.due)}"
    )


WORDS: Mapping[type[Data], Say] = {
    facts.IncidentSeverityChanged: _severity_changed,
    facts.ClockWarned: _warned,
}
