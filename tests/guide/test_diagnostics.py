"""Messages as they are drawn: place, source line, caret, help; and what is never drawn."""

import io

import pytest

from opsguide.guide.diagnostics import (
    MAX_WIDTH,
    SECRET_CODES,
    Mark,
    Note,
    Paint,
    Sheet,
    of_diagnostic,
    of_finding,
    of_gap,
)
from opsguide.guide.promise import Diagnostic, Finding, Gap
from opsguide.kernel.promise import Span

PLAIN = Paint(on=False)


def drawn(note: Note, *lines: str) -> list[str]:
    return list(Sheet("guide.md", lines, PLAIN).draw([note]))


def at(line: int, column: int = 1, end_column: int = 1, code: str = "some-code", hint: str = "") -> Note:
    return Note(
        level="error",
        code=code,
        message="it is so",
        marks=(Mark(Span(line, line), column, end_column),),
        hint=hint,
    )


class TestDrawing:
    def test_a_diagnostic_points_at_its_span_and_says_what_to_write(self) -> None:
        diagnostic = Diagnostic(
            level="warning",
            code="yaml-at",
            message="`@core` is read as a team; strict YAML refuses it",
            line=2,
            column=10,
            end_column=15,
            hint='write "@core"',
        )
        assert drawn(of_diagnostic(diagnostic), "```yaml", "primary: @core", "```") == [
            "guide.md:2:10: warning[yaml-at]: `@core` is read as a team; strict YAML refuses it",
            "2 | primary: @core",
            "  |          ^^^^^",
            '  = help: write "@core"',
            "",
        ]

    def test_a_finding_shows_every_line_involved_and_underlines_what_it_quotes(self) -> None:
        finding = Finding(
            rule="unknown-severity",
            kind="conflict",
            message="`slow`, `full` have the severity `warning`",
            spans=(Span(1, 2), Span(10, 10)),
            proposal="write one of high, low",
        )
        assert drawn(
            of_finding(finding), "  for: 2m", "  severity: Warning", *[""] * 7, "- full: warning"
        ) == [
            "guide.md:1:3: warning[unknown-severity]: `slow`, `full` have the severity `warning`",
            " 1 |   for: 2m",
            " 2 |   severity: Warning",
            "   |             ^^^^^^^",
            "10 | - full: warning",
            "   |   ^^^^  ^^^^^^^",
            "   = help: write one of high, low",
            "",
        ]

    def test_where_nothing_is_quoted_the_first_line_is_underlined_and_few_follow(self) -> None:
        finding = Finding(rule="r", kind="conflict", message="it is so", spans=(Span(1, 99),))
        assert drawn(of_finding(finding), " one ", *["more"] * 98)[1:-1] == [
            "1 |  one",
            "  |  ^^^",
            "2 | more",
            "3 | more",
            "4 | more",
        ]

    def test_advice_is_a_note_and_a_finding_without_lines_is_about_the_top(self) -> None:
        finding = Finding(rule="no-rotation", kind="advice", message="no rotation", spans=())
        assert drawn(of_finding(finding), "# Guide")[0] == "guide.md:1:1: note[no-rotation]: no rotation"

    def test_a_gap_says_why_it_is_one(self) -> None:
        gap = Gap(span=Span(1, 1), section="Backups", text="Backups: soon", why="`soon` is no duration")
        lines = drawn(of_gap(gap), "- Backups: soon")
        assert lines[0].startswith("guide.md:1:1: warning[gap]: ")
        assert "`soon` is no duration" in lines[0]
        assert lines[2] == "  | ^^^^^^^^^^^^^^^"

    def test_carets_stand_below_wide_and_combined_signs_and_behind_tabs(self) -> None:
        assert drawn(at(1, 2, 4), "\t日本x")[1:3] == ["1 |     日本x", "  |     ^^^^"]
        assert drawn(at(1, 3, 4), "e\u0301x")[1:3] == ["1 | e\u0301x", "  |  ^"]

    def test_a_long_line_is_cut_around_its_caret(self) -> None:
        line = "a" * 1000 + "HERE" + "b" * 1000
        shown, carets = drawn(at(1, 1001, 1005), line)[1:3]
        assert "…" in shown
        assert len(shown) < MAX_WIDTH + 10
        assert shown[carets.index("^") : carets.rindex("^") + 1] == "HERE"

    def test_a_long_span_is_cut_too(self) -> None:
        assert len(drawn(at(1), "x" * 5000)[1]) < MAX_WIDTH

    @pytest.mark.parametrize(("line", "column"), [(5, 1), (1, 99), (0, 0)])
    def test_a_place_that_is_not_there_does_no_harm(self, line: int, column: int) -> None:
        assert drawn(at(line, column, column + 3), "short")[0].startswith(f"guide.md:{line}:{column}")


class TestWhatIsNeverDrawn:
    @pytest.mark.parametrize("code", sorted(SECRET_CODES))
    def test_a_secret(self, code: str) -> None:
        assert drawn(at(1, 7, 27, code=code), "url = 'slack://a/b/secret' # why")[1:3] == [
            "1 | url = ••• # why",
            "  |       ^^^",
        ]

    def test_signs_that_steer_a_terminal(self) -> None:
        text = "\n".join(drawn(at(1, hint="\x1b[2J"), "\x1b]0;owned\x07 \x9b31m \u202e"))
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(text)

    def test_colours_off_a_terminal_or_where_they_are_not_wanted(self) -> None:
        class Terminal(io.StringIO):
            def isatty(self) -> bool:
                return True

        def coloured(stream: io.StringIO, environ: dict[str, str]) -> bool:
            return Paint.for_stream(stream, environ)("error", "x") != "x"

        assert coloured(Terminal(), {"TERM": "xterm"})
        assert coloured(Terminal(), {"NO_COLOR": ""})
        assert not coloured(Terminal(), {"NO_COLOR": "1"})
        assert not coloured(Terminal(), {"TERM": "dumb"})
        assert not coloured(io.StringIO(), {})
