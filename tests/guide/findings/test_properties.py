"""Whatever a guide promises: the rules do not crash, and the order in which it was read changes nothing."""

import random
import re
import time
from pathlib import Path
from typing import Any, get_args

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from opsguide.guide.findings import RULES, find
from opsguide.guide.promise import Coverage, Gap, Promise, Reading, StatementOutcome
from opsguide.guide.reading import read
from opsguide.guide.values import Amount, AnyValues, Hours, Severity
from opsguide.kernel.promise import Keeper, Span
from opsguide.readers import ALL

KINDS = [kind for kind in get_args(AnyValues) if kind is not Severity]
WORDS = st.sampled_from(
    [
        *(
            "critical",
            "high",
            "p1",
            "warning",
            "weekly",
            "daily",
            "backups",
            "availability",
            "response_time",
            "fid",
        ),
        *(
            "error_rate",
            "query_time",
            "backup",
            "restore_test",
            "post_mortem",
            "production",
            "database failure",
            "",
        ),
        *(
            "p95 latency",
            "on-call",
            "escalation",
            "security",
            "bi-weekly",
            "[TODO]",
            "{{ x }}",
            "löschen",
            "\u0000",
        ),
    ]
)
RRULES = st.sampled_from(
    [
        *(
            "FREQ=DAILY",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR",
            "FREQ=MONTHLY;BYDAY=1SU",
            "FREQ=HOURLY;INTERVAL=6",
        ),
        *("FREQ=MINUTELY", "FREQ=YEARLY", "FREQ=SECONDLY", "FREQ=DAILY;INTERVAL=0", "nonsense", ""),
    ]
)
NUMBERS = st.one_of(
    st.integers(0, 10**7), st.floats(0, 2, allow_nan=False), st.sampled_from([0.999, 1, 100, 0])
)
TIMES = st.sampled_from(["02:00", "24:00", "06:30", "nonsense", ""])
UNITS = ("seconds", "ratio", "count", "bytes", "months", "years", "business_days")


@st.composite
def hours(draw: st.DrawFn) -> Hours:
    days = draw(st.none() | st.just(("MO", "FR")))
    return Hours(days=days, start=draw(st.none() | TIMES), end=draw(st.none() | TIMES))


def _field(name: str, kind: Any) -> st.SearchStrategy[Any]:
    """A value for a field of a kind of values."""
    if name == "rrule":
        return st.none() | RRULES
    if name in ("start", "end"):
        return st.none() | TIMES
    if name == "hours":
        return st.none() | hours()
    if name in ("demands", "after"):
        return st.lists(st.sampled_from(["required", "real_time", "always", "replicated"]), max_size=2).map(
            tuple
        )
    literals = [
        value for part in (kind, *get_args(kind)) for value in get_args(part) if isinstance(value, str)
    ]
    if literals:
        return st.sampled_from([*literals, *([None] if type(None) in get_args(kind) else [])])
    if kind is bool:
        return st.booleans()
    if kind is int:
        return st.integers(1, 5)
    if kind is str:
        return WORDS
    return st.none() | WORDS if str in get_args(kind) else st.none() | NUMBERS


@st.composite
def values(draw: st.DrawFn) -> Any:
    kind = draw(st.sampled_from(KINDS))
    fields = [
        f
        for f in msgspec.structs.fields(kind)
        if f.name.removeprefix("min_").removeprefix("max_") not in UNITS
    ]
    given = {f.name: draw(_field(f.name, f.type)) for f in fields}
    if issubclass(kind, Amount) and draw(st.booleans()):
        given[draw(st.sampled_from(["", "min_", "max_"])) + draw(st.sampled_from(UNITS))] = draw(NUMBERS)
    return kind(**{name: value for name, value in given.items() if value is not UNSET})


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    promises = []
    for number, said in enumerate(draw(st.lists(values(), max_size=25)), 1):
        line = draw(st.integers(1, 30))
        promises.append(
            Promise(
                id=f"promise.{number}",
                keeper=draw(st.sampled_from(get_args(Keeper))),
                section=draw(st.sampled_from(["Guide / Backups", "Guide / On-call rotation", "Guide", ""])),
                control="threshold",
                span=Span(line, line + draw(st.integers(0, 2))),
                text=" ".join(draw(st.lists(WORDS, max_size=3))),
                values=said,
            )
        )
    for order, name in enumerate(draw(st.permutations(["critical", "high", "p1"])), 1):
        severity = Severity(severity=name, order=order, definition=draw(st.none() | st.just("down")))
        promises.append(
            Promise(
                id=f"severity.{name}",
                keeper="incidents",
                section="Guide",
                control="declaration",
                span=Span(order, order),
                text=name,
                values=severity,
            )
        )
    return _reading(promises)


def _reading(promises: list[Promise]) -> Reading:
    statements = tuple(
        StatementOutcome(span=p.span, section=p.section, text=p.text, role="promise", promises=(p.id,))
        for p in sorted(promises, key=lambda p: p.id)
    )
    return Reading(
        reader="test",
        title="",
        language="en",
        promises=tuple(promises),
        gaps=(Gap(span=Span(1, 1), section="Guide", text="…", why="…"),),
        findings=(),
        diagnostics=(),
        statements=statements,
        coverage=Coverage(len(statements), len(statements), 0, 0),
    )


@settings(max_examples=300)
@given(readings(), st.randoms(use_true_random=False))
def test_no_promises_crash_a_rule_and_their_order_changes_nothing(
    reading: Reading, chance: random.Random
) -> None:
    found = find(reading)
    shuffled = list(reading.promises)
    chance.shuffle(shuffled)
    assert find(msgspec.structs.replace(reading, promises=tuple(shuffled))) == found
    for finding in found:
        assert finding.rule in RULES
        assert finding.message
        assert finding.proposal
        assert finding.spans
        assert set(finding.promises) <= {promise.id for promise in reading.promises}


@settings(max_examples=150)
@given(
    st.lists(
        st.sampled_from(
            ["<!-- opsguide: allow ", "backup-rpo", " because ", "-->", "\n", "```", "#", "| a |", ","]
        )
    )
)
def test_no_comment_crashes(parts: list[str]) -> None:
    text = "# Guide\n" + "".join(parts)
    find(read(text, ALL), None, text)


EXAMPLE = Path(__file__).parents[3] / "examples" / "operations.md"


def test_ten_thousand_lines_take_well_under_a_second() -> None:
    text = _many_services()
    reading = read(text, ALL)
    assert len(reading.promises) > 1_000
    begin = time.process_time()
    find(reading, None, text)
    assert time.process_time() - begin < 1


def _many_services() -> str:
    """The example for one service after the other, each with amounts of its own."""
    guide = re.sub(r"^#", "##", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    parts = (re.sub(r"(?<=\s)\d+(?= )", lambda m: str(int(m[0]) + n), guide) for n in range(60))  # noqa: B023
    return "# All services\n\n" + "\n".join(parts)
