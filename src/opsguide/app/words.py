"""A fact in a sentence, for terminals: the chapter's words where it has some."""

from collections.abc import Mapping

import msgspec

from ..delivery.shown import WORDS as DELIVERY
from ..guide.timeline import WORDS as GUIDE
from ..identity.timeline import WORDS as IDENTITY
from ..incidents.postmortem.timeline import WORDS as POSTMORTEM
from ..incidents.process.timeline import WORDS as PROCESS
from ..incidents.timeline import WORDS as INCIDENTS
from ..kernel.facts import Recorded
from ..maintenance.shown import WORDS as MAINTENANCE
from ..monitoring.timeline import WORDS as MONITORING

WORDS = {**GUIDE, **IDENTITY, **DELIVERY, **MONITORING, **INCIDENTS, **PROCESS, **POSTMORTEM, **MAINTENANCE}


def said(recorded: Recorded, names: Mapping[str, str]) -> str:
    """`names` are people's, by id. What nobody has words for is shown as it stands on the ledger."""
    data = recorded.fact.data
    say = WORDS.get(type(data))
    if say is not None:
        return say(recorded, names)
    return f"{recorded.fact.type} {msgspec.json.encode(data, order='sorted').decode()}"
