"""Files of the user's: read whole up to a size, and replaced in one step, so that nobody meets half of one."""

import os
from pathlib import Path

from ..kernel.errors import OpsguideError


class Changed(OSError):
    """The file is not what it was, or is there where there was none."""


def fetch(
    path: Path, most: int, wrong: type[OpsguideError], *, large: str, hint: str, name: str = "file"
) -> bytes:
    """What a file (a `name`) holds. Raises `wrong`; for one over `most` bytes with what `large` and `hint` say."""
    where = str(path)
    try:
        with path.open("rb") as file:
            raw = file.read(most + 1)
    except IsADirectoryError:
        raise wrong("this is a folder", where=where, hint=f"name the {name} in it") from None
    except OSError as problem:
        reason = (problem.strerror or str(problem)).lower()
        raise wrong(f"cannot be read: {reason}", where=where, hint="check the path") from None
    if len(raw) > most:
        raise wrong(large, where=where, hint=hint)
    return raw


def put(path: Path, content: bytes, *, before: bytes | None) -> None:
    """Write the content, through a link if it is one, with the rights that the file has.

    `before` is what the file must still hold, None where there must be none. Raises Changed where that is not so, else
    OSError; nothing is written then.
    """
    target = path.resolve()
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        if before is not None and not os.access(target, os.W_OK):
            raise PermissionError(None, "permission denied")
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if before is not None:
            _take_over(part, target)
        if (target.read_bytes() if target.exists() else None) != before:
            raise Changed
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _take_over(part: Path, target: Path) -> None:
    """Rights and owner as the file has them, where we may give them."""
    was = target.stat()
    part.chmod(was.st_mode & 0o7777)
    if os.geteuid() == 0:
        os.chown(part, was.st_uid, was.st_gid)
