"""Ports on this machine: the ones that the demo likes, or free ones."""

import re
import socket
from collections.abc import Set
from contextlib import closing

from msgspec import Struct, structs

HOST = "127.0.0.1"
_PORT = re.compile(r"(127\.0\.0\.1:|^port = )(\d+)", re.MULTILINE)


class Ports(Struct, frozen=True, kw_only=True):
    """Where the pieces listen; the defaults are those of examples/opsguide.toml."""

    opsguide: int = 8470
    shop: int = 8480
    shop_tls: int = 8443
    phone: int = 8490
    database: int = 8500
    status: int = 8471

    def filled(self, bindings: str, before: "Ports") -> str:
        """`bindings` with these ports in place of the ones they were written with."""
        new = {str(getattr(before, name)): str(getattr(self, name)) for name in self.__struct_fields__}
        # In one go: a port that was just filled in must not be taken for the next one's old port.
        return _PORT.sub(lambda found: found[1] + new.get(found[2], found[2]), bindings)


def is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        # As servers do: a port whose connections are only just over counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def near(port: int, given: Set[int]) -> int:
    """A free port, one of the next few where possible, since people remember it better; none of those `given`."""
    close = (other for other in range(port + 1, port + 10) if other not in given and is_free(other))
    return next(close, None) or any_free()


def any_free() -> int:
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        found = probe.getsockname()[1]
    assert isinstance(found, int)
    return found


def choose(opsguide: int | None = None) -> tuple[Ports, list[str]]:
    """Ports that are free now, and a line for each that is not the wished one. `opsguide` is the user's wish."""
    ports, said, given = Ports(), list[str](), set[int]()
    if opsguide is not None:
        ports = structs.replace(ports, opsguide=opsguide)
    for name in ports.__struct_fields__:
        wanted = getattr(ports, name)
        if wanted in given or not is_free(wanted):
            found = near(wanted, given)
            by = "another piece of the demo" if wanted in given else "another program"
            said.append(f"port {wanted} is taken by {by}: {name} gets {found}")
            ports = structs.replace(ports, **{name: found})
        given.add(getattr(ports, name))
    return ports, said
