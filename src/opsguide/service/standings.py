"""The standing of every promise at an instant, asked of the chapter that keeps it."""

from collections.abc import Mapping, Sequence

from ..guide.adoption import GuideState
from ..guide.chapter import Chapter
from ..kernel.clock import Instant
from ..kernel.engine import Engine
from ..kernel.standing import Standing


def standings(engine: Engine, chapters: Sequence[Chapter], at: Instant) -> Mapping[str, Standing]:
    """Promise id → standing, in the order of the guide; empty before a guide is adopted."""
    guide: GuideState = engine.state("guide")
    if guide.current is None:
        return {}
    keepers = {chapter.name: chapter for chapter in chapters}
    return {
        promise.id: keepers[promise.keeper].standing(engine.state(promise.keeper), promise, at)
        for promise in guide.current.adopted.reading.promises
    }
