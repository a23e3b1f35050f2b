"""Places in any text, in any encoding: there and back; and edits that do what `check --fix` does."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol.types import (
    CodeAction,
    OptionalVersionedTextDocumentIdentifier,
    Position,
    TextDocumentEdit,
    WorkspaceEdit,
)
from pygls.workspace import PositionCodec

from opsguide.guide.findings import apply_edits
from opsguide.guide.promise import Edit
from opsguide.kernel.promise import Span
from opsguide.lsp.acting import written
from opsguide.lsp.text import Text, typed

from .editor import applied

CODECS = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
SIGNS = st.text(st.sampled_from("ab é\u0301e\u0308😀🇷🇴\u1112\u1161\u11ab\u200d\u2028\x0c\t日ß"), max_size=12)


@given(lines=st.lists(SIGNS, min_size=1, max_size=4), codec=st.sampled_from(list(CODECS)))
def test_a_place_is_found_again(lines: list[str], codec: str) -> None:
    text = Text("\n".join(lines), PositionCodec(codec))
    assert text.lines == lines
    for number, line in enumerate(lines, 1):
        for column in range(len(line) + 1):
            place = text.place(number, column)
            size = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[codec]
            assert place.character * size == len(line[:column].encode(CODECS[codec]))
            assert text.at(place) == (number, column)
        assert text.at(Position(number - 1, 9_999)) == (number, len(line))


@given(line=SIGNS)
def test_a_composed_column_leads_to_what_was_typed(line: str) -> None:
    """The reader composes letters and accents: what stands before a column is the same, typed or composed."""
    composed = unicodedata.normalize("NFC", line)
    for column in range(len(composed) + 1):
        at = typed(line, column)
        assert 0 <= at <= len(line)
        before = unicodedata.normalize("NFC", line[:at])
        assert before.startswith(composed[:column]) or composed[:column].startswith(before)
    assert typed(line, 0) == 0
    assert typed(line, len(composed)) == len(line)


@pytest.mark.parametrize("place", [Position(0, 0), Position(99, 0), Position(99, 99)])
def test_a_place_that_is_not_there_is_an_empty_line(place: Position) -> None:
    text = Text("", PositionCodec())
    assert text.at(place) == (place.line + 1, 0)
    assert text.span(Span(7, 9)).start == Position(6, 0)


@given(
    lines=st.lists(SIGNS.filter(lambda line: not set("\u2028\x0c") & set(line)), min_size=2, max_size=6),
    end=st.sampled_from(["\n", "\r\n"]),
    new=st.lists(st.sampled_from(["one", "two words", "drei 😀"]), min_size=0, max_size=2),
    data=st.data(),
)
def test_an_edit_writes_what_fix_writes(
    lines: list[str], end: str, new: list[str], data: st.DataObject
) -> None:
    first = data.draw(st.integers(1, len(lines)))
    last = data.draw(st.integers(first, len(lines)))
    source = end.join(lines) + data.draw(st.sampled_from(["", end]))
    edit = Edit(Span(first, last), "\n".join(new))
    text = Text(source, PositionCodec())
    document = OptionalVersionedTextDocumentIdentifier("file:///g.md", 1)
    change = WorkspaceEdit(document_changes=[TextDocumentEdit(document, [written(text, edit)])])
    assert applied(CodeAction("mend", edit=change), source) == apply_edits(source, [edit])
