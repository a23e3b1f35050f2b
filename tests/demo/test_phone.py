"""The demo's telephone says who was told what."""

from collections.abc import Iterator

import httpx
import pytest

from opsguide.channels.send import Message, send
from opsguide.demo.phone import Phone
from opsguide.demo.ports import HOST, any_free

# Apprise loads what Python 3.13 will not have, and copes.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

said: list[str] = []


@pytest.fixture(autouse=True)
def silence() -> None:
    said.clear()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    port = any_free()
    phone = Phone(port, said.append)
    phone.start()
    yield f"{HOST}:{port}"
    phone.stop()


async def test_a_page_is_said_with_the_name_of_whom_it_reached(url: str) -> None:
    sent = await send(
        f"json://{url}/ana", Message(title="Checkout fails", body="INC-1, critical\nhttp://x/1", key="k")
    )
    assert sent.ok
    assert said == ["☎ page delivered to Ana: Checkout fails\n    INC-1, critical\n    http://x/1"]


@pytest.mark.parametrize(("body", "status"), [(b"not json", 400), (b"x" * 100_000, 413), (b"[1]", 400)])
def test_what_is_no_page_is_refused(url: str, body: bytes, status: int) -> None:
    assert httpx.post(f"http://{url}/ana", content=body, trust_env=False).status_code == status
    assert not said
