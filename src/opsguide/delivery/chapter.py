"""The chapter "Deployment Strategy": environments stand by their probes; pipeline and releases are read and shown.

Deploys are announced by whoever deploys.
"""

from collections.abc import Iterable

from ..guide.chapter import Chapter, moves_none
from ..guide.keeping import FOLDS, MOVES, Keeping, by_evidence
from ..guide.promise import Promise
from ..guide.values import Environment
from ..kernel.clock import Instant
from ..kernel.facts import Recorded
from ..kernel.standing import EvidenceRecorded, Standing
from . import deploys
from .commands import AnnounceDeploy
from .deploys import State
from .facts import FACTS, DeployAnnounced


def standing(state: Keeping, promise: Promise, at: Instant) -> Standing:
    """An environment is kept while it answers; the evidence is about `environment:<name>`."""
    if isinstance(promise.values, Environment) and promise.id not in state.missing:
        return state.book.standing(_place(promise.values), at)
    return by_evidence(state, promise, at)


def _place(values: Environment) -> str:
    return f"environment:{values.environment.casefold()}"


def _moved(state: Keeping, recorded: Recorded) -> Iterable[str]:
    evidence = recorded.fact.data
    assert isinstance(evidence, EvidenceRecorded)
    environments = ((p.id, p.values) for p in state.promises.values() if isinstance(p.values, Environment))
    return [promise for promise, values in environments if _place(values) == evidence.promise]


CHAPTER = Chapter(
    name="delivery",
    facts=FACTS,
    initial=State,
    folds={**FOLDS, DeployAnnounced: deploys.announced},
    handlers={AnnounceDeploy: deploys.announce},
    standing=standing,
    moves={**MOVES, EvidenceRecorded: _moved, DeployAnnounced: moves_none},
)
