"""`check --fix`: the chosen edits and nothing else, whatever the file is made of."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsguide.guide.checking import Checked
from opsguide.guide.contract import Result
from opsguide.guide.fixing import applied, difference, fix, fixable
from opsguide.guide.promise import Edit, Finding
from opsguide.kernel.errors import GuideError
from opsguide.kernel.promise import Span
from tests.guide.made import reading

LINE = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=12)
ENDS = st.sampled_from([["\n", "\r\n"], ["\r"]])
"""Never all three in one document: a lone return before a lone line feed would be one end of the two."""
BOMS = [(b"", "utf-8"), (b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")]


@st.composite
def documents(draw: st.DrawFn) -> tuple[list[str], list[str], list[Edit]]:
    """Lines, their ends (the last may have none), and edits that do not touch each other."""
    lines = draw(st.lists(LINE, min_size=1, max_size=12))
    style = draw(ENDS)
    ends = [draw(st.sampled_from(style)) for _ in lines[1:]] + [draw(st.sampled_from(["", *style]))]
    edits: list[Edit] = []
    at = 1
    while (first := draw(st.integers(at, len(lines) + 1))) <= len(lines):
        last = draw(st.integers(first, min(first + 2, len(lines))))
        edits.append(Edit(Span(first, last), draw(st.lists(LINE, min_size=1, max_size=3).map("\n".join))))
        at = last + 1
    return lines, ends, edits


@given(document=documents(), bom=st.sampled_from(BOMS))
def test_every_byte_beside_an_edit_stays(
    document: tuple[list[str], list[str], list[Edit]], bom: tuple[bytes, str]
) -> None:
    lines, ends, edits = document
    mark, codec = bom
    if lines[0].startswith("\ufeff") and not mark:
        lines[0] = lines[0].lstrip("\ufeff")
    raw = mark + "".join(line + end for line, end in zip(lines, ends, strict=True)).encode(codec)
    made = applied(raw, edits)
    assert made.startswith(mark)
    left = made[len(mark) :]
    at = 1
    for edit in edits:
        kept = "".join(lines[n - 1] + ends[n - 1] for n in range(at, edit.span.line)).encode(codec)
        assert left.startswith(kept)
        left = left[len(kept) :]
        new = re.match(
            "(?:\r\n|\r|\n)".join(map(re.escape, edit.text.split("\n"))) if edit.text else "",
            left.decode(codec),
        )
        assert new is not None
        left = left[len(new[0].encode(codec)) :]
        if edit.text:
            end = ends[edit.span.end_line - 1].encode(codec)
            assert left.startswith(end)
            left = left[len(end) :]
        at = edit.span.end_line + 1
    rest = "".join(lines[n - 1] + ends[n - 1] for n in range(at, len(lines) + 1)).encode(codec)
    assert left == rest


@given(document=documents())
def test_no_edits_no_change(document: tuple[list[str], list[str], list[Edit]]) -> None:
    raw = "".join(line + end for line, end in zip(*document[:2], strict=True)).encode()
    assert applied(raw, []) == raw


TEXT = "# Guide\r\none  \r\ntwo\nthree"


def finding(rule: str, *edits: Edit, silenced: str | None = None) -> Finding:
    return Finding(
        rule=rule, kind="advice", message=rule, spans=(Span(1, 1),), edits=edits, silenced=silenced
    )


def checked(path: Path, *findings: Finding, text: str = TEXT) -> Checked:
    path.write_bytes(text.encode())
    return Checked(Result(guide=str(path), reading=reading(), findings=findings, diagnostics=()), text)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "guide.md"


ONE, TWO = finding("one", Edit(Span(2, 2), "ONE")), finding("two", Edit(Span(3, 3), "TWO"))


class TestChoosing:
    def test_only_what_is_chosen_is_written(self, path: Path) -> None:
        made = fix(path, checked(path, ONE, TWO), lambda found: found.rule == "two")
        assert made == [TWO]
        assert path.read_bytes() == b"# Guide\r\none  \r\nTWO\nthree"

    def test_where_nothing_is_chosen_nothing_is_written(self, path: Path) -> None:
        one = checked(path, ONE, TWO)
        before = path.stat()
        assert fix(path, one, lambda found: False) == []
        assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)

    def test_what_has_no_edits_or_is_silenced_is_never_asked_for(self, path: Path) -> None:
        silenced = finding("x", Edit(Span(2, 2), "X"), silenced="because")
        assert fixable(checked(path, finding("none"), silenced, TWO)) == [TWO]

    def test_a_second_change_of_a_line_waits_for_the_next_time(self, path: Path) -> None:
        other = finding("other", Edit(Span(2, 3), "OTHER"))
        asked: list[str] = []

        def choose(found: Finding) -> bool:
            asked.append(found.rule)
            return True

        assert fix(path, checked(path, ONE, other, TWO), choose) == [ONE, TWO]
        assert asked == ["one", "two"]

    def test_two_findings_with_one_edit_are_both_met_by_it(self, path: Path) -> None:
        again = finding("again", Edit(Span(2, 2), "ONE"))
        assert fix(path, checked(path, ONE, again), lambda found: True) == [ONE, again]
        assert path.read_bytes() == TEXT.replace("one  ", "ONE").encode()


class TestWriting:
    def test_a_file_that_changed_meanwhile_is_left_alone(self, path: Path) -> None:
        one = checked(path, ONE)

        def choose(found: Finding) -> bool:
            path.write_bytes(b"somebody else's")
            return True

        with pytest.raises(GuideError, match="was changed while"):
            fix(path, one, choose)
        assert path.read_bytes() == b"somebody else's"
        assert os.listdir(path.parent) == ["guide.md"]

    def test_a_file_that_changed_before_it_was_asked_for_too(self, path: Path) -> None:
        one = checked(path, ONE)
        path.write_bytes(TEXT.encode() + b"!")
        with pytest.raises(GuideError, match="was changed while"):
            fix(path, one, lambda found: True)

    def test_rights_stay(self, path: Path) -> None:
        one = checked(path, ONE)
        path.chmod(0o640)
        fix(path, one, lambda found: True)
        assert path.stat().st_mode & 0o7777 == 0o640

    def test_a_link_stays_a_link(self, path: Path, tmp_path: Path) -> None:
        real = tmp_path / "real" / "guide.md"
        real.parent.mkdir()
        one = checked(real, ONE)
        path.symlink_to(real)
        fix(path, one, lambda found: True)
        assert path.is_symlink()
        assert b"ONE" in real.read_bytes()

    def test_a_file_that_is_gone_is_told(self, path: Path) -> None:
        one = checked(path, ONE)
        path.unlink()
        with pytest.raises(GuideError, match="no such file"):
            fix(path, one, lambda found: True)


def test_the_difference_shows_what_changes_and_where() -> None:
    edits = [Edit(Span(3, 4), "two\nTHREE"), Edit(Span(2, 2), "")]
    assert list(difference(TEXT, edits)) == [
        "@@ line 2 @@",
        "-one  ",
        "@@ line 3-4 @@",
        " two",
        "-three",
        "+THREE",
    ]
