"""What goes wrong: no guide, bad bindings, a reader that crashes, bytes that are no message. The server goes on."""

import asyncio
import json
import sys
from pathlib import Path

from lsprotocol import types as lsp

from .editor import OPSGUIDE, WAIT, Editor

SMALL = "# Operations\n\n## Releases\n\n- Minor releases: bi-weekly\n"
UPTIME = "# Operations\n\n## Uptime\n\n- Uptime: 99.9% a month\n"


async def test_an_empty_document_is_told_and_mended_by_writing(editor: Editor) -> None:
    editor.open("guide.md", "")
    (only,) = await editor.diagnostics("guide.md")
    assert "is empty" in only.message
    assert only.severity == lsp.DiagnosticSeverity.Error
    assert await editor.hover("guide.md", 1) == ""
    assert await editor.actions("guide.md", 1) == []
    assert await editor.symbols("guide.md") == []
    editor.type("guide.md", SMALL)
    assert "ambiguous-cadence" in await editor.codes("guide.md")


async def test_bytes_that_are_no_text_are_told(editor: Editor) -> None:
    editor.open("guide.md", "- Uptime: 99.9%\0\n")
    (only,) = await editor.diagnostics("guide.md")
    assert "NUL" in only.message


async def test_bindings_beside_the_guide_say_what_is_not_bound(editor: Editor) -> None:
    (editor.folder / "opsguide.toml").write_text('[environments.production]\nurl = "https://x.example/"\n')
    editor.open("guide.md", UPTIME + "- p95 latency: < 200 ms\n")
    found = [each for each in await editor.diagnostics("guide.md") if each.code == "unbound"]
    assert [each.range.start.line for each in found] == [5]
    assert found[0].severity == lsp.DiagnosticSeverity.Hint
    assert "`environments.production.metrics`" in found[0].message
    assert "Bound by `environments.production.url`" in await editor.hover("guide.md", 5)
    assert "metrics = " in await editor.hover("guide.md", 6)


async def test_errors_of_the_bindings_stand_in_their_file_and_go_when_they_are_mended(editor: Editor) -> None:
    path = editor.folder / "opsguide.toml"
    path.write_text('[environments.production]\nurll = "https://x.example/"\n')
    editor.open("guide.md", UPTIME)
    uri = editor.uri("opsguide.toml")
    await editor.until(lambda: uri in editor.told)
    (only,) = editor.told[uri].diagnostics
    assert only.range == lsp.Range(lsp.Position(1, 0), lsp.Position(1, 4))
    assert "did you mean `url`?" in only.message

    # Mended in the editor, not yet saved: the guide is checked with what is on the screen.
    editor.open("opsguide.toml", '[environments.production]\nurl = "https://x.example/"\n')
    assert await editor.diagnostics("opsguide.toml") == []
    await editor.until(lambda: not editor.told[uri].diagnostics)
    editor.type("opsguide.toml", "[environments\n")
    assert await editor.codes("opsguide.toml") == {"not-toml"}
    editor.close("opsguide.toml")
    await editor.until(lambda: editor.told[uri].diagnostics and editor.told[uri].version is None)


async def test_an_address_is_used_as_the_editor_writes_it(editor: Editor) -> None:
    """`(`, `%28`, `ț`, `%C8%9B`: editors do not agree on what has to be escaped."""
    name = "ops (eu), garanție.md"
    uri = f"file://{editor.folder}/ops%20(eu),%20garan%c8%9Bie.md"
    assert uri != editor.uri(name)
    bindings = f"file://{editor.folder}/opsguide%2Etoml"
    item = lsp.TextDocumentItem(uri, "markdown", 1, UPTIME)
    toml = lsp.TextDocumentItem(bindings, "toml", 1, "[environments.production]\nurll = 1\n")
    editor.client.text_document_did_open(lsp.DidOpenTextDocumentParams(toml))
    editor.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
    await editor.until(lambda: {uri, bindings} <= set(editor.told))
    assert set(editor.told) == {uri, bindings}
    assert [each.code for each in editor.told[bindings].diagnostics] == ["unknown-key"]


async def test_bindings_that_change_on_disk_are_read_again(editor: Editor) -> None:
    await editor.until(lambda: editor.asked)
    path = editor.folder / "opsguide.toml"
    path.write_text("")
    editor.open("guide.md", UPTIME)
    assert "unbound" in await editor.codes("guide.md")
    path.write_text('[environments.production]\nurl = "https://x.example/"\n')
    editor.saved("opsguide.toml")
    uri = editor.uri("guide.md")
    await editor.until(lambda: "unbound" not in {each.code for each in editor.told[uri].diagnostics})


async def test_bindings_that_are_no_text_keep_the_guide_from_nothing(editor: Editor) -> None:
    (editor.folder / "opsguide.toml").write_bytes(b"\xff\xfe\x00")
    editor.open("guide.md", SMALL)
    assert "ambiguous-cadence" in await editor.codes("guide.md")
    uri = editor.uri("opsguide.toml")
    await editor.until(lambda: uri in editor.told)
    assert "is not UTF-8 text" in editor.told[uri].diagnostics[0].message


