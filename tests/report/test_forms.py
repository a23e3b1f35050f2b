"""The forms of a report: the same facts in each, nothing of the guide's words taken for markup."""

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from markdown_it import MarkdownIt
from typer.testing import CliRunner

from opsguide.app.report import data, markdown, oscal, page
from opsguide.app.report.model import Report
from opsguide.cli import app
from opsguide.kernel.errors import OpsguideError
from tests.cast import P95
from tests.report.lived import a_month, a_world, kept, reported


@pytest.fixture
async def november(tmp_path: Path) -> Report:
    return await reported(a_month(), tmp_path)


# HTML and PDF


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)
        self.loaded += [value or "" for name, value in attrs if name in ("src", "href", "action")]
        if tag == "script":
            self.loaded.append("a script")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


async def test_the_html_needs_nothing_else(november: Report) -> None:
    html = page.html(november)
    links = Links()
    links.feed(html)
    assert links.loaded == []
    assert links.open == []
    assert "url(" not in html
    assert "slow | &lt;b&gt;very&lt;/b&gt;" in html
    assert "Carla &lt;Nord&gt;" in html
    assert (
        html.index("2 of 19 promises were broken")
        < html.index("<h2>Broken</h2>")
        < html.index("Every promise")
    )
    assert november.head.hash.hex() in html.split("The chain ends", 1)[1]


async def test_the_pdf_is_the_same_on_paper(november: Report) -> None:
    made = page.pdf(november)
    assert made.startswith(b"%PDF-")
    assert made.rstrip().endswith(b"%%EOF")
    assert len(made) > 10_000


