"""A fact in a sentence, for terminals: the chapter's words where it has some."""

from collections.abc import Mapping

import msgspec

from ..guide.adoption import GuideAdopted, GuideRefused
from ..incidents.timeline import WORDS as INCIDENTS
from ..kernel.facts import Recorded
from ..kernel.standing import EvidenceRecorded
from ..monitoring.timeline import WORDS as MONITORING


def said(recorded: Recorded, names: Mapping[str, str]) -> str:
    """`names` are people's, by id. What nobody has words for is shown as it stands on the ledger."""
    data = recorded.fact.data
    say = INCIDENTS.get(type(data)) or MONITORING.get(type(data))
    if say is not None:
        return say(recorded, names)
    match data:
        case EvidenceRecorded():
            measured = " / ".join(part for part in (data.value, data.limit) if part)
            return f"{data.verdict.replace('_', ' ')}: {data.reason}" + (f" ({measured})" if measured else "")
        case GuideAdopted():
            return f"Version {data.version} of the guide is in force, by {recorded.fact.actor}"
        case GuideRefused():
            return f"A changed guide was refused: {data.diagnostics[0].message}"
    return f"{recorded.fact.type} {msgspec.json.encode(data, order='sorted').decode()}"
