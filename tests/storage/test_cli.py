"""`opsguide ledger` as it is typed."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from opsguide.cli import main
from opsguide.kernel.ledger import Head
from opsguide.storage.publish import publish
from opsguide.storage.sqlite import open_ledger
from tests.storage.notes import NOON, TYPES, counted, note


class Ran(NamedTuple):
    """How a command ended, and what it printed."""

    status: int | str | None
    stdout: str
    stderr: str


Type = Callable[..., Ran]
Change = Callable[[list[str]], list[str]]


@pytest.fixture
def ledger(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Type:
    """Types `opsguide ledger …`, through the command's root."""
    monkeypatch.delenv("OPSGUIDE_DATA", raising=False)

    def typed(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["opsguide", "ledger", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return Ran(ended.value.code, *capsys.readouterr())

    return typed


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    async with open_ledger(tmp_path / "data", TYPES) as opened:
        await opened.append([note("bought milk", author="Ana Pop"), note("lost it", author="Bob")])
        await opened.append([counted(3, subject="shelf:b", at=NOON + 1_500)])
        await opened.erase(2)
    return tmp_path / "data"


@pytest.fixture
def exported(folder: Path, ledger: Type) -> Path:
    path = folder.parent / "ledger.jsonl"
    ran = ledger("export", "--data", folder, "--output", path)
    assert (ran.status, ran.stdout) == (0, ""), ran.stderr
    return path


def test_a_sound_ledger(ledger: Type, folder: Path) -> None:
    ran = ledger("verify", "--data", folder)
    assert ran.status == 0, ran.stderr
    assert "the chain verifies: 3 rows" in ran.stdout
    assert "personal data: 1 kept, 1 erased" in ran.stdout


def test_an_export_verifies_offline(ledger: Type, exported: Path) -> None:
    assert exported.stat().st_mode & 0o077 == 0
    ran = ledger("verify", exported)
    assert ran.status == 0, ran.stderr
    assert "the chain verifies: 3 rows" in ran.stdout
    assert "personal data: 1 kept, 1 erased" in ran.stdout


def test_what_an_export_holds(ledger: Type, folder: Path, exported: Path) -> None:
    header, first, second, third = [json.loads(line) for line in exported.read_text().splitlines()]
    assert header == {"format": "opsguide ledger export 1", "seq": 3, "hash": third["hash"]}
    assert (first["seq"], first["prev"]) == (1, "00" * 32)
    assert second["prev"] == first["hash"]
    assert json.loads(first["body"])["data"] == {"reason": "", "text": "bought milk"}
    assert first["personal"] == '{"name":"Ana Pop"}'
    assert "personal" not in second
    assert "salt" not in second
    assert ledger("export", "--data", folder).stdout == exported.read_text()


def edited(line: int, old: str, new: str) -> Change:
    def change(lines: list[str]) -> list[str]:
        assert old in lines[line]
        return [*lines[:line], lines[line].replace(old, new), *lines[line + 1 :]]

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (edited(2, "lost it", "kept it"), "seq 2: the row was changed"),
        (edited(1, "Ana", "Eve"), "seq 1: the personal data beside the chain was changed"),
        (lambda lines: lines[:-1], "seq 3: the export ends with row 2, its first line says 3"),
        (lambda lines: [lines[0], lines[1], lines[3]], "seq 2: row 2 is missing"),
        (lambda lines: [lines[0], lines[2], lines[1], lines[3]], "seq 1: row 1 is missing"),
        (lambda lines: [*lines[:3], lines[3][:40]], "ledger.jsonl:4: the line after row 2 is damaged"),
        (edited(3, '"hash":"', '"hash":"zz'), "ledger.jsonl:4: the line after row 2 is damaged"),
    ],
)
def test_a_changed_export(ledger: Type, exported: Path, change: Change, says: str) -> None:
    lines = exported.read_text().splitlines()
    exported.write_text("\n".join(change(lines)) + "\n")
    ran = ledger("verify", exported)
    assert ran.status == 1
    assert says in ran.stderr


def test_published_heads_are_held_against_it(
    ledger: Type, folder: Path, exported: Path, tmp_path: Path
) -> None:
    last = json.loads(exported.read_text().splitlines()[-1])
    publish(tmp_path / "heads", Head(3, bytes.fromhex(last["hash"])), NOON)
    assert "1 published heads are on it" in ledger("verify", exported, "--heads", tmp_path / "heads").stdout
    publish(tmp_path / "heads", Head(9, bytes(32)), NOON)
    ran = ledger("verify", "--data", folder, "--heads", tmp_path / "heads")
    assert ran.status == 1
    assert "row 9 was published at 2025-11-24T16:00:00.000Z, the last one here is 3" in ran.stderr


