"""Reading again with what the last reading left behind: faster, and in nothing different from a fresh reading."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsguide.guide.findings import find
from opsguide.guide.memory import Memory
from opsguide.guide.promise import Finding, Reading
from opsguide.guide.reader import Draft, Reader, Scene
from opsguide.guide.reading import read
from opsguide.kernel.errors import GuideError
from opsguide.readers import ALL
from tests.fuzz.documents import documents
from tests.fuzz.mutation import Mutator, guides

GUIDES = guides()


def checked(text: str, memory: Memory | None = None) -> tuple[Reading, tuple[Finding, ...]] | None:
    try:
        reading = read(text, ALL, memory=memory)
    except GuideError:
        return None
    return reading, find(reading, None, text, memory)


@settings(max_examples=12)
@given(path=st.sampled_from(GUIDES[-45:]), seed=st.integers(0, 2**32))
def test_an_edited_guide_is_read_as_if_for_the_first_time(path: Path, seed: int) -> None:
    """Some edits, one after the other: lines come, go, change and move, under one memory."""
    mutator, memory = Mutator("guide", random.Random(seed)), Memory()
    data = path.read_bytes()
    checked(data.decode(), memory)
    for n in range(5):
        data = mutator.mutate(data, 50_000, seed + n) or data
        text = data.decode("utf-8", "replace")
        assert checked(text, memory) == checked(text)


@settings(max_examples=15)
@given(texts=st.lists(documents(), min_size=2, max_size=3))
def test_documents_that_take_turns_do_not_mix(texts: list[str]) -> None:
    memory = Memory()
    for text in (*texts, *texts):
        assert checked(text, memory) == checked(text)


@pytest.mark.parametrize("path", GUIDES[-8:], ids=lambda path: path.stem)
def test_lines_that_are_pushed_down_are_not_read_again(path: Path) -> None:
    """Rules are asked for the scene that changed, and for the headings above it."""
    asked: list[Scene] = []

    def spying(scene: Scene) -> list[Draft]:
        asked.append(scene)
        return []

    readers = (Reader(lambda scene: iter(spying(scene))), *ALL)
    text, memory = path.read_text(encoding="utf-8"), Memory()
    read(text, readers, memory=memory)
    all_of_them = len(asked)
    asked.clear()
    read(f"{text}\n\nNothing is promised here.\n", readers, memory=memory)
    data = {scene for scene in asked if scene.block.node is not None}
    headings = {scene for scene in asked if scene.block.kind == "heading"}
    assert len(set(asked) - data - headings) <= 1 < all_of_them
