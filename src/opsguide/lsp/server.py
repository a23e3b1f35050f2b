"""The protocol: which request is answered by what. All of it is on standard output; nothing else may be."""

import logging
from collections.abc import Sequence
from typing import Any

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer

from .. import __version__
from ..guide.bindings.file import NAME
from ..guide.reader import Reader
from .acting import actions
from .checker import Checker
from .completing import TRIGGERS, completions
from .desk import Desk
from .hovering import hover
from .jumping import definition, highlights, references
from .outline import symbols

log = logging.getLogger(__name__)


class Server(LanguageServer):
    """Whole texts are sent with every change: a guide is small, and nobody has to agree on what a line is."""

    def __init__(self, readers: Sequence[Reader], only: Sequence[str] = ()) -> None:
        super().__init__("opsguide", __version__, text_document_sync_kind=lsp.TextDocumentSyncKind.Full)
        self.checker = Checker(readers, only)
        self.desk = Desk(self.checker, self._publish, self._tell)

    def _publish(self, uri: str, version: int | None, found: list[lsp.Diagnostic]) -> None:
        log.info("%s, version %s: %d diagnostics", uri, version, len(found))
        self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, found, version))

    def _tell(self, message: str) -> None:
        self.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Error, message))


def build(readers: Sequence[Reader], only: Sequence[str] = ()) -> Server:
    """The server with all that it answers."""
    server = Server(readers, only)
    _documents(server)
    _requests(server)
    return server


def _documents(server: Server) -> None:
    desk = server.desk

    @server.feature(lsp.INITIALIZED)
    async def initialized(_params: lsp.InitializedParams) -> None:
        server.checker.codec = server.workspace.position_codec
        await _watch(server)

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: lsp.DidOpenTextDocumentParams) -> None:
        document = params.text_document
        desk.put(document.uri, document.version, document.text)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: lsp.DidChangeTextDocumentParams) -> None:
        document = params.text_document
        desk.put(document.uri, document.version, server.workspace.get_text_document(document.uri).source)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: lsp.DidCloseTextDocumentParams) -> None:
        desk.drop(params.text_document.uri)

    @server.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def touched(params: lsp.DidChangeWatchedFilesParams) -> None:
        for change in params.changes:
            desk.touch(change.uri)

    @server.feature(lsp.SHUTDOWN)
    def shutdown(*_: Any) -> None:
        desk.close()


async def _watch(server: Server) -> None:
    """Ask to be told when bindings change on disk, of editors that can."""
    workspace = server.client_capabilities.workspace
    able = workspace.did_change_watched_files if workspace else None
    if able is not None and able.dynamic_registration:
        watched = lsp.DidChangeWatchedFilesRegistrationOptions([lsp.FileSystemWatcher(f"**/{NAME}")])
        asked = lsp.Registration("bindings", lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, watched)
        await server.client_register_capability_async(lsp.RegistrationParams([asked]))


def _requests(server: Server) -> None:
    desk = server.desk

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    async def hovered(params: lsp.HoverParams) -> lsp.Hover | None:
        look = await desk.look(params.text_document.uri)
        return hover(look, params.position) if look else None

    @server.feature(lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionOptions(trigger_characters=TRIGGERS))
    def completed(params: lsp.CompletionParams) -> list[lsp.CompletionItem]:
        """From the last check: it must not be waited for while somebody types."""
        look = desk.last(params.text_document.uri)
        return completions(look, desk.source(params.text_document.uri), params.position) if look else []

    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    async def defined(params: lsp.DefinitionParams) -> list[lsp.Location]:
        look = await desk.look(params.text_document.uri)
        return definition(look, params.text_document.uri, params.position) if look else []

    @server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    async def referred(params: lsp.ReferenceParams) -> list[lsp.Location]:
        look = await desk.look(params.text_document.uri)
        return references(look, params.text_document.uri, params.position) if look else []

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    async def highlighted(params: lsp.DocumentHighlightParams) -> list[lsp.DocumentHighlight]:
        look = await desk.look(params.text_document.uri)
        return highlights(look, params.position) if look else []

    @server.feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix])
    )
    async def acted(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        look = await desk.look(params.text_document.uri)
        return actions(look, params.text_document.uri, params.range, params.context) if look else []

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    async def outlined(params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
        look = await desk.look(params.text_document.uri)
        return symbols(look) if look else []
