"""The chapter "Deployment Strategy": environments stand by their probes; pipeline and releases are read and shown."""

from ..guide.chapter import Chapter
from ..guide.keeping import FOLDS, Keeping, by_evidence
from ..guide.promise import Promise
from ..guide.values import Environment
from ..kernel.clock import Instant
from ..kernel.facts import FactTypes
from ..kernel.standing import Standing


def standing(state: Keeping, promise: Promise, at: Instant) -> Standing:
    """An environment is kept while it answers; the evidence is about `environment:<name>`."""
    if isinstance(promise.values, Environment) and promise.id not in state.missing:
        return state.book.standing(f"environment:{promise.values.environment.casefold()}", at)
    return by_evidence(state, promise, at)


CHAPTER = Chapter(
    name="delivery",
    facts=FactTypes(),
    initial=lambda: Keeping(keeper="delivery"),
    folds=FOLDS,
    standing=standing,
)
