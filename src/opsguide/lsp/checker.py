"""One check: of a guide with the bindings beside it, or of bindings. Runs on a thread; can be given up half-way."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from lsprotocol.types import Diagnostic
from msgspec import Struct
from pygls.workspace import PositionCodec

from ..guide.bindings import read_bindings
from ..guide.bindings.file import NAME, beside, load
from ..guide.checking import Checked, judge
from ..guide.memory import Memory
from ..guide.reader import Draft, Reader, Rule, Scene
from ..kernel.errors import BindingsError, GuideError
from .diagnosing import of_bindings, of_look
from .files import is_bindings, name_of, path_of, uri_of
from .look import Look, Trouble
from .text import Text


class Superseded(Exception):
    """There is a newer text: nobody waits for this check."""


class Open(NamedTuple):
    """Bindings as they stand in the editor, under the address that the editor has for them."""

    uri: str
    source: str


class Seen(Struct, frozen=True):
    """A version of a document, and the bindings that are open by their path."""

    uri: str
    version: int
    source: str
    bindings: Mapping[Path, Open]

    def address(self, file: str) -> str:
        """Editors write the same address in different ways: theirs is used for what they have open."""
        if file == name_of(self.uri):
            return self.uri
        opened = self.bindings.get(Path(file))
        return opened.uri if opened is not None else uri_of(file)


class Found(Struct, frozen=True):
    """`look` is None for what is no guide; `said` holds diagnostics by URI."""

    look: Look | None
    said: dict[str, list[Diagnostic]]


class Checker:
    """Remembers what words mean from one check to the next: most lines of an edited guide are as they were."""

    def __init__(self, readers: Sequence[Reader], only: Sequence[str] = ()) -> None:
        self._readers, self._only = readers, only
        self._memory = Memory()
        self.codec = PositionCodec()

    def check(self, seen: Seen, superseded: threading.Event) -> Found:
        """Raises Superseded as soon as that is set, and whatever a reader may raise."""
        path = path_of(seen.uri)
        if path is not None and is_bindings(path):
            _, said = read_bindings(seen.source, where=path.name)
            return Found(None, {seen.uri: of_bindings(said, seen.source, seen.uri, self.codec)})
        if path is not None and self._only and not any(path.match(each) for each in self._only):
            return Found(None, {})
        if path is not None and path.suffix == ".toml":
            return Found(None, {})
        look = self._look(seen, path, superseded)
        return Found(look, {seen.address(file): those for file, those in of_look(look, seen.address).items()})

    def _look(self, seen: Seen, path: Path | None, superseded: threading.Event) -> Look:
        text = Text(seen.source, self.codec)
        try:
            checked, trouble = self._judge(seen, path, superseded)
        except GuideError as error:
            return Look(seen.version, text, None, (Trouble(name_of(seen.uri), error),))
        return Look(seen.version, text, checked, trouble)

    def _judge(
        self, seen: Seen, path: Path | None, superseded: threading.Event
    ) -> tuple[Checked, tuple[Trouble, ...]]:
        """Bindings that cannot be used are told, and the guide is checked without them."""
        readers = tuple(_stoppable(reader, superseded) for reader in self._readers)
        bindings = _beside(path, seen.bindings)

        def text(file: Path) -> str:
            return seen.bindings[file].source if file in seen.bindings else load(file)

        name = name_of(seen.uri)
        try:
            return judge(name, seen.source, readers, bindings, load=text, memory=self._memory), ()
        except BindingsError as error:
            checked = judge(name, seen.source, readers, None, memory=self._memory)
            return checked, (Trouble(str(bindings), error),)


def _beside(guide: Path | None, opened: Mapping[Path, Open]) -> Path | None:
    """The bindings of a guide: on disk, or new in the editor."""
    if guide is None:
        return None
    new = guide.with_name(NAME)
    return new if new in opened else beside(guide)


def _stoppable(reader: Reader, superseded: threading.Event) -> Reader:
    """The reader, asked for each scene whether anybody still waits."""

    def rule(scene: Scene) -> Iterator[Draft]:
        if superseded.is_set():
            raise Superseded
        return reader.rule(scene)

    stoppable: Rule = rule
    return Reader(stoppable, reader.fallback)
