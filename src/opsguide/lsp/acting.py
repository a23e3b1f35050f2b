"""What can be done about a finding: write its proposed edit, as `check --fix` does; or silence its rule here."""

from collections.abc import Iterator, Sequence

from lsprotocol.types import (
    CodeAction,
    CodeActionContext,
    CodeActionKind,
    Diagnostic,
    OptionalVersionedTextDocumentIdentifier,
    Position,
    Range,
    TextDocumentEdit,
    TextEdit,
    WorkspaceEdit,
)

from ..guide.findings.lines import fences
from ..guide.fixing import fixable
from ..guide.promise import Edit, Finding
from .look import Look
from .text import Text


def actions(look: Look, uri: str, within: Range, context: CodeActionContext) -> list[CodeAction]:
    """For every finding that involves one of the lines."""
    wanted = context.only
    if look.checked is None or (
        wanted and not any(CodeActionKind.QuickFix.startswith(kind) for kind in wanted)
    ):
        return []
    first, last = within.start.line + 1, within.end.line + 1
    lines = range(first, last + 1)
    found = [f for f in look.findings if any(set(lines) & {*range(s.line, s.end_line + 1)} for s in f.spans)]
    fixes = fixable(look.checked)
    made = [_fix(look, uri, finding, context) for finding in found if finding in fixes]
    return [*made, *(action for finding in found for action in _silence(look, uri, finding, context))]


def _fix(look: Look, uri: str, finding: Finding, context: CodeActionContext) -> CodeAction:
    what = (finding.proposal or finding.message).split("\n")[0]
    return CodeAction(
        title=f"{what} ({finding.rule})",
        kind=CodeActionKind.QuickFix,
        diagnostics=_about(finding, context),
        is_preferred=True,
        edit=_edit(look, uri, [written(look.text, edit) for edit in finding.edits]),
    )


def _silence(look: Look, uri: str, finding: Finding, context: CodeActionContext) -> Iterator[CodeAction]:
    """The comment of docs/findings/README.md, its reason left to the author: without one nothing is silenced."""
    place = comment_place(look.text, finding.spans[0].line) if finding.spans else None
    if place is None:
        return
    line, own = place
    comment = f"<!-- opsguide: allow {finding.rule} because -->"
    text = f"{_margin(look.text.line(line))}{comment}\n" if own else f" {comment}"
    at = Position(line - 1, 0) if own else look.text.place(line, len(look.text.line(line).rstrip()))
    yield CodeAction(
        title=f"Silence {finding.rule} here: write the reason behind `because`",
        kind=CodeActionKind.QuickFix,
        diagnostics=_about(finding, context),
        edit=_edit(look, uri, [TextEdit(Range(at, at), text)]),
    )


def comment_place(text: Text, line: int) -> tuple[int, bool]:
    """Where a comment about a line can stand: the line, and whether above it (a row and a fence have no room)."""
    for first, last in fences(text.lines):
        if first <= line <= last:
            return first, True
    if not _is_row(text.line(line)):
        return line, False
    while _is_row(text.line(line - 1)):
        line -= 1
    return line, True


def _is_row(line: str) -> bool:
    return line.lstrip().startswith(("|", "<t"))


def _margin(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def written(text: Text, edit: Edit) -> TextEdit:
    """What `apply_edits` does to whole lines, as a range: without a text their line ends go, too."""
    first, last = edit.span.line, edit.span.end_line
    if edit.text:
        # Clients write the document's own line ends for ours.
        return TextEdit(Range(text.place(first, 0), text.place(last, len(text.line(last)))), edit.text)
    if last < len(text.lines):
        return TextEdit(Range(text.place(first, 0), text.place(last + 1, 0)), "")
    return TextEdit(Range(text.place(first, 0), text.place(last, len(text.line(last)))), "")


def _edit(look: Look, uri: str, edits: Sequence[TextEdit]) -> WorkspaceEdit:
    document = OptionalVersionedTextDocumentIdentifier(uri, look.version)
    return WorkspaceEdit(document_changes=[TextDocumentEdit(document, list(edits))])


def _about(finding: Finding, context: CodeActionContext) -> list[Diagnostic]:
    return [each for each in context.diagnostics if each.code == finding.rule]
