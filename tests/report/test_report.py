"""What a month's report says, from a month that was lived through the real core."""

from pathlib import Path

import pytest

from opsguide.app.report import words
from opsguide.app.report.build import month_of
from opsguide.app.report.model import PromiseLine, Report
from opsguide.guide.versions import RefusedEntry, VersionEntry
from opsguide.kernel.clock import parse_instant, rfc3339
from opsguide.kernel.errors import LedgerBroken, OpsguideError
from opsguide.storage.reader import open_readonly
from tests.cast import ACKNOWLEDGE, ERRORS, P95, RESOLVE
from tests.guide.test_signing import KEEP, RESTORE, SECRETS
from tests.report.lived import a_month, a_world, go_to, kept, look, reported


@pytest.fixture
async def november(tmp_path: Path) -> Report:
    return await reported(a_month(), tmp_path)


def of(report: Report, promise: str) -> PromiseLine:
    return next(line for line in report.promises if line.promise.id == promise)


async def test_each_promise_has_its_verdict_and_its_minutes(november: Report) -> None:
    p95 = of(november, P95)
    assert (p95.verdict, p95.broken_seconds, p95.totals.breaks) == ("broken", 72 * 60, 2)
    assert [(rfc3339(s.start)[:16], s.standing.reason, s.standing.value) for s in p95.breaks] == [
        ("2026-11-10T12:00", "slow | <b>very</b>", "430 ms"),
        ("2026-11-15T00:00", "slow", "510 ms"),
    ]
    assert p95.standing is not None
    assert p95.standing.kind == "kept"
    assert p95.totals.seconds == pytest.approx(30 * 86400), "all of the month is told"
    assert words.share(p95) == "99.83 %"
    assert of(november, ERRORS).verdict == "unproven"
    assert of(november, KEEP).verdict == "unbound"
    assert [of(november, p).verdict for p in (RESTORE, SECRETS)] == ["by_hand", "by_hand"]
    assert of(november, ERRORS).kept_share is None, "what nobody looked at has no share"


async def test_incidents_stand_against_their_clocks(november: Report) -> None:
    (incident,) = november.incidents
    assert (incident.id, incident.acknowledged_by, incident.resolution) == (
        "INC-1",
        "ana",
        "restarted the database",
    )
    assert [words.clock(clock) for clock in incident.clocks] == [
        "acknowledge 4 m of 15 m, met",
        "resolve 3 h of 2 h, ran out",
    ]
    assert of(november, RESOLVE).verdict == "broken"
    assert of(november, ACKNOWLEDGE).verdict == "kept"


async def test_the_guide_and_its_signatures_are_told(november: Report) -> None:
    refused, adopted = november.changes
    assert isinstance(refused, RefusedEntry)
    assert isinstance(adopted, VersionEntry)
    assert adopted.found is not None
    assert [change.promise.id for change in adopted.found.of("loosened")] == [P95]
    assert [(one.promise, one.by, one.withdrawn, one.note) for one in november.signatures] == [
        (RESTORE, "carla", False, "restored Sunday's backup | in 47 minutes"),
        (SECRETS, "ana", False, "looked <everywhere>"),
        (SECRETS, "bogdan", True, "not everywhere"),
    ]


async def test_every_cited_fact_has_the_hash_of_its_row(tmp_path: Path) -> None:
    report = await reported(a_month(), tmp_path)
    rows = {row.seq: row for row in open_readonly(tmp_path).rows()}
    assert len(report.evidence) > 12
    for one in report.evidence:
        assert one.hash == rows[one.seq].hash.hex()
    assert report.head.hash == rows[report.head.seq].hash
    assert {s.standing.evidence for line in report.promises for s in line.breaks} <= {
        one.seq for one in report.evidence
    }
    assert report.left_out == 0


async def test_the_summary_comes_first_and_adds_up(november: Report) -> None:
    assert list(words.summary(november)) == [
        "2 of 19 promises were broken at some time, for 2 w 4 d in all.",
        "5 were kept whenever looked at, 2 stood by a person's signature; for 10 nobody and nothing looked.",
        "1 incident; of their clocks 1 met, 1 ran out.",
        "The guide took 1 new version, with 1 promise loosened or dropped.",
    ]
    assert november.complete


