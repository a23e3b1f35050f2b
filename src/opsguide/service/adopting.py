"""Following the guide on disk: a changed guide or changed bindings are adopted, or refused with their diagnostics."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import watchfiles
from msgspec.structs import replace

from ..guide.adoption import Adopt, Refuse
from ..guide.bindings import check_against, file, public, read_bindings
from ..guide.findings import find
from ..guide.promise import Diagnostic
from ..guide.reader import Reader
from ..guide.reading import read
from ..guide.source import load
from ..kernel.errors import LedgerUnwritable, OpsguideError, Refused
from ..kernel.facts import Recorded
from ..kernel.part import Command

QUIET_MS = 200
"""A change is read once the file was quiet for so long: editors write in several steps."""

RETRY_SECONDS = 1.0

Submit = Callable[[Command], Awaitable[Sequence[Recorded]]]


def read_both(guide: Path, bindings: Path | None, readers: tuple[Reader, ...]) -> Adopt | Refuse:
    """What the two files say now: a reading to adopt, or why they cannot be used."""
    try:
        text, bindings_text = load(guide), _bound(bindings)
        reading = read(text, readers, where=guide.name)
    except OpsguideError as error:
        about = Path(error.where.partition(":")[0]).name or guide.name
        return refusal(error.where + error.what, [(about, as_diagnostic(error))])
    toml = bindings.name if bindings else "opsguide.toml"
    bound, complaints = read_bindings(bindings_text, where=toml)
    if bound is not None:
        complaints = (*complaints, *check_against(reading, bound, text=bindings_text))
    found_in = [*((guide.name, one) for one in reading.diagnostics), *((toml, one) for one in complaints)]
    wrong = [(name, one) for name, one in found_in if one.level == "error"]
    if bound is None or wrong:
        return refusal(text + bindings_text, wrong)
    found = replace(reading, findings=find(reading, bound, text))
    return Adopt(text=text, reading=found, bindings=public(bound), bindings_text=bindings_text)


def _bound(path: Path | None) -> str:
    """The text of the bindings; none is given, or none there yet: nothing is bound."""
    return file.load(path) if path is not None and path.exists() else ""


def as_diagnostic(error: OpsguideError) -> Diagnostic:
    return Diagnostic(level="error", code="unusable", message=error.what, line=1, hint=error.hint)


def refusal(source: str, wrong: Sequence[tuple[str, Diagnostic]]) -> Refuse:
    """Of diagnostics, each with the name of its file."""
    files, found = tuple(name for name, _ in wrong), tuple(one for _, one in wrong)
    return Refuse(found, hashlib.sha256(source.encode()).hexdigest(), files)


class Adopting:
    """`adopted` is set after every adoption."""

    def __init__(
        self,
        guide: Path,
        bindings: Path | None,
        readers: tuple[Reader, ...],
        submit: Submit,
        adopted: asyncio.Event,
    ) -> None:
        self._guide, self._bindings, self._readers = guide, bindings, readers
        self._submit, self._adopted = submit, adopted
        self._files = {path.absolute() for path in (guide, bindings) if path is not None}

    async def look(self) -> Adopt | Refuse:
        """Read both files and put them in force, or report why not. A ledger that is full is tried again."""
        command = await asyncio.to_thread(read_both, self._guide, self._bindings, self._readers)
        while True:
            try:
                await self._submit(command)
            except Refused:
                return command  # unchanged
            except LedgerUnwritable:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if isinstance(command, Adopt):
                self._adopted.set()
            return command

    async def run(self) -> None:
        """Follow changes until cancelled. Folders are watched, since editors replace files."""
        folders = {path.parent for path in self._files}
        async for changes in watchfiles.awatch(*folders, debounce=QUIET_MS, recursive=False):
            if any(Path(path) in self._files for _, path in changes):
                await self.look()
