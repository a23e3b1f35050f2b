"""Guide changes: what each version meant, who put it in force, what was refused; each readable as adopted."""

import pytest
from litestar.testing import TestClient

from opsguide.guide.adoption import Refuse
from opsguide.guide.promise import Diagnostic
from opsguide.guide.values import ClockValues, Objective
from opsguide.web import changes
from tests.cast import ACKNOWLEDGE, P95, PROMISES, SLOW
from tests.web.served import TEXT, Served, lined
from tests.web.test_guide_page import BASE, get
from tests.world import a_promise


def at_line(served: Served) -> None:
    """Version 2: slower, tighter acknowledgement, without one alert."""
    changed = {
        P95: a_promise(P95, Objective(signal="response_time", percentile=95, op="<", seconds=0.3)),
        ACKNOWLEDGE: a_promise(
            ACKNOWLEDGE,
            ClockValues(severity="critical", clock="acknowledge", seconds=600),
            keeper="incidents",
            control="deadline",
        ),
    }
    promises = [changed.get(p.id, lined(p)) for p in PROMISES if p.id != SLOW]
    served.adopt(TEXT.replace("<200ms", "<300ms"), promises)


@pytest.fixture
def served() -> Served:
    served = Served()
    served.adopt()
    served.clock.advance(3600)
    wrong = Diagnostic(
        level="error", code="yaml", message="`alerts` is no <mapping>", line=12, hint="indent it"
    )
    served.do(Refuse((wrong,), "0" * 64))
    served.clock.advance(3600)
    at_line(served)
    served.clock.advance(3600)
    return served


def test_each_version_says_what_it_dropped_loosened_and_tightened(served: Served) -> None:
    page = get(served, "/changes")
    second, first = page.split("Version 2", 1)[1].split("Version 1<", 1)
    assert "in force" in second
    assert "It may promise less in some place." in second
    assert "limit: &lt; 200 ms → &lt; 300 ms" in second
    assert "time: 15 minutes → 10 minutes" in second
    assert second.index(">1</span> dropped") < second.index(">1</span> loosened") < second.index("tightened")
    assert f'href="/promises/{SLOW}"' not in second, "a dropped promise has no page any more"
    assert f'href="/promises/{P95}"' in second
    assert "The first version that was put in force." in first


def test_a_refused_text_is_shown_with_its_lines(served: Served) -> None:
    page = get(served, "/changes")
    refused = page.split("A text was refused", 1)[1].split("</li>")[0]
    assert "Line 12" in refused
    assert "<code>alerts</code> is no &lt;mapping&gt;" in refused


def test_a_version_can_be_read_as_it_was_adopted(served: Served) -> None:
    page = get(served, "/changes")
    assert 'href="/?as-of=2026-11-23T03:00:00.000Z"' in page
    with TestClient(served.app, base_url=BASE) as client:
        assert "p95 &lt;200ms" in client.get("/?as-of=2026-11-23T03:00:00.000Z").text
        text = client.get("/api/v1/guide/versions/1")
        assert text.json()["text"] == TEXT
        assert "<300ms" in client.get("/api/v1/guide/versions/2").json()["text"]
        assert client.get("/api/v1/guide/versions/3").status_code == 404


def test_the_api_lists_them_newest_first(served: Served) -> None:
    with TestClient(served.app, base_url=BASE) as client:
        second, refused, first = client.get("/api/v1/guide/versions").json()["items"]
        assert (second["version"], refused["refused"], first["version"]) == (2, True, 1)
        assert [(one["kind"], one["promise"]) for one in second["changes"]] == [
            ("dropped", SLOW),
            ("loosened", P95),
            ("tightened", ACKNOWLEDGE),
        ]
        assert refused["diagnostics"] == ["line 12: `alerts` is no <mapping>"]
        then = client.get("/api/v1/guide/versions", params={"as-of": "2026-11-23T04:30:00Z"}).json()["items"]
        assert [one["seq"] for one in then] == [refused["seq"], first["seq"]]


def test_a_version_that_came_after_the_first_look_is_there_at_the_next_one(served: Served) -> None:
    with TestClient(served.app, base_url=BASE) as client:
        assert "Version 3" not in client.get("/changes").text
        served.adopt()
        page = client.get("/changes").text
        assert "Version 3" in page
        assert page.count("in force</span>") == 1


def test_what_means_the_same_says_so() -> None:
    served = Served()
    served.adopt()
    served.adopt(TEXT + "\nMore words.\n")
    assert "Changed: the guide. It means what the one before it meant." in get(served, "/changes")


def test_many_versions_come_by_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "PAGE", 3)
    served = Served()
    for number in range(7):
        served.adopt(TEXT + "\n" * number)
    page = get(served, "/changes")
    assert [f"Version {n}" in page for n in (7, 5, 4)] == [True, True, False]
    assert 'href="/changes?before=5"' in page
    assert "Version 4" in get(served, "/changes?before=5")
    assert "Version 1" in get(served, "/changes?before=2")


def test_without_any_it_says_what_would_be_here() -> None:
    assert "No version yet" in get(Served(), "/changes")
