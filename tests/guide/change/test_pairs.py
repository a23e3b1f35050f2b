"""Which promise of the old guide is which of the new one: what moved, what was renamed, what came and went."""

from msgspec.structs import replace

from opsguide.guide.change import Comparison, compare
from opsguide.guide.promise import Gap, Promise
from opsguide.guide.reading import read
from opsguide.guide.values import Alert, ClockValues, Objective, Recovery, Severity, Step
from opsguide.kernel.promise import Span
from opsguide.readers import ALL
from tests.guide.made import promise, reading

GUIDE = """\
# Harbour

## Severities
- **Critical**: system down
- **High**: major feature broken

## Response times
- **Critical**: 15 minutes acknowledgment, 2 hours resolution
- **High**: 1 hour acknowledgment, 8 hours resolution

## Backups
- **Database**: daily automated backups
- **Retention**: daily backups for 30 days
"""


def between(old: str, new: str) -> Comparison:
    return compare(read(old, ALL), read(new, ALL))


def told(found: Comparison) -> list[tuple[str, str]]:
    return [(change.kind, change.promise.id) for change in found.changes]


def at(name: str, line: int, section: str = "Here") -> Promise:
    made = promise(name, ClockValues(severity=name, clock="resolve", seconds=line), line=line)
    return replace(made, section=section, values=ClockValues(severity=name, clock="resolve", seconds=60))


class TestNothing:
    def test_the_same_guide(self) -> None:
        found = between(GUIDE, GUIDE)
        assert (found.changes, found.unclear, found.may_be_weaker) == ((), (), False)
        assert found.kept > 5

    def test_lines_that_are_pushed_down_and_words_that_say_the_same(self) -> None:
        other = GUIDE.replace("# Harbour\n", "# Harbour\n\nWho we are, and why.\n\n").replace(
            "2 hours", "120 min"
        )
        assert told(between(GUIDE, other)) == []

    def test_headings_that_are_renamed(self) -> None:
        assert told(between(GUIDE, GUIDE.replace("# Harbour", "# The Harbour handbook"))) == []
        assert told(between(GUIDE, GUIDE.replace("## Severities", "## Severity levels"))) == []


class TestMoved:
    def test_to_another_section_that_has_others(self) -> None:
        old = reading(at("a", 1, "One"), at("b", 2, "One"), at("c", 3, "Two"))
        new = reading(at("a", 1, "One"), at("b", 3, "Two"), at("c", 4, "Two"))
        found = compare(old, new)
        assert told(found) == [("moved", "b")]
        assert found.kept == 2
        assert not found.may_be_weaker

    def test_before_what_it_stood_behind(self) -> None:
        old = reading(at("a", 1), at("b", 2), at("c", 3))
        new = reading(at("c", 1), at("a", 2), at("b", 3))
        assert told(compare(old, new)) == [("moved", "c")]

    def test_what_moved_and_changed_is_told_by_its_change(self) -> None:
        old = reading(at("a", 1), at("b", 2), at("c", 3))
        later = replace(at("c", 1), values=ClockValues(severity="c", clock="resolve", seconds=90))
        assert told(compare(old, reading(later, at("a", 2), at("b", 3)))) == [("loosened", "c")]


class TestCameAndWent:
    def test_added_and_dropped(self) -> None:
        longer = GUIDE + "- **Testing**: monthly restore tests\n"
        assert told(between(GUIDE, longer)) == [("added", "recovery.duty.restore_test")]
        found = between(longer, GUIDE)
        assert told(found) == [("dropped", "recovery.duty.restore_test")]
        assert found.may_be_weaker

    def test_another_kind_under_the_same_name(self) -> None:
        old = reading(promise("p", Recovery(objective="rto", seconds=60)))
        new = reading(promise("p", Objective(signal="x")))
        assert told(compare(old, new)) == [("dropped", "p"), ("added", "p")]

    def test_a_second_fact_of_a_name_changes_the_id_and_not_the_first(self) -> None:
        """Where two have one name, both ids get what tells them apart."""
        here, there = (
            promise(name, Recovery(objective="rto", scope=scope, seconds=60), line=line)
            for name, scope, line in (("recovery.rto.eu", "eu", 1), ("recovery.rto.us", "us", 2))
        )
        alone = replace(here, id="recovery.rto")
        assert told(compare(reading(alone), reading(here, there))) == [("added", "recovery.rto.us")]
        assert told(compare(reading(here, there), reading(alone))) == [("dropped", "recovery.rto.us")]

    def test_the_first_of_two_numbered_ids_goes(self) -> None:
        one, two = (
            promise(name, Recovery(objective="rto", seconds=seconds), line=line)
            for name, seconds, line in (("x", 60, 1), ("x.2", 90, 2))
        )
        assert told(compare(reading(one, two), reading(replace(two, id="x", span=Span(1, 1))))) == [
            ("dropped", "x")
        ]


