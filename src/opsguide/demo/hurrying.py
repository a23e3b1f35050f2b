"""`demo hurry` on the working copy: edits it, remembers how to take the edits back, and shows the difference."""

from difflib import unified_diff

import msgspec
from msgspec import Struct

from ..guide.reading import read
from ..kernel.errors import OpsguideError
from ..readers import ALL
from .hurry import hurry, undo
from .working import Folder, write_whole


class Record(Struct, frozen=True):
    """The guide without and with what was hurried: the lines that differ are what `--undo` takes back."""

    plain: str
    hurried: str


def hurry_up(folder: Folder) -> list[str]:
    """Shorten the working copy; the lines to print: what changed, and what could not."""
    before = text_of(folder)
    done = hurry(before, lambda text: read(text, ALL, where=folder.guide.name))
    left = [
        f"left as it is (line {p.span}): no edit there shortens this promise alone: {p.id}" for p in done.left
    ]
    if done.text == before:
        return [*left, f"nothing in {folder.guide} takes long: there is nothing to hurry"]
    record = recorded(folder)
    plain = undo(before, record.plain, record.hurried)[0] if record else before
    write_whole(folder.hurried, msgspec.json.encode(Record(plain, done.text)))
    write_whole(folder.guide, done.text.encode())
    return [*difference(folder, before, done.text), *left]


def take_back(folder: Folder) -> list[str]:
    """Undo all that was hurried; the lines to print."""
    record = recorded(folder)
    if record is None:
        return [f"{folder.guide} is not hurried"]
    before = text_of(folder)
    after, lost = undo(before, record.plain, record.hurried)
    write_whole(folder.guide, after.encode())
    folder.hurried.unlink(missing_ok=True)
    stay = [
        f"left as it is, since you changed it: line {edit.line}, which was: {edit.old.strip()}"
        for edit in lost
    ]
    return [*difference(folder, before, after), *stay]


def text_of(folder: Folder) -> str:
    """The working copy as it is, byte order mark and line ends included."""
    try:
        return folder.guide.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise OpsguideError(
            f"the guide cannot be edited: {error}", where=str(folder.guide), hint="opsguide demo run --fresh"
        ) from None


def difference(folder: Folder, before: str, after: str) -> list[str]:
    """What changed, as a unified diff."""
    name = folder.guide.name
    return list(unified_diff(before.splitlines(), after.splitlines(), name, name, n=1, lineterm=""))


def recorded(folder: Folder) -> Record | None:
    """What was hurried; None where the guide is not."""
    try:
        return msgspec.json.decode(folder.hurried.read_bytes(), type=Record)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
