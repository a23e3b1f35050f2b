"""Puts the two weeks into a data directory that has none: samples as blocks, facts on the ledger."""

from pathlib import Path

from ...app import build_engine, fact_types
from ...app.serve import SAMPLES
from ...guide.adoption import Adopt
from ...guide.bindings import Scoped, read_bindings
from ...guide.reading import read
from ...kernel.clock import Instant
from ...kernel.errors import OpsguideError
from ...monitoring.looking import look
from ...monitoring.scope import own_scope
from ...readers import ALL
from ...storage.sqlite import open_ledger
from ...telemetry.embedded import Embedded
from . import figures
from .living import ENVIRONMENT, Life
from .story import story

_TIGHTENED = ("duration: 5m", "duration: 10m")
"""As the alert on errors stands in the guide now, and as it stood before the evening on which nobody answered."""


async def make(data: Path, guide: str, bindings: str, now: Instant) -> int:
    """The number of facts that came of it; none where the directory already has some. Raises OpsguideError.

    `guide` and `bindings` are the texts that the demo starts with.
    """
    told = story(now)
    async with open_ledger(data, fact_types()) as ledger:
        if ledger.head.seq:
            return 0
        columns = list(figures.columns(told))
        life = Life(build_engine(), told, ledger.append)
        before = guide.replace(*_TIGHTENED, 1)
        guides = [(told.start, _adopt(before, bindings)), (told.changed, _adopt(guide, bindings))]
        with Embedded(directory=data / SAMPLES) as telemetry:
            telemetry.backfill(columns)
            names = frozenset(column.labels["__name__"] for column in columns)
            present = await look(
                telemetry, names, own_scope(Scoped(ENVIRONMENT), 0), int(columns[0].times[-1])
            )
            return await life.live(guides, telemetry, present)


def _adopt(text: str, bindings_text: str) -> Adopt:
    bindings, problems = read_bindings(bindings_text)
    if bindings is None:
        raise OpsguideError(f"the demo's bindings cannot be read: {problems}")
    return Adopt(
        text=text,
        reading=read(text, ALL, where="operations.md"),
        bindings=bindings,
        bindings_text=bindings_text,
    )
