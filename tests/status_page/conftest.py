"""A mail server, a webhook, and a page that takes subscriptions."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.status_page.subscribing import Hook, Post, Scene, mail_server


@pytest.fixture
def post() -> Iterator[tuple[Post, int]]:
    with mail_server() as found:
        yield found


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
