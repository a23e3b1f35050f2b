"""Figures go into the page with their machine, and no others do."""

import socket
from pathlib import Path

import pytest

from bench.__main__ import modules
from bench.machine import machine
from bench.page import BEGIN, END, NotWritten, write

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
ROW = {
    "bench": "bench_telemetry",
    "name": "rules|1,000",
    "value": 1234.6,
    "unit": "ms",
    "peer": "prometheus: 160 ms",
    "ratio": 0.5,
    "goal": "< 80",
    "met": False,
}
RUN = {"machine": {"processor": "a fast one"}, "words": [], "rows": [ROW]}


def test_what_stood_between_the_marks_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Before\n\n{BEGIN}\nold\n{END}\n\nafter\n", encoding="utf-8")
    for _ in range(2):
        write(page, RUN)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Before\n")
    assert text.endswith(f"{END}\n\nafter\n")
    assert "old" not in text
    assert "| processor | a fast one |" in text
    assert "### telemetry" in text
    assert (
        "| rules\\|1,000 | 1,235 ms | < 80, **missed** | 0.50 times as good as prometheus: 160 ms |" in text
    )


def test_a_part_and_a_page_without_marks_are_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing", encoding="utf-8")
    with pytest.raises(NotWritten, match="has no lines"):
        write(page, RUN)
    with pytest.raises(NotWritten, match="only telemetry"):
        write(PAGE, {**RUN, "words": ["telemetry"]})
    assert page.read_text(encoding="utf-8") == "nothing"


def test_the_page_has_its_marks_and_tells_of_every_bench() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.count(BEGIN) == text.count(END) == 1
    missing = [name for name in modules([]) if f"| `{name.removeprefix('bench_')}` |" not in text]
    assert missing == []


def test_the_machine_is_described_without_its_name() -> None:
    found = machine()
    assert all(found.values())
    assert socket.gethostname() not in "".join(found.values())