async def test_a_month_begins_at_midnight_of_the_services_zone(tmp_path: Path) -> None:
    world = a_world("Europe/Bucharest")
    look(world, P95, "kept", "fast")
    go_to(world, "2026-10-31T21:00:00Z")
    look(world, P95, "broken", "slow")
    go_to(world, "2026-10-31T23:00:00Z")
    look(world, P95, "kept", "fast")
    go_to(world, "2026-12-05T00:00:00Z")
    october = await reported(world, tmp_path, "2026-10")
    november = await reported(world, tmp_path / "again", "2026-11")
    assert rfc3339(november.start) == "2026-10-31T22:00:00.000Z"
    assert of(october, P95).broken_seconds == pytest.approx(3600, abs=0.01)
    assert of(november, P95).broken_seconds == pytest.approx(3600, abs=0.01)
    assert (of(october, P95).totals.breaks, of(november, P95).totals.breaks) == (1, 0), "it broke once"


async def test_as_of_an_instant_the_month_is_as_it_was_known_then(tmp_path: Path) -> None:
    world = a_month()
    early = await reported(world, tmp_path, at=parse_instant("2026-11-12T09:00:00Z"))
    assert not early.complete
    assert early.incidents[0].resolved_at is None
    assert [words.clock(clock) for clock in early.incidents[0].clocks][1] == "resolve 2 h, running"
    assert early.changes == ()
    assert of(early, P95).broken_seconds == 12 * 60


async def test_an_empty_month_says_so(tmp_path: Path) -> None:
    world = a_month()
    go_to(world, "2027-02-01T00:00:00Z")
    report = await reported(world, tmp_path, "2027-01")
    assert next(words.summary(report)).startswith("Nothing was recorded in January 2027")
    assert (report.facts, report.incidents, report.signatures) == (0, (), ())


async def test_before_the_first_guide_there_is_nothing_to_report(tmp_path: Path) -> None:
    report = await reported(a_month(), tmp_path, "2026-09")
    assert list(words.summary(report)) == [
        "No guide was in force in September 2026: there is nothing to report."
    ]
    assert (report.promises, report.version, report.head.seq) == ((), None, 0)


async def test_a_promise_that_left_the_guide_in_the_month_is_still_told(tmp_path: Path) -> None:
    from tests.cast import BINDINGS, PROMISES

    world = a_month()
    go_to(world, "2026-12-10T00:00:00Z")
    world.adopt([p for p in PROMISES if p.id != P95], BINDINGS)
    go_to(world, "2027-01-02T00:00:00Z")
    december = await reported(world, tmp_path, "2026-12")
    gone = of(december, P95)
    assert (gone.standing, gone.totals.seconds) == (None, 9 * 86400)
    go_to(world, "2027-02-02T00:00:00Z")
    january = await reported(world, tmp_path / "again", "2027-01")
    assert P95 not in {line.promise.id for line in january.promises}


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "november", "0000-01", "2026-11-01", ""])
async def test_what_is_no_month_is_refused(tmp_path: Path, month: str) -> None:
    with pytest.raises(OpsguideError, match="no month"):
        await reported(a_world(), tmp_path, month)


async def test_a_month_to_come_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OpsguideError, match="has not begun: it is 2026-10-30"):
        await reported(a_world(), tmp_path, "2026-11")


def test_december_ends_with_the_year() -> None:
    start, end = month_of("2026-12", "UTC")
    assert (rfc3339(start), rfc3339(end)) == ("2026-12-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z")


async def test_a_ledger_that_was_changed_gives_no_report(tmp_path: Path) -> None:
    import apsw

    world = a_month()
    source = await kept(world, tmp_path)
    with apsw.Connection(str(tmp_path / "ledger.sqlite")) as connection:
        connection.execute(
            "update ledger set body = cast(replace(cast(body as text), 'slow', 'fast') as blob) where seq = 6"
        )
    from opsguide.app.report.build import build

    with pytest.raises(LedgerBroken):
        build(source, "2026-11", world.clock.now())