async def test_only_guides_of_such_a_name_are_checked(tmp_path: Path) -> None:
    editor = Editor(tmp_path)
    await editor.start("--only", "operations*.md", "--only", "ops/*.md")
    try:
        for name in ("README.md", "operations-eu.md", "Cargo.toml"):
            editor.open(name, SMALL)
        assert "ambiguous-cadence" in await editor.codes("operations-eu.md")
        assert await editor.hover("README.md", 5) == ""
        assert not editor.told.get(editor.uri("README.md"), lsp.PublishDiagnosticsParams("", [])).diagnostics
    finally:
        await editor.quit()


async def test_the_newest_text_is_what_is_answered_for(editor: Editor) -> None:
    """A hundred keystrokes: the checks of all but a few texts are given up."""
    lines = (SMALL + "\n".join(f"- p{n} latency: < {n} ms" for n in range(50, 99))).split("\n")
    editor.open("guide.md", "\n".join(lines))
    for n in range(100):
        editor.type("guide.md", "\n".join(lines[: n % 40 + 5]))
    editor.type("guide.md", UPTIME)
    assert "99.9 %" in await editor.hover("guide.md", 5)
    await editor.diagnostics("guide.md")
    log = (editor.folder / "lsp.log").read_text()
    assert log.count("guide.md, version") < 60


CRASHING = """
from opsguide.guide.reader import Reader
from opsguide.lsp.server import build
from opsguide.readers import ALL

def rule(scene):
    if any("crash" in item.statement.text for item in scene.every):
        raise ZeroDivisionError("a mistake of ours")
    return iter(())

build((*ALL, Reader(rule))).start_io()
"""


async def test_a_reader_that_crashes_is_a_message_and_the_next_text_is_checked(tmp_path: Path) -> None:
    editor = Editor(tmp_path)
    await editor.start(command=(sys.executable, "-c", CRASHING))
    try:
        editor.open("guide.md", f"{SMALL}- crash: 5 minutes\n")
        assert await editor.diagnostics("guide.md") == []
        await editor.until(lambda: editor.messages)
        editor.type("guide.md", f"{SMALL}- crash: 6 minutes\n")
        assert await editor.diagnostics("guide.md") == []
        assert await editor.hover("guide.md", 5) == ""
        editor.type("guide.md", SMALL)
        assert "ambiguous-cadence" in await editor.codes("guide.md")
        assert len(editor.messages) == 1
        assert "a mistake of ours" in editor.messages[0]
        assert "guide.md" in editor.messages[0]
    finally:
        await editor.quit()


async def test_what_is_no_message_ends_nothing() -> None:
    """Broken JSON, an unknown request, a notification without what it needs: answered or passed over."""
    server = await asyncio.create_subprocess_exec(
        OPSGUIDE, "lsp", "--stdio", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert server.stdin
    assert server.stdout

    async def send(body: str) -> None:
        assert server.stdin
        server.stdin.write(f"Content-Length: {len(body.encode())}\r\n\r\n{body}".encode())
        await server.stdin.drain()

    async def answer(number: int) -> dict[str, object]:
        assert server.stdout
        while True:
            header = await asyncio.wait_for(server.stdout.readuntil(b"\r\n\r\n"), WAIT)
            size = int(header.split(b"Content-Length:")[1].split(b"\r\n")[0])
            said: dict[str, object] = json.loads(await server.stdout.readexactly(size))
            if said.get("id") == number:
                return said

    await send("{ this is no JSON")
    await send('{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}')
    assert "result" in await answer(1)
    await send('{"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {}}')
    await send('{"jsonrpc": "2.0", "id": 2, "method": "opsguide/unheardOf", "params": null}')
    assert "error" in await answer(2)
    hover = {"textDocument": {"uri": "file:///nowhere.md"}, "position": {"line": 9, "character": 9}}
    await send(json.dumps({"jsonrpc": "2.0", "id": 3, "method": "textDocument/hover", "params": hover}))
    assert (await answer(3))["result"] is None
    await send('{"jsonrpc": "2.0", "id": 4, "method": "shutdown"}')
    assert "result" in await answer(4)
    await send('{"jsonrpc": "2.0", "method": "exit"}')
    assert await asyncio.wait_for(server.wait(), WAIT) == 0


async def test_an_editor_that_goes_away_takes_its_server_with_it(tmp_path: Path) -> None:
    server = await asyncio.create_subprocess_exec(
        OPSGUIDE, "lsp", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert server.stdin
    server.stdin.close()
    assert await asyncio.wait_for(server.wait(), WAIT) == 0


async def test_a_log_that_cannot_be_written_is_told_before_it_starts(tmp_path: Path) -> None:
    server = await asyncio.create_subprocess_exec(
        OPSGUIDE, "lsp", "--log", tmp_path, stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    _, said = await asyncio.wait_for(server.communicate(), WAIT)
    assert server.returncode == 2
    assert b"cannot be written: is a directory" in said
