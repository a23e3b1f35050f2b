"""An editor, as far as a language server can tell: pygls' client, on the pipes of a real process."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

OPSGUIDE = Path(sys.executable).parent / "opsguide"
WAIT = 60.0
"""Seconds for an answer, on a machine that does much else."""


class Editor:
    """Opens documents, types into them, and keeps what it is told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.client = LanguageClient("editor", "1")
        self.told: dict[str, lsp.PublishDiagnosticsParams] = {}
        self.messages: list[str] = []
        self.asked: list[lsp.Registration] = []
        self._versions: dict[str, int] = {}
        self._news = asyncio.Condition()

        @self.client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)  # type: ignore[untyped-decorator]
        async def published(params: lsp.PublishDiagnosticsParams) -> None:
            async with self._news:
                self.told[params.uri] = params
                self._news.notify_all()

        @self.client.feature(lsp.WINDOW_SHOW_MESSAGE)  # type: ignore[untyped-decorator]
        async def shown(params: lsp.ShowMessageParams) -> None:
            async with self._news:
                self.messages.append(params.message)
                self._news.notify_all()

        @self.client.feature(lsp.CLIENT_REGISTER_CAPABILITY)  # type: ignore[untyped-decorator]
        async def registered(params: lsp.RegistrationParams) -> None:
            async with self._news:
                self.asked += params.registrations
                self._news.notify_all()

    async def start(
        self, *options: str, encoding: str = "utf-16", command: Sequence[str] | None = None
    ) -> lsp.InitializeResult:
        await self.client.start_io(*(command or (str(OPSGUIDE), "lsp", *options)))
        general = lsp.GeneralClientCapabilities(position_encodings=[encoding])
        watching = lsp.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True)
        workspace = lsp.WorkspaceClientCapabilities(did_change_watched_files=watching)
        params = lsp.InitializeParams(lsp.ClientCapabilities(general=general, workspace=workspace))
        result = await asyncio.wait_for(self.client.initialize_async(params), WAIT)
        self.client.initialized(lsp.InitializedParams())
        return result

    async def quit(self) -> int:
        """Ends the server as an editor does; its exit status."""
        server = self.client._server
        assert server is not None
        if server.returncode is None:
            await asyncio.wait_for(self.client.shutdown_async(None), WAIT)
            self.client.exit(None)
        await asyncio.wait_for(self.client.stop(), WAIT)  # type: ignore[no-untyped-call]
        assert server.returncode is not None
        return server.returncode

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def open(self, name: str, text: str) -> None:
        self._versions[name] = 1
        kind = "toml" if name.endswith(".toml") else "markdown"
        item = lsp.TextDocumentItem(self.uri(name), kind, 1, text)
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))

    def type(self, name: str, text: str) -> None:
        """The document is now this; nothing is saved."""
        self._versions[name] += 1
        document = lsp.VersionedTextDocumentIdentifier(self._versions[name], self.uri(name))
        change = lsp.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(document, [change]))

    def close(self, name: str) -> None:
        document = lsp.TextDocumentIdentifier(self.uri(name))
        self.client.text_document_did_close(lsp.DidCloseTextDocumentParams(document))

    def saved(self, name: str) -> None:
        """Somebody changed a file on disk."""
        change = lsp.FileEvent(self.uri(name), lsp.FileChangeType.Changed)
        self.client.workspace_did_change_watched_files(lsp.DidChangeWatchedFilesParams([change]))

    async def until(self, holds: Any) -> None:
        """Waits for news after which `holds()` is true."""
        async with self._news:
            await asyncio.wait_for(self._news.wait_for(holds), WAIT)

    async def diagnostics(self, name: str) -> list[lsp.Diagnostic]:
        """What is said of the newest version; waits until that was checked."""
        uri, version = self.uri(name), self._versions.get(name)
        await self.until(lambda: uri in self.told and self.told[uri].version == version)
        return list(self.told[uri].diagnostics)

    async def codes(self, name: str) -> set[str]:
        return {str(each.code) for each in await self.diagnostics(name)}

    async def hover(self, name: str, line: int, character: int = 4) -> str:
        """The text at a line of the document, counted from 1 as a person does."""
        params = lsp.HoverParams(*self._at(name, line, character))
        found = await asyncio.wait_for(self.client.text_document_hover_async(params), WAIT)
        return found.contents.value if found and isinstance(found.contents, lsp.MarkupContent) else ""

    async def completions(self, name: str, line: int, character: int) -> dict[str, str]:
        """Label → detail."""
        params = lsp.CompletionParams(*self._at(name, line, character))
        found = await asyncio.wait_for(self.client.text_document_completion_async(params), WAIT)
        items = found.items if isinstance(found, lsp.CompletionList) else found or []
        return {item.label: item.detail or "" for item in items}

    async def definition(self, name: str, line: int, character: int) -> list[int]:
        """The lines that are jumped to."""
        params = lsp.DefinitionParams(*self._at(name, line, character))
        found = await asyncio.wait_for(self.client.text_document_definition_async(params), WAIT)
        return [place.range.start.line + 1 for place in found or []]  # type: ignore[union-attr]

    async def references(self, name: str, line: int, character: int) -> list[int]:
        params = lsp.ReferenceParams(lsp.ReferenceContext(True), *self._at(name, line, character))
        found = await asyncio.wait_for(self.client.text_document_references_async(params), WAIT)
        return [place.range.start.line + 1 for place in found or []]

    async def highlights(self, name: str, line: int, character: int) -> list[int]:
        params = lsp.DocumentHighlightParams(*self._at(name, line, character))
        found = await asyncio.wait_for(self.client.text_document_document_highlight_async(params), WAIT)
        return [place.range.start.line + 1 for place in found or []]

    async def symbols(self, name: str) -> list[lsp.DocumentSymbol]:
        params = lsp.DocumentSymbolParams(lsp.TextDocumentIdentifier(self.uri(name)))
        found = await asyncio.wait_for(self.client.text_document_document_symbol_async(params), WAIT)
        return [each for each in found or [] if isinstance(each, lsp.DocumentSymbol)]

    async def actions(self, name: str, line: int) -> list[lsp.CodeAction]:
        """What is offered at a line, with what was told of it, as an editor asks."""
        place = lsp.Position(line - 1, 0)
        known = self.told.get(self.uri(name))
        here = [
            d
            for d in (known.diagnostics if known else [])
            if d.range.start.line <= line - 1 <= d.range.end.line
        ]
        params = lsp.CodeActionParams(
            lsp.TextDocumentIdentifier(self.uri(name)),
            lsp.Range(place, place),
            lsp.CodeActionContext(here, only=[lsp.CodeActionKind.QuickFix]),
        )
        found = await asyncio.wait_for(self.client.text_document_code_action_async(params), WAIT)
        return [each for each in found or [] if isinstance(each, lsp.CodeAction)]

    def _at(self, name: str, line: int, character: int) -> tuple[Any, Any]:
        return lsp.TextDocumentIdentifier(self.uri(name)), lsp.Position(line - 1, character)


def applied(action: lsp.CodeAction, text: str, encoding: str = "utf-16-le") -> str:
    """The text with an action applied, as an editor would; places are counted in the units of the encoding."""
    assert action.edit is not None
    assert action.edit.document_changes is not None
    size = {"utf-16-le": 2, "utf-8": 1, "utf-32-le": 4}[encoding]
    lines = text.splitlines(keepends=True) or [""]
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line.encode(encoding)) // size)
    raw = text.encode(encoding)
    end = "\r\n" if "\r\n" in text else "\n"
    edits = [edit for change in action.edit.document_changes for edit in change.edits]  # type: ignore[union-attr]
    for edit in sorted(
        edits, key=lambda each: (each.range.start.line, each.range.start.character), reverse=True
    ):
        assert isinstance(edit, lsp.TextEdit)
        first, last = (
            size * (starts[min(place.line, len(starts) - 1)] + place.character)
            for place in (edit.range.start, edit.range.end)
        )
        raw = raw[:first] + edit.new_text.replace("\n", end).encode(encoding) + raw[last:]
    return raw.decode(encoding)
