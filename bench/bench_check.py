"""How long `opsguide check` takes as a user meets it: a whole process, from start to exit."""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from bench import Row

RUNS = 7
EXAMPLE = Path(__file__).parent.parent / "examples" / "operations.md"
SEED = Path(__file__).parent.parent.parent / "shared" / "seed" / "operations-guide.md"
LONG_LINES = 10_000


def rows() -> Iterable[Row]:
    """The example guide, the seed where it is there, and a document of ten thousand lines."""
    yield Row("check examples/operations.md, process start included", _median(EXAMPLE), "s", goal="< 0.5")
    if SEED.exists():
        yield Row("check the seed guide, process start included", _median(SEED), "s", goal="< 0.5")
    with tempfile.TemporaryDirectory() as folder:
        long = Path(folder) / "long.md"
        text = EXAMPLE.read_text()
        copies = LONG_LINES // len(text.splitlines()) + 1
        long.write_text("\n".join(f"# Part {n}\n{text}" for n in range(copies)))
        yield Row("check 10,000 lines", _median(long, runs=3), "s", goal="< 3")


def _median(guide: Path, runs: int = RUNS) -> float:
    return statistics.median(_once(guide) for _ in range(runs))


def _once(guide: Path) -> float:
    start = time.perf_counter()
    subprocess.run(
        [Path(sys.executable).parent / "opsguide", "check", guide, "--json"],
        stdout=subprocess.DEVNULL,
        check=False,
    )
    return time.perf_counter() - start
