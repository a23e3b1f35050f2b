"""The facts of drills in plain words."""

from collections.abc import Callable, Mapping

from ...guide.proving import DrillDetected, DrillEnded, DrillPassed, DrillStarted
from ...kernel.clock import rfc3339
from ...kernel.duration import spoken
from ...kernel.facts import Data, Recorded

WHAT = {
    "breach": "the breach shows",
    "pending": "pending",
    "probe": "probed",
    "incident": "incident opened",
    "ticket": "incident opened, which makes a ticket",
    "inbox": "inbox",
    "page": "page taken",
    "acknowledged": "acknowledged",
}
RESULTS = {"proven": "proven", "partly": "proven in part", "failed": "failed", "stopped": "stopped"}


def _started(recorded: Recorded, names: Mapping[str, str]) -> str:
    data = recorded.fact.data
    assert isinstance(data, DrillStarted)
    by = "the schedule" if data.by == "schedule" else names.get(data.by, data.by)
    how = [
        *(["without the alert's wait"] if data.shortened else []),
        *([] if data.tell else ["telling nobody"]),
        *([f"telling {names.get(data.to, data.to)}"] if data.to else []),
    ]
    said = f", {', '.join(how)}" if how else ""
    return f"{data.drill}: a drill was started by {by}{said}; ends by {rfc3339(data.until)[:16]}Z if nothing shows"


def _passed(recorded: Recorded, _names: Mapping[str, str]) -> str:
    data = recorded.fact.data
    assert isinstance(data, DrillPassed)
    return f"{data.drill}, after {spoken(data.seconds)}: {WHAT[data.stage]}: {data.said}"


def _detected(recorded: Recorded, _names: Mapping[str, str]) -> str:
    data = recorded.fact.data
    assert isinstance(data, DrillDetected)
    return f"{data.drill}, after {spoken(data.seconds)}: detected: {data.reason}"


def _ended(recorded: Recorded, _names: Mapping[str, str]) -> str:
    data = recorded.fact.data
    assert isinstance(data, DrillEnded)
    return f"{data.drill} {RESULTS[data.result]}, after {spoken(data.seconds)}: {data.reason}"


WORDS: Mapping[type[Data], Callable[[Recorded, Mapping[str, str]], str]] = {
    DrillStarted: _started,
    DrillPassed: _passed,
    DrillDetected: _detected,
    DrillEnded: _ended,
}
