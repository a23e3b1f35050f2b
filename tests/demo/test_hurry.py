"""`demo hurry` shortens what a guide says and nothing else, and takes every byte of it back."""

from pathlib import Path

import pytest

from opsguide.demo.hurry import edits, hurry, undo
from opsguide.demo.hurrying import hurry_up, take_back
from opsguide.demo.working import Folder
from opsguide.guide.promise import Reading
from opsguide.guide.reading import read as read_with
from opsguide.guide.values import Alert, ClockValues
from opsguide.readers import ALL
from tests.demo.guides import ENGLISH, TABLE

EXAMPLE = Path(__file__).parents[2] / "examples" / "operations.md"


def read(text: str) -> Reading:
    return read_with(text, ALL, where="operations.md")


def times(text: str) -> dict[str, object]:
    """Alert and clock times by promise, in seconds."""
    return {
        promise.id: values.for_seconds if isinstance(values, Alert) else values.seconds
        for promise in read(text).promises
        if isinstance(values := promise.values, Alert | ClockValues)
    }


@pytest.mark.parametrize("text", [ENGLISH, TABLE], ids=["yaml and bullets", "table"])
def test_minutes_and_hours_become_seconds(text: str) -> None:
    done = hurry(text, read)
    assert done.left == ()
    assert times(done.text).keys() == times(text).keys()
    assert all(isinstance(after, int | float) and after <= 300 for after in times(done.text).values())
    assert len(edits(text, done.text)) == len({edit.line for edit in edits(text, done.text)}) > 1


def test_the_more_urgent_stays_the_faster() -> None:
    seconds = list(times(hurry(ENGLISH, read).text).values())
    assert seconds == [5, 5, 5, 60, 120, 90, 180, 120, 240]


def test_it_writes_times_as_the_guide_does() -> None:
    text = hurry(ENGLISH, read).text
    assert "    duration: 5s\n" in text
    assert "- **Critical**: 60 seconds acknowledgment, 120 seconds resolution\n" in text


def test_a_hurried_guide_has_nothing_more_to_hurry() -> None:
    hurried = hurry(ENGLISH, read).text
    assert hurry(hurried, read).text == hurried


@pytest.mark.parametrize(
    "text", [ENGLISH, TABLE, f"\ufeff{ENGLISH.rstrip()}"], ids=["lf", "crlf", "bom, no last end"]
)
def test_undo_restores_every_byte(text: str, tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.guide.write_bytes(text.encode())
    shown = hurry_up(folder)
    assert folder.guide.read_bytes() != text.encode()
    assert any(line.startswith("+") and not line.startswith("+++") for line in shown)
    assert folder.hurried.exists()
    take_back(folder)
    assert folder.guide.read_bytes() == text.encode()
    assert not folder.hurried.exists()
    assert take_back(folder) == [f"{folder.guide} is not hurried"]


def test_undo_keeps_what_was_edited_meanwhile(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.guide.write_text(ENGLISH, encoding="utf-8")
    hurry_up(folder)
    hurried = folder.guide.read_text(encoding="utf-8")
    mine = hurried.replace("# Operations\n", "# Operations\n\nA line of mine.\n").replace(
        "duration: 5s", "duration: 7s", 1
    )
    folder.guide.write_text(mine, encoding="utf-8")
    said = take_back(folder)
    wanted = ENGLISH.replace("# Operations\n", "# Operations\n\nA line of mine.\n").replace("5m", "7s")
    assert folder.guide.read_text(encoding="utf-8") == wanted
    assert any("since you changed it: line 9, which was: duration: 5m" in line for line in said)


def test_what_is_hurried_twice_is_taken_back_whole(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.guide.write_text(TABLE.replace("\r\n", "\n"), encoding="utf-8")
    hurry_up(folder)
    added = "| SEV3 | Something is ugly | 3 days | 10 days |\n"
    with folder.guide.open("a", encoding="utf-8") as file:
        file.write(added)
    hurry_up(folder)
    assert added not in folder.guide.read_text(encoding="utf-8")
    take_back(folder)
    assert folder.guide.read_text(encoding="utf-8") == TABLE.replace("\r\n", "\n") + added


def test_the_example_guide_can_be_hurried_whole() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    done = hurry(text, read)
    assert done.left == ()
    assert len(edits(text, done.text)) >= 7
    assert undo(done.text, text, done.text) == (text, [])


def test_so_can_the_original(shared: Path) -> None:
    text = (shared / "seed" / "operations-guide.md").read_text(encoding="utf-8")
    done = hurry(text, read)
    assert done.left == ()
    assert len(edits(text, done.text)) == 7
    assert undo(done.text, text, done.text) == (text, [])
