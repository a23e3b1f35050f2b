"""The page on its own address, and in its folder."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from opsguide.app.status_page import folder
from opsguide.app.status_page.render import Files, file
from opsguide.app.status_page.site import Site

FILES = {
    "index.html": file("index.html", b"<h1>All is well</h1>" * 50),
    "status.json": file("status.json", b"{}"),
    "status.css": file("status.css", b"p{}"),
}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    site = Site()
    site.publish(FILES, tell=False)
    transport = httpx.ASGITransport(site)
    async with httpx.AsyncClient(transport=transport, base_url="http://status.example") as asking:
        yield asking


class TestAnswers:
    async def test_it_is_public_cached_and_knows_nobody(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/", headers={"host": "whatever.example", "cookie": "a=b"})
        assert (answer.status_code, answer.content) == (200, FILES["index.html"].body)
        assert answer.headers["cache-control"].startswith("public, max-age=15")
        assert "set-cookie" not in answer.headers
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]

    async def test_it_is_packed_for_who_asks(self, client: httpx.AsyncClient) -> None:
        async with client.stream("GET", "/", headers={"accept-encoding": "br, gzip"}) as answer:
            raw = b"".join([piece async for piece in answer.aiter_raw()])
        assert gzip.decompress(raw) == FILES["index.html"].body
        plain = await client.get("/", headers={"accept-encoding": "gzip;q=0"})
        assert "content-encoding" not in plain.headers

    @pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
    async def test_what_is_known_is_not_sent_again(self, client: httpx.AsyncClient, form: str) -> None:
        tag = (await client.get("/")).headers["etag"].removeprefix("W/")
        again = await client.get("/", headers={"if-none-match": form.format(tag)})
        assert (again.status_code, again.content) == (304, b"")
        other = await client.get("/", headers={"if-none-match": '"other"'})
        assert other.status_code == 200

    async def test_head_has_the_length_and_no_body(self, client: httpx.AsyncClient) -> None:
        answer = await client.head("/", headers={"accept-encoding": "identity"})
        assert answer.headers["content-length"] == str(len(FILES["index.html"].body))
        assert answer.content == b""

    @pytest.mark.parametrize("path", ["/now", "/api/v1/status", "/sign-in", "/healthz"])
    async def test_nothing_of_the_console_is_here(self, client: httpx.AsyncClient, path: str) -> None:
        assert (await client.get(path)).status_code == 404

    async def test_it_can_only_be_read(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/", content=b"x")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")

    async def test_other_pages_may_read_its_data(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/status.json")).headers["access-control-allow-origin"] == "*"


async def test_a_stream_says_that_the_page_changed_and_ends_with_the_server() -> None:
    site, told = Site(), asyncio.Queue[bytes]()

    async def receive() -> dict[str, str]:
        await asyncio.Event().wait()
        return {}

    async def send(message: object) -> None:
        assert isinstance(message, dict)
        told.put_nowait(message.get("body", b""))

    async def next_piece() -> bytes:
        return await asyncio.wait_for(told.get(), 5)

    scope = {"type": "http", "method": "GET", "path": "/events", "headers": []}
    streaming = asyncio.create_task(site(scope, receive, send))
    assert [await next_piece(), await next_piece()] == [b"", b"retry: 10000\n\n"]
    site.publish(FILES, tell=False)
    site.publish(FILES, tell=True)
    assert await next_piece() == b"event: changed\ndata:\n\n"
    assert told.empty()
    site.close()
    await asyncio.wait_for(streaming, 5)
    assert site.streams == 0


class TestFolder:
    def files(self, *incidents: str) -> Files:
        return FILES | {f"incidents/{name}.html": file("x.html", name.encode()) for name in incidents}

    def test_the_same_files_stand_in_it(self, tmp_path: Path) -> None:
        folder.write(tmp_path / "public", self.files("a"))
        found = {
            str(path.relative_to(tmp_path / "public")): path.read_bytes()
            for path in (tmp_path / "public").rglob("*")
            if path.is_file() and path.name != folder.MARK
        }
        assert found == {name: one.body for name, one in self.files("a").items()}

    def test_what_is_over_for_long_goes_and_files_of_others_stay(self, tmp_path: Path) -> None:
        folder.write(tmp_path, self.files("a", "b"))
        (tmp_path / "robots.txt").write_text("ours")
        folder.write(tmp_path, self.files("b"))
        assert sorted(path.name for path in (tmp_path / "incidents").iterdir()) == ["b.html"]
        assert (tmp_path / "robots.txt").exists()

    def test_an_unchanged_file_is_left_alone(self, tmp_path: Path) -> None:
        folder.write(tmp_path, self.files())
        before = (tmp_path / "index.html").stat().st_ino
        folder.write(tmp_path, self.files())
        assert (tmp_path / "index.html").stat().st_ino == before
