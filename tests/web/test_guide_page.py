"""The first page: the guide with the standing of every promise at its line; and one promise in depth."""

import re

import pytest
from litestar.testing import TestClient
from msgspec.structs import replace

from opsguide.guide.adoption import Refuse
from opsguide.guide.promise import Diagnostic, Finding
from opsguide.kernel.promise import Span
from opsguide.web import marks
from tests.cast import (
    ACKNOWLEDGE,
    ERRORS,
    P95,
    PRIMARY,
    PRODUCTION,
    PROMISES,
    RESOLVE,
    SECONDARY,
    SLOW,
    UPTIME,
)
from tests.web.html import text_of
from tests.web.served import TEXT, Served, harbour, lined

BASE = "http://127.0.0.1:8470"


def get(served: Served, path: str) -> str:
    with TestClient(served.app, base_url=BASE) as client:
        answer = client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text


def row(html: str, line: int) -> str:
    """What stands between this line's element and the next one's."""
    return re.split(r'id="L\d', html.split(f'id="L{line}"', 1)[1], maxsplit=1)[0]


def line_of(promise: str) -> int:
    return next(number for number, said in enumerate(TEXT.splitlines(), 1) if promise in said)


def test_every_promise_has_its_mark_at_its_line() -> None:
    html = get(harbour(), "/")
    for promise in PROMISES:
        assert f'href="/promises/{promise.id}"' in row(html, lined(promise).span.line), promise.id


def test_the_document_reads_as_it_was_written() -> None:
    document = (
        get(harbour(), "/").split('<article class="document"', 1)[1].split(">", 1)[1].split("</article>")[0]
    )
    seen = text_of(document)
    for said in ("How we keep the harbour's shop running.", "Where things are", "15 minutes", "p95 <200ms"):
        assert said in seen


def test_a_mark_says_standing_value_limit_and_age() -> None:
    served = harbour()
    served.evidence(P95, "broken", "430 ms", "200 ms")
    served.clock.advance(180)
    mark = re.sub(r"<[^>]+>", " ", row(get(served, "/"), line_of(P95)))
    assert "broken 430 ms / 200 ms" in " ".join(mark.split())
    assert "3 m" in mark


def test_promises_of_one_line_are_shown_worst_first() -> None:
    served = harbour()
    served.evidence(RESOLVE, "broken", "3 h", "2 h")
    mark = row(get(served, "/"), line_of(ACKNOWLEDGE))
    assert mark.index("s-broken") < mark.index("s-unproven")
    assert "2 promises on this line" in mark


def test_the_header_counts_and_names_what_is_not_kept_and_who_has_it() -> None:
    served = harbour()
    served.evidence(UPTIME, "broken", "97 %", "99.9 %")
    served.go_down()
    html = get(served, "/")
    head = html.split('<header class="head">')[1].split("</header>")[0]
    seen = text_of(head)
    assert "1 broken" in seen
    assert "97 % / 99.9 %" in seen
    assert "INC-1, nobody has it" in seen
    assert 'href="/incidents/INC-1"' in head
    assert "Guide version 1" in seen


def test_the_header_names_the_binding_that_would_prove_most() -> None:
    assert "Bind teams.security.members and 1 line more can be proven." in text_of(get(harbour(), "/"))


def test_a_filter_shows_only_lines_that_stand_so() -> None:
    served = harbour()
    served.evidence(P95, "broken", "430 ms", "200 ms")
    html = get(served, "/?standing=broken")
    assert f'id="L{line_of(P95)}">' in html
    assert f'id="L{line_of(UPTIME)}" hidden' in html
    assert "Showing 1 promise that is broken now" in text_of(html)


def test_a_filter_that_nothing_fits_says_so() -> None:
    assert "No promise that is at risk now." in text_of(get(harbour(), "/?standing=at_risk"))


def test_a_persons_lines_are_the_steps_that_lead_to_them_and_the_incidents_they_were_told_of() -> None:
    served = harbour()
    served.go_down()
    html = get(served, "/?person=ana")
    assert f'id="L{line_of(PRIMARY)}">' in html
    assert f'id="L{line_of(UPTIME)}">' in html
    assert f'id="L{line_of(SECONDARY)}" data-dim' in html
    assert f'id="L{line_of(P95)}" hidden' in html
    assert "Showing 2 promises that ana has to do with" in text_of(html)


def test_filters_add_up_and_one_that_knows_nobody_shows_nothing() -> None:
    served = harbour()
    served.go_down()
    served.evidence(UPTIME, "broken", "97 %", "99.9 %")
    assert "Showing 1 promise that is broken now that ana has" in text_of(
        get(served, "/?person=ana&standing=broken")
    )
    assert "No promise that zoe has to do with" in text_of(get(served, "/?person=zoe"))


