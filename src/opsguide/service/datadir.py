"""What lies in the data directory beside the ledger: the key for signed links, where the service answers, and what
lets commands on the machine itself in.
"""

import os
import secrets
from pathlib import Path

import msgspec
from msgspec import Struct

from ..kernel.errors import ServiceUnreachable

KEY_BYTES = 32
LOCAL = "local.secret"


class Address(Struct, frozen=True):
    """Where a running service answers, for the commands that talk to it."""

    url: str
    pid: int


def link_key(data: Path) -> bytes:
    """The secret that signs links; made on first use, readable by its owner only."""
    path = data / "link.key"
    if not path.exists():
        keep(path, secrets.token_bytes(KEY_BYTES))
    return path.read_bytes()


def keep_local(data: Path, secret: str) -> None:
    """The secret of this run: whoever can read the file of its owner is an admin."""
    keep(data / LOCAL, secret.encode())


def local(data: Path) -> str:
    """The secret of the running service, "" where it is not readable: other users of the machine need a token."""
    try:
        return (data / LOCAL).read_text(encoding="ascii")
    except OSError:
        return ""


def keep(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)


def announce(data: Path, url: str) -> None:
    """Say where the service answers; in one step, since commands may be waiting to read it."""
    part = data / "service.json.new"
    part.write_bytes(msgspec.json.encode(Address(url=url, pid=os.getpid())))
    part.rename(data / "service.json")


def retract(data: Path) -> None:
    (data / "service.json").unlink(missing_ok=True)
    (data / LOCAL).unlink(missing_ok=True)


def address(data: Path) -> Address:
    """Where the service of this data directory answers. Raises ServiceUnreachable where none is running."""
    hint = f"start it: opsguide serve GUIDE --data {data}; one that runs has its directory in --data or OPSGUIDE_DATA"
    try:
        return msgspec.json.decode((data / "service.json").read_bytes(), type=Address)
    except FileNotFoundError:
        raise ServiceUnreachable(
            "no service is running on this data directory", where=str(data), hint=hint
        ) from None
    except msgspec.DecodeError:
        raise ServiceUnreachable("service.json is damaged", where=str(data), hint=hint) from None
