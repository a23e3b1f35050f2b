"""Samples outlive the process: a log for the newest, blocks for the rest, and what happens when either is damaged."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsguide.kernel.errors import OpsguideError
from opsguide.kernel.matching import Matcher, Op
from opsguide.kernel.ports import Sample
from opsguide.telemetry import labels as label
from opsguide.telemetry.columns import COLUMNS, Times, Values
from opsguide.telemetry.disk.archive import Archive, Keeping
from opsguide.telemetry.disk.keeper import Keeper, Rhythm
from opsguide.telemetry.embedded import Embedded
from opsguide.telemetry.labels import Labels
from opsguide.telemetry.points import Points
from opsguide.telemetry.store import DISK_FULL, NEVER, OUT_OF_ORDER, Limits, Store

SHOP = label.of({"job": "shop"})
DAY, HOUR, MINUTE = 86_400_000, 3_600_000, 60_000
START = 20_000 * DAY
STILL = Rhythm(sync_seconds=0.01, look_seconds=3600)
"""Nothing happens by itself but syncing: blocks are made when the test says so."""


def series(name: str, **labels: str) -> Labels:
    return label.of({"__name__": name, **labels})


A, B, C = series("a"), series("b"), series("c")


class Kept:
    """A store with its keeper, as they are in the engine."""

    def __init__(self, directory: Path, limits: Limits | None = None, keeping: Keeping | None = None) -> None:
        self.store = Store(limits or Limits(retention_seconds=2 * 3600))
        self.keeper = Keeper(directory, self.store, keeping or Keeping(), STILL)

    def all(self, start: int = 0, end: int = 2**60) -> dict[str, list[tuple[int, float | str]]]:
        """Every series by name, with "stale" in place of the value of a marker."""
        matchers = [Matcher("__name__", Op.NOT_EQUAL, "")]
        newest = self.store.select(matchers, start, end)
        found = self.keeper.archive.select(matchers, start, end, self.store.complete_since, newest)
        return {label.get(points.labels, "__name__"): shown(points) for points in found}

    def crash(self) -> None:
        """As a killed process leaves it: what was synced, and nothing more."""
        self.keeper.sync()
        self.store.journal = None
        self.keeper.close()


def shown(points: Points) -> list[tuple[int, float | str]]:
    rows = zip(points.times.tolist(), points.values.tolist(), points.stale.tolist(), strict=True)
    return [(at, "stale" if stale else value) for at, value, stale in rows]


def test_samples_are_there_again_after_a_restart(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.store.commit(SHOP, START, [(A, 1.0), (B, 2.0)])
    kept.store.commit(SHOP, START + 1, [(A, 3.0), (B, 4.0)])
    kept.store.commit(SHOP, START + 2, [(A, 5.0)])
    kept.store.append(C, START, 7.0)
    kept.store.append(C, START + 5, 0.0, stale=True)
    before = kept.all()
    kept.crash()
    again = Kept(tmp_path)
    assert again.all() == before
    assert before["b"] == [(START, 2.0), (START + 1, 4.0), (START + 2, "stale")]
    assert before["c"] == [(START, 7.0), (START + 5, "stale")]
    again.keeper.close()


def test_a_target_goes_on_where_it_was(tmp_path: Path) -> None:
    """Also where its samples are in a block: what ended while nobody looked ends with the next scrape."""
    kept = Kept(tmp_path)
    kept.store.commit(SHOP, START, [(A, 1.0), (B, 2.0)])
    assert kept.keeper.cut()
    kept.crash()
    again = Kept(tmp_path)
    again.store.commit(SHOP, START, [(A, 9.0)])
    again.store.commit(SHOP, START + MINUTE, [(A, 2.0)])
    assert again.store.status().refused == {OUT_OF_ORDER: 1}
    assert again.all() == {
        "a": [(START, 1.0), (START + MINUTE, 2.0)],
        "b": [(START, 2.0), (START + MINUTE, "stale")],
    }
    again.keeper.close()


def test_a_block_takes_the_place_of_the_log_and_of_the_memory(tmp_path: Path) -> None:
    kept = Kept(tmp_path, Limits(retention_seconds=60))
    for second in range(4 * COLUMNS):
        kept.store.commit(SHOP, START + second * 1000, [(A, float(second))])
        if second % COLUMNS == 0:
            assert kept.keeper.cut()
    assert kept.store.status().samples <= 2 * COLUMNS
    assert len(list((tmp_path / "wal").iterdir())) == 1
    expected = [(START + second * 1000, float(second)) for second in range(4 * COLUMNS)]
    assert kept.all()["a"] == expected
    assert kept.all(START + 100_000, START + 103_000)["a"] == expected[100:104]
    kept.crash()
    again = Kept(tmp_path)
    assert again.all()["a"] == expected
    again.keeper.close()


EVENTS = st.lists(
    st.one_of(
        st.dictionaries(st.sampled_from("abcde"), st.floats(allow_nan=False), max_size=5),
        st.tuples(st.sampled_from("xyz"), st.floats(allow_nan=False)),
        st.sampled_from(["cut", "crash", "gap"]),
    ),
    max_size=40,
)


@settings(max_examples=40)
@given(EVENTS)
def test_no_history_of_blocks_and_crashes_changes_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, events: list[dict[str, float] | tuple[str, float] | str]
) -> None:
    directory = tmp_path_factory.mktemp("samples")
    limits = Limits(retention_seconds=600)
    plain, kept = Store(Limits(retention_seconds=1e9)), Kept(directory, limits)
    at = START
    for event in events:
        at += MINUTE
        if event == "cut":
            assert kept.keeper.cut()
        elif event == "crash":
            kept.crash()
            kept = Kept(directory, limits)
        elif event == "gap":
            at += HOUR // 2
        for store in (plain, kept.store):
            if isinstance(event, dict):
                store.commit(SHOP, at, [(series(name), value) for name, value in event.items()])
            elif isinstance(event, tuple):
                store.append(series(event[0]), at, event[1])
    found = plain.select([Matcher("__name__", Op.NOT_EQUAL, "")], 0, 2**60)
    assert kept.all() == {label.get(points.labels, "__name__"): shown(points) for points in found}
    kept.keeper.close()


WRITER = """
import sys, time
from pathlib import Path
from typing import NamedTuple
from opsguide.kernel.ports import Sample
from opsguide.telemetry.embedded import Embedded
engine = Embedded(directory=Path(sys.argv[1]))
number = 0
while True:
    at = time.time_ns() // 1_000_000
    engine.ingest([Sample({"__name__": "n"}, float(number))], at, {"job": "writer"})
    print(number, at, flush=True)
    number += 1
    time.sleep(0.01)
