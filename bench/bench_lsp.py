"""How long the language server takes to check a guide of a thousand lines again, after one of them was edited."""

import gc
import statistics
import time
from collections.abc import Iterable
from pathlib import Path

from bench import Row
from opsguide.cli import GC_THRESHOLDS
from opsguide.guide.checking import judge
from opsguide.guide.memory import Memory
from opsguide.readers import ALL

EDITS = 21
LINES = 1_000
CORPUS = Path(__file__).parent.parent / "tests" / "corpus"


def rows() -> Iterable[Row]:
    """Real lines, none twice: guides of the corpus one after the other, edited in one line after another."""
    paths = [path for language in ("en", "de", "fr") for path in sorted(CORPUS.glob(f"{language}_*.md"))]
    lines = [line for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    gc.set_threshold(*GC_THRESHOLDS)
    # What other benches left behind is not the server's to go through at each collection.
    gc.collect()
    gc.freeze()
    memory, took = Memory(), list[float]()
    judge("guide.md", "\n".join(lines[:LINES]), ALL, None, memory=memory)
    for n in range(EDITS):
        lines[n * LINES // EDITS] += " x"
        text = "\n".join(lines[:LINES])
        start = time.perf_counter()
        judge("guide.md", text, ALL, None, memory=memory)
        took.append(time.perf_counter() - start)
    yield Row("check an edited guide of 1,000 lines again", statistics.median(took), "s", goal="< 0.1")
