"""A mail server, a webhook, and a page that takes subscriptions."""

from collections.abc import AsyncIterator, Iterator

import pytest
from aiosmtpd.controller import Controller

from opsguide.demo.ports import any_free
from tests.status_page.subscribing import Hook, Post, Scene


@pytest.fixture
def post() -> Iterator[tuple[Post, int]]:
    handler, port = Post(), any_free()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, port
    controller.stop()


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    yield made
    made.close()


@pytest.fixture
async def scene(post: tuple[Post, int]) -> AsyncIterator[Scene]:
    made = Scene(post[1])
    yield made
    made.subscribers.close()