"""


def test_a_killed_process_loses_a_second_at_most(tmp_path: Path) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=os.environ
    )
    assert writer.stdout is not None
    written = [writer.stdout.readline().split() for _ in range(250)]
    writer.send_signal(signal.SIGKILL)
    written += [line.split() for line in writer.stdout.read().splitlines()]
    writer.wait(timeout=10)
    writer.stdout.close()
    taken = [(int(line[1]), float(line[0])) for line in written]
    with Embedded(directory=tmp_path) as engine:
        (found,) = engine.select([Matcher("__name__", Op.EQUAL, "n")], 0, 2**60)
        kept = shown(found)
    assert kept == taken[: len(kept)], "what is there is what was written, in order and without a gap"
    # The promise is a second from sample to disk; this machine may take a while for the sync itself.
    assert taken[-1][0] - kept[-1][0] < 1000 + 500


@pytest.mark.parametrize("cut", [1, 5, 12])
def test_a_torn_end_of_the_log_costs_what_was_torn_and_is_said(tmp_path: Path, cut: int) -> None:
    kept = Kept(tmp_path)
    for second in range(10):
        kept.store.commit(SHOP, START + second, [(A, float(second))])
    kept.crash()
    (segment,) = (tmp_path / "wal").iterdir()
    segment.write_bytes(segment.read_bytes()[:-cut])
    again = Kept(tmp_path)
    assert again.all()["a"] == [(START + second, float(second)) for second in range(9)]
    (said,) = again.keeper.torn
    assert str(segment) in said
    assert "torn" in said
    again.store.commit(SHOP, START + 100, [(A, 100.0)])
    again.crash()
    assert Kept(tmp_path).all()["a"][-1] == (START + 100, 100.0)


def test_a_flipped_bit_in_the_log_ends_its_reading_there(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    for second in range(10):
        kept.store.commit(SHOP, START + second, [(A, float(second))])
    kept.crash()
    (segment,) = (tmp_path / "wal").iterdir()
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)
    again = Kept(tmp_path)
    found = again.all()["a"]
    assert 0 < len(found) < 10
    assert found == [(START + second, float(second)) for second in range(len(found))]
    assert "cannot be read" in again.keeper.torn[0]
    again.keeper.close()


def two_blocks(directory: Path) -> list[Path]:
    kept = Kept(directory)
    for second in range(10):
        kept.store.commit(SHOP, START + second * 1000, [(A, float(second)), (B, 0.5)])
        if second in (4, 9):
            assert kept.keeper.cut()
    kept.crash()
    return sorted((directory / "blocks").iterdir())


@pytest.mark.parametrize("damage", ["emptied", "cut", "footer"])
def test_a_damaged_block_is_set_aside_and_the_others_are_read(tmp_path: Path, damage: str) -> None:
    first, _ = two_blocks(tmp_path)
    data = first.read_bytes()
    broken = {"emptied": b"", "cut": data[:-3], "footer": data[:-20] + b"x" + data[-19:]}
    first.write_bytes(broken[damage])
    again = Kept(tmp_path)
    assert again.all()["a"] == [(START + second * 1000, float(second)) for second in range(5, 10)]
    assert again.keeper.problems[0].startswith(f"{first}: the block of samples is damaged")
    assert not first.exists()
    assert first.with_suffix(".block.damaged").exists()
    again.keeper.close()


def test_a_damaged_part_of_a_block_is_noticed_when_it_is_read(tmp_path: Path) -> None:
    first, _ = two_blocks(tmp_path)
    data = bytearray(first.read_bytes())
    data[3] ^= 1
    first.write_bytes(data)
    again = Kept(tmp_path)
    assert not again.keeper.problems
    assert again.all()["a"] == [(START + second * 1000, float(second)) for second in range(5, 10)]
    assert "does not fit its checksum" in again.keeper.problems[0]
    again.keeper.close()


class FullDisk:
    """A real disk of no room: /dev/full in place of the segment's file."""

    def __init__(self, kept: Kept) -> None:
        segment = kept.keeper._segment
        self._descriptor = segment._descriptor
        self._segment = segment
        segment._descriptor = os.open("/dev/full", os.O_WRONLY)

    def end(self) -> None:
        os.close(self._segment._descriptor)
        self._segment._descriptor = self._descriptor


