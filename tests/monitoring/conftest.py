"""A real PostgreSQL for a module of tests, and the event loop that it lives in."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsguide.demo.postgres import Cluster
from tests.demo.pieces import running_cluster
from tests.monitoring.watched import Play


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    """One event loop for the module, which its cluster lives in."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def cluster(loop: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    running = running_cluster(tmp_path_factory.mktemp("postgresql"))
    yield loop.run(running.__aenter__())
    loop.run(running.__aexit__(None, None, None))


@pytest.fixture
def play(loop: asyncio.Runner) -> Play:
    return loop.run


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that a server's user reaches. Not among pytest's own: each run of pytest closes those to others."""
    with tempfile.TemporaryDirectory(prefix="opsguide-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
