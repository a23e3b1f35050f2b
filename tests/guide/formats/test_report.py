"""The text report, whole."""

from opsguide.guide.checking import Checked
from opsguide.guide.contract import Result
from opsguide.guide.formats.report import MAX_NOTES, text
from opsguide.guide.promise import Gap
from opsguide.kernel.promise import Span
from tests.guide.formats.outcomes import PLAIN, golden, guide, outcomes
from tests.guide.made import reading


def test_one_guide() -> None:
    golden("report.txt", "\n".join(text([guide()], PLAIN)) + "\n")


def test_several_guides_end_with_a_line_for_all() -> None:
    lines = list(text(outcomes(), PLAIN._replace(several=True)))
    assert lines[-1] == "2 guides: 2 promises, 1 gap, 3 findings; 1 error, 3 warnings, 2 notes; 1 silenced"
    assert "gone.md" not in "\n".join(lines), "what cannot be used is told on standard error, once"


def test_a_flood_is_cut_and_says_so() -> None:
    gaps = tuple(Gap(span=Span(n, n), section="", text="x", why="y") for n in range(1, MAX_NOTES + 4))
    result = Result(guide="g.md", reading=reading(gaps=gaps), findings=(), diagnostics=())
    lines = list(text([Checked(result, "x\n" * len(gaps))], PLAIN))
    assert "and 3 more: see --json\n" in lines