def test_a_full_disk_is_said_and_costs_nothing_once_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept(tmp_path)
    kept.store.commit(SHOP, START, [(A, 1.0)])
    kept.keeper.sync()
    full = FullDisk(kept)
    monkeypatch.setattr(os, "ftruncate", lambda *_: None)  # a device has no length
    kept.store.commit(SHOP, START + 1, [(A, 2.0)])
    kept.keeper.sync()
    assert "No space left on device" in kept.keeper.problems[0]
    assert kept.all()["a"] == [(START, 1.0), (START + 1, 2.0)], "rules go on"
    full.end()
    kept.store.commit(SHOP, START + 2, [(A, 3.0)])
    assert kept.keeper.cut()
    assert kept.keeper.problems == ()
    kept.crash()
    again = Kept(tmp_path)
    assert again.all()["a"] == [(START, 1.0), (START + 1, 2.0), (START + 2, 3.0)]
    again.keeper.close()


def test_what_cannot_be_kept_for_long_is_refused_and_counted() -> None:
    store = Store()
    store.commit(SHOP, START, [(A, 1.0)])
    store.full = True
    store.commit(SHOP, START + 1, [(A, 1.0)])
    store.append(B, START, 1.0)
    assert store.status().refused == {DISK_FULL: 2}
    store.full = False
    store.commit(SHOP, START + 2, [(A, 1.0)])
    assert store.status().samples == 2


class Past(NamedTuple):
    labels: dict[str, str]
    times: Times
    values: Values


def past(name: str, start: int, count: int, every: int = 15_000) -> Past:
    times = np.arange(start, start + count * every, every, dtype=np.int64)
    return Past({"__name__": name}, times, np.arange(count, dtype=np.float64))


def test_samples_of_before_are_read_like_others(tmp_path: Path) -> None:
    with Embedded(directory=tmp_path) as engine:
        engine.ingest([Sample({"__name__": "a"}, 1e6)], START, {})
        engine.backfill([past("a", START - 14 * DAY, 14 * 5760), past("b", START - DAY, 10)])
        assert engine.instant("a", START - 14 * DAY + 30_000)[0].value == 2.0
        assert engine.instant("count_over_time(a[15d])", START)[0].value == 14 * 5760 + 1
        assert engine.instant("a", START)[0].value == 1e6
    with Embedded(directory=tmp_path) as engine:
        assert engine.instant("count_over_time(a[15d])", START)[0].value == 14 * 5760 + 1


def test_where_they_overlap_what_came_live_stands(tmp_path: Path) -> None:
    with Embedded(directory=tmp_path) as engine:
        for index in range(3):
            engine.ingest([Sample({"__name__": "a"}, -1.0)], START + index * MINUTE, {})
        engine.backfill([past("a", START - MINUTE, 16)])
        (found,) = engine.select([Matcher("__name__", Op.EQUAL, "a")], 0, 2**60)
    assert [value for _, value in shown(found)] == [0, 1, 2, 3, -1, -1, -1, 13, 14, 15]