class TestRenamed:
    def alert(self, name: str, section: str = "Here", **values: float) -> Promise:
        made = promise(f"alert.{name}", Alert(alert=name, signal="s", op=">", **{"count": 5, **values}))  # type: ignore[arg-type]
        return replace(made, section=section)

    def test_what_only_its_name_tells_apart(self) -> None:
        found = compare(reading(self.alert("slow")), reading(self.alert("sluggish")))
        (change,) = found.changes
        assert change.kind == "changed"
        assert [(d.what, d.before, d.after) for d in change.details] == [("name", "slow", "sluggish")]

    def test_not_with_another_limit_nor_elsewhere_nor_where_there_is_a_choice(self) -> None:
        slow = self.alert("slow")
        for others in (
            [self.alert("sluggish", count=9)],
            [self.alert("sluggish", section="There")],
            [self.alert("sluggish"), self.alert("lazy")],
        ):
            kinds = {kind for kind, _ in told(compare(reading(slow), reading(*others)))}
            assert kinds == {"dropped", "added"}

    def test_another_percentile_is_the_same_target(self) -> None:
        def target(percentile: int) -> Promise:
            values = Objective(signal="latency", op="<", percentile=percentile, seconds=0.2)
            return promise(f"objective.p{percentile}", values)

        assert told(compare(reading(target(99)), reading(target(95)))) == [("loosened", "objective.p95")]


class TestPlaces:
    def step(self, to: str, place: int) -> Promise:
        return promise(to, Step(route="on-call", step=place, to=to), line=place)

    def test_a_step_before_the_others_changes_only_itself(self) -> None:
        old = [self.step("a", 1), self.step("b", 2)]
        new = [self.step("z", 1), self.step("a", 2), self.step("b", 3)]
        assert told(compare(reading(*old), reading(*new))) == [("added", "z")]

    def test_a_step_before_another_is_more_than_a_move(self) -> None:
        old = [self.step("a", 1), self.step("b", 2), self.step("c", 3)]
        new = [self.step("c", 1), self.step("a", 2), self.step("b", 3)]
        (change,) = compare(reading(*old), reading(*new)).changes
        assert (change.kind, change.promise.id) == ("changed", "c")
        assert [(d.what, d.before, d.after) for d in change.details] == [("place", "3", "1")]

    def test_steps_at_once_have_no_order(self) -> None:
        old, new = [self.step("a", 1), self.step("b", 1)], [self.step("b", 1), self.step("a", 1)]
        assert told(compare(reading(*old), reading(*new))) == []

    def test_a_severity_above_the_others(self) -> None:
        def severity(name: str, place: int) -> Promise:
            return promise(name, Severity(severity=name, order=place), line=place)

        old, new = [severity("p1", 1)], [severity("p0", 1), severity("p1", 2)]
        assert told(compare(reading(*old), reading(*new))) == [("added", "p0")]


def test_what_is_no_longer_understood_is_told() -> None:
    def gap(text: str, line: int) -> Gap:
        return Gap(span=Span(line, line), section="Here", text=text, why="no number")

    old, new = reading(gaps=(gap("soon", 1),)), reading(gaps=(gap("soon", 5), gap("soon", 6), gap("late", 7)))
    assert [one.span.line for one in compare(old, new).unclear] == [6, 7]


def test_changes_stand_in_the_order_of_what_matters_most() -> None:
    kinds = [
        change.kind
        for change in between(
            GUIDE + "- **Testing**: monthly restore tests\n",
            GUIDE.replace("15 minutes", "10 minutes").replace("8 hours", "9 hours")
            + "- **Drills**: yearly audits\n",
        ).changes
    ]
    assert kinds == ["dropped", "loosened", "tightened", "added"]
