"""Everybody may ask the status page for what it shows: nothing else is answered there, and only a right link acts."""

from collections.abc import AsyncIterator

import httpx
import pytest

from opsguide.app.status_page.render import file
from opsguide.app.status_page.site import AT_DESK, Site
from tests.status_page.subscribing import Scene
from tests.web.every_route import ENDLESS, ROUTES, call_of, whole

GUESSES = {
    "/subscribe": ("/subscribe", {"email": "no address"}),
    "/confirm/": ("/confirm/guessed", {}),
    "/unsubscribe/": ("/unsubscribe/guessed", {"List-Unsubscribe": "One-Click"}),
}
"""Door → what a stranger may try there."""


@pytest.fixture
def scene() -> Scene:
    """Somebody is subscribed already."""
    made = Scene(smtp=9)
    made.subscribers.ask("mail", "zoe@harbour.example", made.town.clock.now())
    return made


@pytest.fixture
async def client(scene: Scene) -> AsyncIterator[httpx.AsyncClient]:
    site = Site(scene.desk)
    site.publish({"index.html": file("index.html", b"<h1>All is well</h1>")}, tell=False)
    transport = httpx.ASGITransport(site)
    async with httpx.AsyncClient(transport=transport, base_url="http://status.example") as asking:
        yield asking


def everything(scene: Scene) -> tuple[object, object]:
    return scene.town.engine.at, scene.subscribers.all()


async def test_no_route_of_the_console_is_answered(scene: Scene, client: httpx.AsyncClient) -> None:
    before, served = everything(scene), whole()
    for route in ROUTES:
        verb, path = route.split()
        if path not in {*ENDLESS, "/"}:
            asked = call_of(served, route)
            answer = await client.request(verb, **asked, headers={"authorization": "Bearer ogt_any"})
            assert answer.status_code == 404, route
    assert everything(scene) == before


@pytest.mark.parametrize("door", AT_DESK)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE"])
async def test_a_guess_changes_nothing(
    door: str, method: str, scene: Scene, client: httpx.AsyncClient
) -> None:
    assert door in GUESSES, "say what a stranger may try at this door"
    before = everything(scene)
    path, form = GUESSES[door]
    answer = await client.request(method, path, data=form if method == "POST" else None)
    assert answer.status_code in (200, 400, 404)
    assert everything(scene) == before