@pytest.mark.parametrize(
    ("past_one", "said"),
    [
        (Past({"__name__": "a"}, np.array([2, 1]), np.array([1.0, 1.0])), "do not ascend"),
        (Past({"__name__": "a"}, np.array([1, 1]), np.array([1.0, 1.0])), "do not ascend"),
        (Past({"__name__": "a"}, np.array([1]), np.array([1.0, 1.0])), "do not ascend"),
    ],
)
def test_bad_samples_of_before_are_refused(tmp_path: Path, past_one: Past, said: str) -> None:
    with Embedded(directory=tmp_path) as engine, pytest.raises(OpsguideError, match=said):
        engine.backfill([past_one])
    with pytest.raises(OpsguideError, match="need a data directory"):
        Embedded().backfill([past_one])


def test_old_samples_go_and_recorded_ones_are_thinned_out(tmp_path: Path) -> None:
    archive = Archive(tmp_path, Keeping(raw_seconds=30 * 86400, recorded_seconds=60 * 86400))
    count = 2 * 5760
    archive.backfill(
        [
            Points(series(name), one.times, one.values, np.zeros(count, np.bool_))
            for name in ("raw", "promise:value")
            for one in [past(name, START, count)]
        ]
    )
    archive.tidy(START + 20 * DAY)
    everything = [Matcher("__name__", Op.NOT_EQUAL, "")]
    assert len(archive.select(everything, 0, 2**60, NEVER)) == 2
    archive.tidy(START + 40 * DAY)
    (left,) = archive.select(everything, 0, 2**60, 2**60)
    assert label.get(left.labels, "__name__") == "promise:value"
    assert len(left.times) == 2 * 288
    assert left.values.tolist() == [20.0 * span + 19 for span in range(2 * 288)]
    archive.tidy(START + 70 * DAY)
    assert archive.select(everything, 0, 2**60, 2**60) == []
    assert list(tmp_path.iterdir()) == []


def test_the_blocks_of_a_day_become_one(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    for hour in range(30):
        kept.store.commit(SHOP, START + hour * HOUR, [(A, float(hour)), *([(B, 1.0)] if hour % 7 else [])])
        assert kept.keeper.cut()
    before = kept.all()
    assert len(kept.keeper.archive.blocks) == 1 + 6
    assert [value for _, value in before["a"]] == list(range(30))
    kept.crash()
    again = Kept(tmp_path)
    assert again.all() == before
    again.keeper.close()


def test_reading_while_blocks_are_made_loses_nothing(tmp_path: Path) -> None:
    """Readers and the block maker race; what was taken in must always be whole."""
    store = Store(Limits(retention_seconds=30))
    keeper = Keeper(tmp_path, store, Keeping(), Rhythm(sync_seconds=0.01, look_seconds=0.01, block_cells=50))
    until = time.monotonic() + 1.5
    taken = 0
    while time.monotonic() < until:
        store.commit(SHOP, START + taken * 1000, [(A, float(taken))])
        taken += 1
        matchers = [Matcher("__name__", Op.EQUAL, "a")]
        newest = store.select(matchers, 0, 2**60)
        (found,) = keeper.archive.select(matchers, 0, 2**60, store.complete_since, newest)
        assert len(found.times) == taken
    assert len(keeper.archive.blocks) > 2
    keeper.close()


def test_pushed_samples_are_there_again_after_a_restart(tmp_path: Path) -> None:
    """Also when series went between: the log's numbers are not the store's."""
    with Embedded(directory=tmp_path) as engine:
        pushes = engine.pushes()
        for index in range(200):
            rows = [series("a", job="x", n=str(number)) for number in range(index % 7 + 1)]
            at = START + index * 15_000
            pushes.push(
                pushes.numbers(rows),
                np.full(len(rows), at),
                np.arange(len(rows), dtype=np.float64) + index,
                np.zeros(len(rows), np.bool_),
            )
        before = engine.select([Matcher("__name__", Op.EQUAL, "a")], 0, 2**60)
        assert [len(points.times) for points in before] == [200, 171, 142, 113, 84, 56, 28]
    with Embedded(directory=tmp_path) as again:
        after = again.select([Matcher("__name__", Op.EQUAL, "a")], 0, 2**60)
    assert [shown(points) for points in after] == [shown(points) for points in before]


def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    with pytest.raises(OpsguideError, match="cannot be used for samples") as caught:
        Embedded(directory=tmp_path / "taken")
    assert caught.value.where == str(tmp_path / "taken")


def test_what_else_lies_in_the_folder_is_left_alone(tmp_path: Path) -> None:
    two_blocks(tmp_path)
    strangers = [tmp_path / "wal" / "notes.wal", tmp_path / "blocks" / "copy of 1.block"]
    for path in strangers:
        path.write_text("not ours", encoding="utf-8")
    again = Kept(tmp_path)
    assert len(again.all()["a"]) == 10
    assert again.keeper.cut()
    again.keeper.close()
    assert all(path.exists() for path in strangers)