def test_an_unknown_standing_is_refused_in_words() -> None:
    with TestClient(harbour().app, base_url=BASE) as client:
        answer = client.get("/?standing=purple")
    assert answer.status_code == 400
    assert "standing" in text_of(answer.text)


def test_contents_lead_to_chapters_and_count_what_is_wrong_there() -> None:
    served = harbour()
    served.evidence(P95, "broken", "430 ms", "200 ms")
    contents = get(served, "/").split('<nav class="contents"')[1].split("</nav>")[0]
    assert 'href="#s-monitoring"' in contents
    assert 'title="1 broken"' in contents


def test_a_refused_newer_text_is_a_banner_with_its_diagnostics() -> None:
    served = harbour()
    wrong = Diagnostic(level="error", code="x", message="this duration is not one", line=9, hint="write 5m")
    served.do(Refuse(diagnostics=(wrong,), digest="d"))
    seen = text_of(get(served, "/"))
    assert "A newer text was refused" in seen
    assert "Version 1 stays in force" in seen
    assert "Line 9 this duration is not one write 5m" in seen


def test_findings_stand_quietly_at_their_lines() -> None:
    served = Served()
    line = line_of(SLOW)
    finding = Finding(rule="r", kind="conflict", message="`500ms` here, 300 there", spans=(Span(line, line),))
    served.adopt(promises=[lined(one) for one in PROMISES], findings=[finding])
    assert "<b>Conflict</b> <code>500ms</code> here, 300 there" in row(get(served, "/"), line)


def test_without_a_guide_it_says_what_would_be_here() -> None:
    seen = text_of(get(Served(), "/"))
    assert "No guide is in force yet" in seen
    assert "opsguide serve" in seen


def test_a_guide_with_no_lines_at_all_is_a_page() -> None:
    served = Served()
    served.adopt(text="", promises=PROMISES[:1])
    assert "Promises without a line of their own" in text_of(get(served, "/"))


def test_a_promise_in_depth_says_standing_reason_source_and_history() -> None:
    served = harbour()
    served.evidence(P95, "kept", "143 ms", "200 ms")
    served.clock.advance(60)
    served.evidence(P95, "broken", "430 ms", "200 ms")
    seen = text_of(get(served, f"/promises/{P95}"))
    assert "broken 430 ms / 200 ms" in seen
    assert "Measured as broken." in seen
    assert "23 Nov 2026, 03:01:00 UTC" in seen
    assert "kept: measured as kept (143 ms / 200 ms)" in seen
    assert f"{line_of(P95)} - **Response times**" in seen
    assert "percentile 95" in seen


def test_an_unbound_promise_says_what_binds_it() -> None:
    html = get(harbour(), "/promises/incidents.step.escalation")
    assert "[teams.security]\nmembers = [&#34;…&#34;]" in html
    assert "nobody is bound to @security" in text_of(html).casefold()


def test_the_sheet_of_a_promise_is_what_the_drawer_takes() -> None:
    html = get(harbour(), f"/promises/{ERRORS}")
    sheet = html.split("data-sheet", 1)[1].split("</article>")[0]
    assert "What happened" in sheet
    assert f'data-from="/promises/{ERRORS}"' in sheet


def test_a_promise_that_is_not_there_says_what_next() -> None:
    with TestClient(harbour().app, base_url=BASE) as client:
        answer = client.get("/promises/nothing")
    assert answer.status_code == 404
    assert "no promise 'nothing'" in text_of(answer.text)


def test_what_a_guide_says_is_never_markup_of_the_page() -> None:
    served = Served()
    evil = "<script>alert(1)</script>"
    served.adopt(text=f"# {evil}\n\n- {evil}\n", promises=[lined(PROMISES[0])])
    served.evidence(PROMISES[0].id, "broken", evil, evil)
    for path in ("/", f"/promises/{PROMISES[0].id}"):
        assert "<script>alert" not in get(served, path)


def test_the_page_carries_no_inline_style_or_script() -> None:
    html = get(harbour(), "/")
    assert "style=" not in html
    assert "<style" not in html
    assert not re.search(r"<script(?![^>]* src=)", html)
    assert not re.search(r"\son\w+=", html)


def test_an_environment_is_unproven_until_it_answers() -> None:
    assert "s-unproven" in row(get(harbour(), "/"), line_of(PRODUCTION))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "On Sundays, for at most 4 hours.\nCustomers are told.",
            "On Sundays, for at most 4 hours. Customers are told.",
        ),
        ("Frequency: on Sundays\nDuration: 4 hours", "Frequency: on Sundays, Duration: 4 hours"),
        ("Backups | daily", "Backups, daily"),
    ],
)
def test_a_statement_of_several_lines_reads_as_one(text: str, said: str) -> None:
    assert marks.said(replace(next(one for one in PROMISES if one.id == UPTIME), text=text)) == said
