"""An editor with a running server, ended whatever the test does."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from .editor import Editor


@pytest_asyncio.fixture
async def editor(tmp_path: Path) -> AsyncIterator[Editor]:
    made = Editor(tmp_path)
    await made.start("--log", str(tmp_path / "lsp.log"))
    yield made
    await made.quit()
