"""The demo's working folder: copies of the example, what the pieces write, and who is running in it.

DIR/operations.md, opsguide.toml   working copies, the user's to edit
DIR/data/, shop/, logs/            what opsguide, the shop and all of them write
DIR/demo.json                      ports, processes, and what was written last (`Notes`)
DIR/demo.lock                      held while a demo runs here
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec import Struct

from ..kernel.errors import OpsguideError
from .ports import Ports

GUIDE, BINDINGS = "operations.md", "opsguide.toml"


class Process(Struct, frozen=True):
    """A process that was started. `born` tells it from a later one with the same id."""

    name: str
    pid: int
    born: str


class Notes(Struct, kw_only=True):
    """What is kept between commands and runs. `written` is the sha256 of each copy as the demo wrote it."""

    ports: Ports = Ports()
    written: dict[str, str] = {}
    pid: int = 0
    socket: str = ""
    processes: tuple[Process, ...] = ()


@dataclass(frozen=True)
class Folder:
    """Where everything of one demo lies."""

    path: Path

    @property
    def guide(self) -> Path:
        return self.path / GUIDE

    @property
    def bindings(self) -> Path:
        return self.path / BINDINGS

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def database(self) -> Path:
        # In a folder of its own: opsguide watches the folder of its guide, and the shop writes all the time.
        return self.path / "shop" / "shop.sqlite"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def hurried(self) -> Path:
        """The edits of `demo hurry` that are in force; there only while there are any."""
        return self.path / "hurried.json"

    def notes(self) -> Notes:
        """What was noted last; nothing where no demo ever ran."""
        try:
            return msgspec.json.decode((self.path / "demo.json").read_bytes(), type=Notes)
        except (FileNotFoundError, msgspec.DecodeError):
            return Notes()

    def note(self, notes: Notes) -> None:
        write_whole(self.path / "demo.json", msgspec.json.format(msgspec.json.encode(notes)))

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Hold the folder for one running demo; False where another one holds it."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "demo.lock").open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    def is_running(self) -> bool:
        """Does a demo run here? The lock dies with its process, so this is never out of date."""
        if not (self.path / "demo.lock").is_file():
            return False
        with self.held() as free:
            return not free

    def hold_ours(self) -> None:
        """Refuse a folder with other files in it: copies and logs must not land in somebody's repository."""
        if not self.path.exists():
            return
        if not self.path.is_dir():
            raise OpsguideError(
                "this is not a folder", where=str(self.path), hint="name another with --directory"
            )
        if any(self.path.iterdir()) and not (self.path / "demo.lock").is_file():
            raise OpsguideError(
                "this folder has files in it that the demo did not make",
                where=str(self.path),
                hint="name an empty or a new folder with --directory",
            )

    def reset(self) -> None:
        """Delete what the demo makes, and nothing else."""
        for path in (self.data, self.data.with_name("data.part"), self.logs, self.database.parent):
            shutil.rmtree(path, ignore_errors=True)
        for name in (GUIDE, BINDINGS, "hurried.json", "demo.json"):
            (self.path / name).unlink(missing_ok=True)


def default_folder() -> Folder:
    """`build/demo` in the current folder; a temporary folder where that cannot be written."""
    here = Path.cwd()
    if os.access(here, os.W_OK):
        return Folder(here / "build" / "demo")
    return Folder(Path(tempfile.gettempdir()) / f"opsguide-demo-{os.getuid()}")


def pointer() -> Path:
    """The file that says where the demo was started last, so that its commands work from any folder."""
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(state).expanduser() / "opsguide" / "demo"


def point_to(folder: Folder) -> bool:
    """Note where the demo runs. False where that cannot be noted."""
    try:
        pointer().parent.mkdir(parents=True, exist_ok=True)
        pointer().write_text(f"{folder.path}\n", encoding="utf-8")
    except OSError:
        return False
    return True


def pointed() -> Folder | None:
    """The folder of the demo that was started last."""
    try:
        return Folder(Path(pointer().read_text(encoding="utf-8").strip()))
    except OSError:
        return None


def running_demo(directory: Path | None) -> Folder:
    """The folder of the running demo. Raises OpsguideError, saying how to start one."""
    folder = Folder(directory.absolute()) if directory is not None else pointed()
    if folder is None or not folder.is_running():
        where = str(folder.path) if folder is not None and directory is not None else ""
        raise OpsguideError("no demo is running", where=where, hint="start one: opsguide demo run")
    return folder


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file in one step: who watches it never sees half of it."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    part.replace(path)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def prepare(folder: Folder, examples: Path, ports: Ports, notes: Notes) -> list[str]:
    """Put the working copies in place, without the logs of the last run. What the user edited stays, and is said."""
    before, notes.ports = notes.ports, ports
    for path in (folder.logs, folder.database.parent):
        path.mkdir(exist_ok=True)
    for log in folder.logs.glob("*.log"):
        log.unlink()
    said = [_put_guide(folder, examples, notes), _put_bindings(folder, examples, notes, before)]
    folder.note(notes)
    return [line for line in said if line]


def _put_guide(folder: Folder, examples: Path, notes: Notes) -> str:
    example = (examples / GUIDE).read_bytes()
    if folder.guide.exists() and digest(folder.guide.read_bytes()) != notes.written.get(GUIDE):
        why = "hurried (opsguide demo hurry --undo)" if folder.hurried.exists() else "you edited it"
        return f"keeping {folder.guide} as {why} (--fresh brings the example back)"
    write_whole(folder.guide, example)
    notes.written[GUIDE] = digest(example)
    return ""


def _put_bindings(folder: Folder, examples: Path, notes: Notes, before: Ports) -> str:
    edited = folder.bindings.exists() and digest(folder.bindings.read_bytes()) != notes.written.get(BINDINGS)
    if not edited:
        filled = notes.ports.filled((examples / BINDINGS).read_text(encoding="utf-8"), Ports()).encode()
        write_whole(folder.bindings, filled)
        notes.written[BINDINGS] = digest(filled)
        return ""
    kept = folder.bindings.read_text(encoding="utf-8")
    write_whole(folder.bindings, notes.ports.filled(kept, before).encode())
    ported = ", but for the ports of this run" if notes.ports != before else ""
    return f"keeping {folder.bindings} as you edited it{ported} (--fresh brings the example back)"