@pytest.mark.parametrize("typed", [["verify"], ["export"], ["show"]])
def test_where_there_is_no_ledger(ledger: Type, tmp_path: Path, typed: list[str]) -> None:
    ran = ledger(*typed, "--data", tmp_path / "nowhere")
    assert ran.status == 2
    assert "there is no ledger in this folder" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (["verify", "missing.jsonl"], "No such file"),
        (["verify", __file__], "no export of a ledger"),
        (["verify", __file__, "--heads", "missing"], "missing"),
        (["verify", "--heads", __file__, "x"], "no published head"),
        (["show", "--limit", "0"], "--limit"),
        (["show", "--after", "-1"], "--after"),
        (["polish"], "polish"),
    ],
)
def test_wrong_usage(ledger: Type, tmp_path: Path, typed: list[str], says: str) -> None:
    ran = ledger(*typed)
    assert ran.status == 2
    assert says in ran.stderr
    assert "Traceback" not in ran.stderr


def test_an_export_that_cannot_be_written(ledger: Type, folder: Path) -> None:
    ran = ledger("export", "--data", folder, "--output", folder / "missing" / "x.jsonl")
    assert ran.status == 2
    assert "the export cannot be written" in ran.stderr


def test_showing_facts(ledger: Type, folder: Path) -> None:
    ran = ledger("show", "--data", folder)
    assert ran.status == 0, ran.stderr
    heading, *rows = ran.stdout.splitlines()
    assert heading.split() == ["seq", "time", "(UTC)", "type", "subject", "actor", "reason"]
    assert [row.split()[0] for row in rows] == ["1", "2", "3"]
    assert rows[2].split() == [
        "3",
        "2025-11-24T16:00:01.500Z",
        "note.counted",
        "shelf:b",
        "opsguide",
        "number=3",
    ]
    assert "Ana" not in ran.stdout


@pytest.mark.parametrize(
    ("typed", "seqs"),
    [
        ([], [1, 2, 3]),
        (["--limit", 2], [2, 3]),
        (["--after", 0, "--limit", 2], [1, 2]),
        (["--after", 2], [3]),
        (["--after", 3], []),
        (["--subject", "shelf:a"], [1, 2]),
        (["--subject", "shelf:a", "--limit", 1], [2]),
        (["--type", "note.counted"], [3]),
        (["--type", "note.taken", "--after", 0, "--limit", 1], [1]),
        (["--type", "note.taken", "--subject", "shelf:b"], []),
    ],
)
def test_choosing_what_to_show(ledger: Type, folder: Path, typed: list[object], seqs: list[int]) -> None:
    ran = ledger("show", "--data", folder, "--json", *typed)
    assert ran.status == 0, ran.stderr
    assert [json.loads(line)["seq"] for line in ran.stdout.splitlines()] == seqs


def test_showing_facts_to_a_script(ledger: Type, folder: Path) -> None:
    first, second, third = [
        json.loads(line) for line in ledger("show", "--data", folder, "--json").stdout.splitlines()
    ]
    assert first == {
        "seq": 1,
        "at": "2025-11-24T16:00:00.000Z",
        "type": "note.taken",
        "v": 1,
        "subject": "shelf:a",
        "actor": "person:ana",
        "data": {"text": "bought milk", "reason": ""},
        "personal": {"name": "Ana Pop"},
    }
    assert second["erased"]
    assert "personal" not in second
    assert not {"erased", "personal"} & third.keys()


async def test_no_fact_can_command_the_terminal(ledger: Type, tmp_path: Path) -> None:
    async with open_ledger(tmp_path, TYPES) as opened:
        await opened.append([note("\x1b[2J[bold]gone[/bold]\x9b31m\u202e", subject="s\r\nforged line")])
    ran = ledger("show", "--data", tmp_path)
    assert "\\x1b[2J[bold]gone[/bold]\\x9b31m\\u202e" in ran.stdout
    assert "s\\r\\nforged line" in ran.stdout
    assert "\x1b" not in ran.stdout


def test_help_names_every_option(ledger: Type) -> None:
    assert all(verb in ledger("--help").stdout for verb in ("verify", "export", "show"))
    shown = ledger("show", "--help").stdout
    assert all(
        option in shown for option in ("--data", "--subject", "--type", "--after", "--limit", "--json")
    )
