"""Fuzzes by coverage with atheris: `python -m tests.fuzz guide --seconds 60` (`make fuzz`).

What it finds is written to build/fuzz/TARGET/, is told as an assertion or a traceback, and becomes a document of
tests/fuzz/found/ with the mend. Inputs that reach new code are kept in build/fuzz/TARGET/corpus and used again.
"""

import argparse
import random
import sys
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["opsguide", "markdown_it"]):
    from tests.fuzz import invariants
from tests.fuzz.mutation import SEPARATOR, Mutator, seeds

BUILD = Path(__file__).parent.parent.parent / "build" / "fuzz"
MAX_BYTES = 6_000


def _guide(data: bytes) -> None:
    invariants.of_guide(data.decode("utf-8", "replace"))


def _change(data: bytes) -> None:
    old, _, new = data.decode("utf-8", "replace").partition(SEPARATOR)
    invariants.of_change(old, new)


def _bindings(data: bytes) -> None:
    invariants.of_bindings(data.decode("utf-8", "replace"))


TARGETS: dict[str, Callable[[bytes], None]] = {"guide": _guide, "change": _change, "bindings": _bindings}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0, help="0: another one each time")
    given = parser.parse_args()
    folder = BUILD / given.target
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(given.target, MAX_BYTES)):
        (corpus / f"seed-{number}").write_bytes(seed)
    mutator = Mutator(given.target, random.Random(given.seed or None))

    def mutate(data: bytes, size: int, seed: int) -> bytes:
        return mutator.mutate(data, size, seed) or atheris.Mutate(data, size)

    options = [
        f"-max_total_time={given.seconds}",
        f"-max_len={MAX_BYTES}",
        "-timeout=20",
        "-rss_limit_mb=1500",
        f"-artifact_prefix={folder}/",
        "-print_final_stats=1",
        *([f"-seed={given.seed}"] if given.seed else []),
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], TARGETS[given.target], custom_mutator=mutate)
    atheris.Fuzz()


main()