async def test_without_weasyprint_the_error_says_what_to_install(
    november: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(OpsguideError) as error:
        page.pdf(november)
    assert "opsguide[pdf]" in error.value.hint


# Markdown


async def test_the_markdown_is_a_document_of_tables_and_no_markup_of_others(november: Report) -> None:
    text = markdown.text(november)
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    assert not [t for t in tokens if t.type.startswith("html")]
    inline = [child for t in tokens if t.type == "inline" for child in t.children or ()]
    assert not [child for child in inline if child.type in ("html_inline", "em_open", "link_open")]
    rows = [len(re.findall(r"(?<!\\)\|", line)) for line in text.splitlines() if line.startswith("|")]
    assert set(rows) == {8, 6}, "words with a | keep their cell"
    heads = [
        t.content
        for t in tokens
        if t.type == "inline" and t.level == 1 and t.map and text.splitlines()[t.map[0]].startswith("#")
    ]
    assert heads[:2] == ["harbour: November 2026", "Promises"]


# JSON


async def test_the_json_is_its_contract(november: Report) -> None:
    told = msgspec.json.decode(data.text(november))
    assert told["format"] == "opsguide report 1"
    assert (told["month"], told["zone"], told["complete"]) == ("2026-11", "UTC", True)
    p95 = next(one for one in told["promises"] if one["id"] == P95)
    assert p95["seconds"]["broken"] == 4320
    assert p95["broken"][0] == {
        "start": "2026-11-10T12:00:00.000Z",
        "end": "2026-11-10T12:12:00.000Z",
        "reason": "slow | <b>very</b>",
        "value": "430 ms",
        "limit": "< 200 ms",
        "evidence": p95["broken"][0]["evidence"],
    }
    documented = (Path(__file__).parents[2] / "docs" / "reference" / "report.md").read_text("utf-8")
    for key in _keys(told):
        assert f"`{key}`" in documented, f"docs/reference/report.md does not say what `{key}` is"


KINDS = {"kept", "at_risk", "broken", "unproven", "unbound", "by_hand"}


def _keys(told: Any) -> Iterator[str]:
    if isinstance(told, dict):
        for key, value in told.items():
            if key not in KINDS:
                yield key
            yield from _keys(value)
    elif isinstance(told, list):
        for one in told:
            yield from _keys(one)


# OSCAL: what NIST's model of assessment results asks for, version 1.1.3

TOKEN = re.compile(r"^(\p{L}|_)".replace(r"\p{L}", r"[^\W\d]") + r"[\w.\-]*$")
INSTANT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")
KNOWN = {
    "assessment-results": {"uuid", "metadata", "import-ap", "results", "back-matter"},
    "metadata": {
        *("title", "last-modified", "version", "oscal-version", "roles", "parties", "responsible-parties")
    },
    "result": {
        *("uuid", "title", "description", "start", "end", "props", "reviewed-controls"),
        *("observations", "findings"),
    },
    "observation": {
        *("uuid", "title", "description", "props", "methods", "types", "relevant-evidence", "collected")
    },
    "finding": {"uuid", "title", "description", "props", "target", "related-observations"},
    "target": {"type", "target-id", "description", "status"},
}


async def test_the_oscal_has_the_shape_of_assessment_results(november: Report) -> None:
    told = msgspec.json.decode(oscal.text(november))
    assert set(told) == {"assessment-results"}
    results = told["assessment-results"]
    assert set(results) <= KNOWN["assessment-results"]
    assert set(results["metadata"]) <= KNOWN["metadata"]
    assert results["metadata"]["oscal-version"] == "1.1.3"
    (result,) = results["results"]
    assert set(result) <= KNOWN["result"]
    for instant in (results["metadata"]["last-modified"], result["start"], result["end"]):
        assert INSTANT.match(instant)
    controls = {
        one["control-id"]
        for selection in result["reviewed-controls"]["control-selections"]
        for one in selection["include-controls"]
    }
    assert all(TOKEN.match(one) for one in controls)
    seen = {one["uuid"] for one in result["observations"]}
    for one in result["observations"]:
        assert set(one) <= KNOWN["observation"]
        assert set(one["methods"]) <= {"EXAMINE", "INTERVIEW", "TEST", "UNKNOWN"}
        assert INSTANT.match(one["collected"])
        assert all(evidence["description"] for evidence in one["relevant-evidence"])
    for one in result["findings"]:
        assert set(one) <= KNOWN["finding"]
        assert set(one["target"]) == KNOWN["target"]
        assert one["target"]["type"] == "objective-id"
        assert one["target"]["target-id"] in controls
        assert one["target"]["status"]["state"] in ("satisfied", "not-satisfied")
        assert {each["observation-uuid"] for each in one.get("related-observations", ())} <= seen
    assert len(result["findings"]) == len(november.promises)
    resources = {one["uuid"] for one in results["back-matter"]["resources"]}
    assert results["import-ap"]["href"].removeprefix("#") in resources
    _uuids_are_of_version_5_and_unique(told)
    _texts_are_not_empty(told)


def _uuids_are_of_version_5_and_unique(told: Any) -> None:
    found = [value for key, value in _pairs(told) if key == "uuid"]
    assert len(found) == len(set(found))
    assert {UUID(one).version for one in found} == {5}


def _texts_are_not_empty(told: Any) -> None:
    for key, value in _pairs(told):
        if isinstance(value, str):
            assert value == value.strip() != "", key
        elif isinstance(value, list):
            assert value, f"{key}: OSCAL knows no empty list"


def _pairs(told: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(told, dict):
        for key, value in told.items():
            yield key, value
            yield from _pairs(value)
    elif isinstance(told, list):
        for one in told:
            yield from _pairs(one)


async def test_oscal_says_satisfied_only_where_evidence_does(november: Report) -> None:
    told = msgspec.json.decode(oscal.text(november))["assessment-results"]["results"][0]
    states = {
        next(p["value"] for p in one["props"] if p["name"] == "standing"): one["target"]["status"]
        for one in told["findings"]
    }
    assert {kind: status["state"] for kind, status in states.items()} == {
        "kept": "satisfied",
        "by_hand": "satisfied",
        "broken": "not-satisfied",
        "unproven": "not-satisfied",
        "unbound": "not-satisfied",
    }
    assert states["broken"]["reason"] == "fail"
    assert states["unproven"]["reason"] == states["unbound"]["reason"] == "other"


async def test_the_same_month_of_the_same_ledger_has_the_same_identifiers(tmp_path: Path) -> None:
    world = a_month()
    first = await reported(world, tmp_path / "one")
    source = await kept(world, tmp_path / "two")
    again = oscal.text(first)
    assert again == oscal.text(first)
    other = oscal._Writer(await reported(world, tmp_path / "three")).document()
    mine = oscal._Writer(first).document()
    assert (other["uuid"] == mine["uuid"]) == (source.hash_at(1).hex() == first.origin)
    assert oscal.token("a b/c@d") == "a_b_c_d"
    assert oscal.token("24h") == "_24h"


async def test_an_empty_report_is_still_valid(tmp_path: Path) -> None:
    report = await reported(a_month(), tmp_path, "2026-09")
    told = msgspec.json.decode(oscal.text(report))
    _texts_are_not_empty(told)
    assert "include-all" in str(told["assessment-results"]["results"][0]["reviewed-controls"])
    assert "nothing to report" in markdown.text(report)
    assert "nothing to report" in page.html(report)
    assert page.pdf(report).startswith(b"%PDF-")


# The command


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["report", *arguments])
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("r.html", b"<!doctype html>"),
        ("r.pdf", b"%PDF-"),
        ("r.md", b"# harbour"),
        ("r.json", b'{\n  "format"'),
        ("r.oscal.json", b'{\n  "assessment-results"'),
        ("r", b"# harbour"),
    ],
)
async def test_the_name_of_the_file_chooses_the_form(tmp_path: Path, name: str, start: bytes) -> None:
    await kept(a_month(), tmp_path / "data")
    out = tmp_path / name
    code, said = run(
        "--month",
        "2026-11",
        "--as-of",
        "2026-11-26T00:00:00Z",
        "--data",
        str(tmp_path / "data"),
        "--output",
        str(out),
    )
    assert code == 0, said
    assert out.read_bytes().startswith(start)
    assert out.stat().st_mode & 0o777 == 0o600, "it quotes people"
    assert not out.with_name(f"{name}.part").exists()


async def test_a_form_may_be_named(tmp_path: Path) -> None:
    await kept(a_world(), tmp_path)
    code, said = run("--month", "2026-10", "--format", "json", "--data", str(tmp_path))
    assert code == 0
    assert msgspec.json.decode(said)["month"] == "2026-10"


async def test_what_cannot_be_is_refused_without_a_file(tmp_path: Path) -> None:
    await kept(a_world(), tmp_path)
    out = tmp_path / "none" / "r.html"
    assert run("--month", "2026-10", "--data", str(tmp_path), "--output", str(out))[0] != 0
    assert not out.parent.exists()
    assert run("--month", "2026-99", "--data", str(tmp_path))[0] != 0
