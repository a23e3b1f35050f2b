"""Guides in which nothing is wrong: in seven languages, and in shapes that a hasty rule would trip over."""

from pathlib import Path

import pytest

from opsguide.guide.reading import read
from opsguide.readers import ALL
from tests.guide.findings.found import findings

CAREFUL = sorted((Path(__file__).parent / "careful").glob("*.md"))


@pytest.mark.parametrize("path", CAREFUL, ids=lambda path: path.stem)
def test_nothing_is_found_in_a_careful_guide(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    # Not because nothing was read.
    assert len(read(text, ALL).promises) > 3
    assert findings(text) == ()


def test_there_is_one_in_every_language_of_the_lexicon() -> None:
    assert {path.stem[:2] for path in CAREFUL} == {"en", "ro", "de", "es", "fr", "pt", "vi"}
