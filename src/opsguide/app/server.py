"""A server of our own within the process: its socket, and an end that is ours to say."""

import ipaddress
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from ..kernel.errors import OpsguideError
from ..web.guard import LOOPBACK


class Server(uvicorn.Server):
    """Says when it answers, and leaves signals to us: uvicorn would raise them again at the end, as if it crashed."""

    def __init__(self, config: uvicorn.Config, answering: Callable[[], None] = lambda: None) -> None:
        super().__init__(config)
        self._answering = answering

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def stop(self) -> None:
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._answering()


def bound_socket(listen: str, port: int) -> socket.socket:
    """A socket bound to an address of this machine. Raises OpsguideError where another program has it."""
    listening = socket.socket(socket.AF_INET6 if ":" in listen else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((listen, port))
    except OSError as error:
        listening.close()
        hint = "another program has it: use --port N, or --port 0 for any free one"
        raise OpsguideError(f"port {port} cannot be used: {error.strerror}", hint=hint) from None
    return listening


def address(host: str, port: int) -> str:
    """An address to open; every address of the machine is met as localhost there."""
    if host in ("0.0.0.0", "::"):
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_beyond(listen: str) -> bool:
    """Whether others than this machine reach what listens there."""
    return listen not in LOOPBACK and not ipaddress.ip_address(listen).is_loopback
