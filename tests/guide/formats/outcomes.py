"""A guide with a message of every kind, full of signs that mean something in some form, and one of no use."""

from pathlib import Path

from opsguide.guide.checking import Checked, Outcome, Unusable
from opsguide.guide.contract import Placed, Result
from opsguide.guide.diagnostics import Paint
from opsguide.guide.formats.told import Manner
from opsguide.guide.promise import Diagnostic, Edit, Finding, Gap
from opsguide.kernel.errors import GuideError
from opsguide.kernel.promise import Span
from tests.guide.made import UPTIME, reading

GOLDEN = Path(__file__).parent / "golden"
PLAIN = Manner(strict=False, paint=Paint(on=False), several=False)
STRICT = PLAIN._replace(strict=True)

TEXT = """\
# Harbour, the <shop>
- **Uptime**: 99.9%
- fid: { target: 100, alert: 150 }
- Backups: soon: 100 % & more
- owner: @core
- uptime, again: 99 %
"""
BINDINGS = """\
[people.ana]
emial = "x"
"""

FINDINGS = (
    Finding(
        rule="example-conflict",
        kind="conflict",
        message="`uptime` is 99.9 % here,\nand 99 % there: \x1b[31m50 %\x07",
        spans=(Span(2, 2), Span(6, 6)),
        promises=(UPTIME.id,),
        proposal="keep one, <the right one>; ]]> is no end",
    ),
    Finding(
        rule="example-outdated",
        kind="outdated",
        message="FID is retired",
        spans=(Span(3, 3),),
        proposal="write INP",
        edits=(Edit(Span(3, 3), "- inp: { target: 200, alert: 500 }"), Edit(Span(6, 6), "")),
    ),
    Finding(rule="example-advice", kind="advice", message="nobody relieves @core", spans=(Span(5, 5),)),
    Finding(
        rule="example-silenced",
        kind="conflict",
        message="daily is too rare",
        spans=(Span(4, 4),),
        silenced='the "log" is shipped',
    ),
)
DIAGNOSTICS = (
    Placed(
        "docs/a guide, 100%.md",
        Diagnostic(
            level="note", code="yaml-unquoted", message="read as text", line=5, column=10, end_column=15
        ),
    ),
    Placed(
        "opsguide.toml",
        Diagnostic(
            level="error",
            code="unknown-key",
            message="there is no key `emial`",
            line=2,
            column=1,
            end_column=6,
            hint="did you mean `email`?",
        ),
    ),
)


def guide() -> Checked:
    """Nothing but messages: what the reader makes of the text is not asked."""
    gap = Gap(span=Span(4, 4), section="Harbour", text="Backups: soon", why="`soon` is no duration")
    result = Result(
        guide="docs/a guide, 100%.md",
        bindings="opsguide.toml",
        reading=reading(UPTIME, gaps=(gap,)),
        findings=FINDINGS,
        diagnostics=DIAGNOSTICS,
        unbound=(),
    )
    return Checked(result, TEXT, BINDINGS)


def clean() -> Checked:
    """A guide about which there is nothing to say."""
    return Checked(
        Result(guide="clean.md", reading=reading(UPTIME), findings=(), diagnostics=()), "- Uptime: 99.9%\n"
    )


def unusable() -> Unusable:
    return Unusable(
        "gone.md", GuideError("cannot be read: no such file", where="gone.md", hint="check the path")
    )


def outcomes() -> list[Outcome]:
    return [guide(), clean(), unusable()]


def golden(name: str, made: str) -> None:
    """Compares with the file of this name. A file that is deleted is written again by the next run, which fails."""
    path = GOLDEN / name
    if not path.exists():
        path.write_text(made, encoding="utf-8")
        raise AssertionError(f"{path} was written: look at it")
    assert made == path.read_text(encoding="utf-8")
