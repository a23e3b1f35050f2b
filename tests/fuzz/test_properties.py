"""Whatever is typed: no crash, and no value that the text does not hold. A small budget; `make fuzz` takes longer."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsguide.guide.reading import read
from opsguide.guide.source import MAX_LINE
from opsguide.readers import ALL

from . import invariants
from .documents import documents
from .mutation import Mutator, guides, texts

HERE = Path(__file__).parent
SIGNS = (
    "(",
    "[",
    "`",
    "`a",
    "|",
    "<",
    "*",
    "**a",
    "_a_",
    "1 ",
    "1.",
    "- ",
    "P1 ",
    "é",
    "{{",
    "and ",
    "> ",
    "~~",
    "<s>",
    "[a](",
)
FOUND = sorted((HERE / "found").glob("*.md"))


@settings(max_examples=60)
@given(document=documents())
def test_a_guide_is_read_truly_whatever_it_says(document: str) -> None:
    invariants.of_guide(document)


@settings(max_examples=25)
@given(old=documents(), new=documents())
def test_any_two_guides_can_be_compared(old: str, new: str) -> None:
    invariants.of_change(old, new)


@settings(max_examples=100)
@given(seed=st.integers(0, 2**32), text=st.sampled_from(texts("bindings")), rounds=st.integers(1, 8))
def test_bindings_are_read_or_told_what_is_wrong(seed: int, text: str, rounds: int) -> None:
    mutator, data = Mutator("bindings", random.Random(seed)), text.encode()
    for n in range(rounds):
        data = mutator.mutate(data, 20_000, seed + n) or data
    invariants.of_bindings(data.decode("utf-8", "replace"))


@settings(max_examples=100)
@given(text=st.text(max_size=200))
def test_nonsense_is_no_bindings(text: str) -> None:
    invariants.of_bindings(text)


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_what_was_found_stays_mended(path: Path) -> None:
    invariants.of_guide(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", guides()[-12:], ids=lambda path: path.stem)
def test_real_guides_hold_them_too(path: Path) -> None:
    invariants.of_guide(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("sign", SIGNS)
def test_a_sign_that_is_repeated_takes_time_in_line_with_its_length(sign: str) -> None:
    """Ten times as long may take ten times as long, and some; a hundred times would be a square."""

    def cost(size: int) -> float:
        text = f"## Incidents\n\n- P1: respond within 5 min {sign * (size // len(sign))}\n"
        start = time.process_time()
        read(text, ALL)
        return time.process_time() - start

    cost(100)
    assert cost(MAX_LINE) < 50 * cost(MAX_LINE // 10) + 0.5


READ = """
import hashlib, sys
from pathlib import Path
from opsguide.guide.checking import judge
from opsguide.guide.contract import encode
from opsguide.readers import ALL
digest = hashlib.sha256()
for path in sys.argv[1:]:
    digest.update(encode(judge("guide.md", Path(path).read_text(encoding="utf-8"), ALL, None).result))
print(digest.hexdigest())
"""


def test_two_hash_seeds_read_alike() -> None:
    paths = [str(path) for path in (*FOUND, *guides()[-12:])]
    said = {
        subprocess.run(
            [sys.executable, "-c", READ, *paths],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1
