"""What lies in the data directory beside the ledger: the key for signed links, and where the service answers."""

import os
import secrets
from pathlib import Path

import msgspec
from msgspec import Struct

from ..kernel.errors import ServiceUnreachable

KEY_BYTES = 32


class Address(Struct, frozen=True):
    """Where a running service answers, for the commands that talk to it."""

    url: str
    pid: int


def link_key(data: Path) -> bytes:
    """The secret that signs links; made on first use, readable by its owner only."""
    path = data / "link.key"
    if not path.exists():
        fresh = path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(path)
    return path.read_bytes()


def announce(data: Path, url: str) -> None:
    """Say where the service answers; in one step, since commands may be waiting to read it."""
    part = data / "service.json.new"
    part.write_bytes(msgspec.json.encode(Address(url=url, pid=os.getpid())))
    part.rename(data / "service.json")


def retract(data: Path) -> None:
    (data / "service.json").unlink(missing_ok=True)


def address(data: Path) -> Address:
    """Where the service of this data directory answers. Raises ServiceUnreachable where none is running."""
    hint = f"start it: opsguide serve GUIDE --data {data}"
    try:
        return msgspec.json.decode((data / "service.json").read_bytes(), type=Address)
    except FileNotFoundError:
        raise ServiceUnreachable(
            "no service is running on this data directory", where=str(data), hint=hint
        ) from None
    except msgspec.DecodeError:
        raise ServiceUnreachable("service.json is damaged", where=str(data), hint=hint) from None
