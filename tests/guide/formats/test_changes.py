"""A comparison of two guides as text, JSON and Markdown."""

import json
from typing import Any

from msgspec.structs import replace

from opsguide.guide.change import compare
from opsguide.guide.diagnostics import Paint
from opsguide.guide.formats.changes import Compared, as_json, text
from opsguide.guide.formats.markdown import MAX_ROWS, MAX_WORDS, code, table
from opsguide.guide.promise import Gap, Promise
from opsguide.guide.values import Alert, ClockValues, Duty, Step
from opsguide.kernel.promise import Span
from tests.guide.formats.outcomes import golden
from tests.guide.made import FOUR, promise, reading

PLAIN = Paint(on=False)


def say(made: Promise, words: str) -> Promise:
    return replace(made, text=words)


def clock(seconds: int, words: str) -> Promise:
    return say(promise("incidents.clock", ClockValues(clock="resolve", seconds=seconds), line=30), words)


def alert(severity: str, seconds: int) -> Promise:
    values = Alert(alert="slow", signal="x", op=">", count=5, for_seconds=seconds, severity=severity)
    return say(promise("monitoring.alert.slow", values, line=40), "slow:\n  x > 5")


def step(to: str, line: int) -> Promise:
    return say(promise(f"route.{to}", Step(route="on-call", step=1, to=to), line=line), f"primary: {to}")


def duty(line: int, section: str) -> Promise:
    made = replace(promise("duty.audit", Duty(duty="audit", rrule="FREQ=YEARLY"), line=line), section=section)
    return say(made, "audits | yearly")


def compared() -> Compared:
    old = reading(
        *FOUR, clock(7200, "2 hours `ticks` | pipe"), alert("low", 60), step("@core", 50), duty(60, "Here")
    )
    new = reading(
        *FOUR,
        clock(14400, "4 hours `ticks` | pipe"),
        alert("critical", 300),
        say(
            promise("duty.drill", Duty(duty="drill", rrule="FREQ=MONTHLY"), line=55),
            "drill @everyone \x1b[2J",
        ),
        duty(70, "There"),
        gaps=(Gap(span=Span(50, 50), section="Here", text="primary: somebody", why="nobody is named"),),
    )
    return Compared(old="HEAD:guide.md", new="guide.md", found=compare(old, new))


def same() -> Compared:
    return Compared(old="a.md", new="b.md", found=compare(reading(*FOUR), reading(*FOUR)))


def test_text() -> None:
    golden("changes.txt", "\n".join(text(compared(), PLAIN)) + "\n")
    assert list(text(same(), PLAIN)) == ["no change in meaning; 4 promises mean what they meant"]


def test_json() -> None:
    golden("changes.json", "\n".join(as_json(compared(), PLAIN)) + "\n")
    told: dict[str, Any] = json.loads("\n".join(as_json(same(), PLAIN)))
    assert told == {"old": "a.md", "new": "b.md", "changes": [], "unclear": [], "kept": 4}


def test_markdown() -> None:
    golden("changes.md", "\n".join(table(compared(), PLAIN)) + "\n")
    (line,) = table(same(), PLAIN)
    assert line == "**What `b.md` promises**: no change in meaning; 4 promises mean what they meant"


def test_words_of_the_guide_are_code_and_stay_in_their_cell() -> None:
    assert code("a | b") == "`a \\| b`"
    assert code("a `b` ``c``") == "``` a `b` ``c`` ```"
    assert code("one\ntwo\x1b") == "`one two\N{REPLACEMENT CHARACTER}`"
    assert len(code("x" * 1000)) < MAX_WORDS + 10
    rows = [line for line in table(compared(), PLAIN) if line.startswith("|")]
    assert {row.replace("\\|", "").count("|") for row in rows} == {5}


def test_a_flood_of_rows_is_cut_and_says_so() -> None:
    steps = [step(f"@{n}", n) for n in range(1, MAX_ROWS + 3)]
    found = compare(reading(), reading(*steps))
    assert list(table(Compared(old="a", new="b", found=found), PLAIN))[-1] == "and 2 more rows"
