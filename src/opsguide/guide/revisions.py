"""A guide by name: a file, standard input, or a file as git has it in some revision."""

import os
import subprocess
import sys
from pathlib import Path
from typing import IO

from ..kernel.errors import GuideError
from . import source

STDIN = "-"
_FORMS = "name a file, or REVISION:PATH as `git show` takes it"


def load(name: str) -> tuple[str, str]:
    """What to call it in messages, and its text. Raises GuideError."""
    if name == STDIN:
        return "stdin", source.decode(_all_of(sys.stdin.buffer, "stdin"), where="stdin")
    if ":" in name and not Path(name).exists():
        return name, source.decode(_committed(name, Path(), where=name), where=name)
    return name, source.load(Path(name))


def load_before(revision: str, file: str) -> tuple[str, str]:
    """A file as it was in a revision: what to call it, and its text. Raises GuideError."""
    if file == STDIN:
        raise GuideError("git knows no standard input", where=file, hint=_FORMS)
    path, name = Path(file), f"{revision}:{file}"
    return name, source.decode(_committed(f"{revision}:./{path.name}", path.parent, where=name), where=name)


def _all_of(stream: IO[bytes], where: str) -> bytes:
    """All bytes of a stream; an endless one is refused."""
    raw = stream.read(source.MAX_BYTES + 1)
    if len(raw) > source.MAX_BYTES:
        raise source.too_large(where)
    return raw


def _committed(name: str, folder: Path, *, where: str) -> bytes:
    """The bytes of REVISION:PATH, as they were committed; a path after `./` starts at the folder."""
    command = ["git", "-C", str(folder), "cat-file", "blob", "--end-of-options", name]
    try:
        # What git says is shown: in one language, whatever the machine speaks.
        environ = os.environ | {"LC_ALL": "C"}
        git = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ)
    except FileNotFoundError:
        raise GuideError("git is not installed", where=where, hint="install git, or name two files") from None
    with git:
        assert git.stdout is not None
        assert git.stderr is not None
        raw = _all_of(git.stdout, where)
        said = git.stderr.read().decode(errors="replace").strip()
    if git.returncode:
        raise GuideError(f"git has no such file: {said.removeprefix('fatal: ')}", where=where, hint=_FORMS)
    return raw
