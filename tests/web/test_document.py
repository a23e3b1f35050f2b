"""The guide as a page: every word of it is there, in its order, and nothing of it is markup of ours."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from opsguide.kernel.promise import Span
from opsguide.web.document import Page, Place, typeset
from tests.web.html import text_of


def shown(page: Page) -> str:
    return f"<h1>{page.title}</h1>" + page.html(lambda _: "")


def words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text)


def place(page: Page, line: int, name: str = "") -> Place:
    found = page.place_of(line, name)
    assert found is not None
    return found


def test_the_original_guide_reads_as_it_was_written(shared: Path) -> None:
    text = (shared / "seed" / "operations-guide.md").read_text(encoding="utf-8")
    source = re.sub(r"(?m)^(#+ |\d+\. |```$|- )|\*\*|`", "", text)
    seen = text_of(shown(typeset(text)))
    assert sorted(set(words(source)) - set(words(seen))) == []
    ordered = [word for word in words(re.sub(r"(?s)mermaid.*?Release", "Release", source)) if len(word) > 3]
    rest = re.sub(r"(?s)PR Created.*?Release", "Release", seen, count=1)
    assert [word for word in words(rest) if len(word) > 3] == ordered


def test_code_is_shown_line_by_line_as_code_with_its_white_space() -> None:
    page = typeset("```yaml\nalerts:\n  high:   5%\n\n  low: <1%\n```\n")
    html = shown(page)
    assert "<code>  high:   5%</code>" in html
    assert "<code>  low: &lt;1%</code>" in html
    assert "<figcaption>yaml</figcaption>" in html
    assert place(page, 3).span == Span(3, 3)


def test_html_in_the_document_is_text_and_scripts_do_not_run() -> None:
    html = shown(
        typeset(
            "# T\n\na <script>alert(1)</script> b\n\n<script>\nalert(2)\n</script>\n\n<b onclick=x>c</b>\n"
        )
    )
    assert "<script" not in html
    assert "<b onclick" not in html
    assert "alert(2)" in html


@pytest.mark.parametrize(
    "link", ["[a](javascript:alert%281%29)", "[a](data:text/html,x)", "<javascript:x>", "![a](javascript:x)"]
)
def test_links_that_would_run_something_are_no_links(link: str) -> None:
    assert 'href="javascript' not in shown(typeset(link))
    assert 'href="data' not in shown(typeset(link))


def test_images_are_links_so_that_nothing_is_fetched_from_elsewhere() -> None:
    html = shown(typeset("![the map](https://example.org/map.png)"))
    assert "<img" not in html
    assert 'href="https://example.org/map.png"' in html


def test_html_tables_are_rebuilt_with_a_place_for_each_row() -> None:
    page = typeset(
        "<table>\n<tr><th>What</th><th>Goal</th></tr>\n<tr><td onclick=x>Uptime</td>\n<td>99.9%</td></tr>\n</table>\n"
    )
    html = shown(page)
    assert "onclick" not in html
    assert "<td>Uptime</td>" in html
    assert place(page, 4).span == Span(3, 4)
    assert place(page, 4).kind == "row"


@pytest.mark.parametrize(
    "bad", ["<table><tr><td>x", "<table></td></tr></table>", "</div></main><table><td>y</table>"]
)
def test_broken_html_tables_stay_inside_their_box(bad: str) -> None:
    html = shown(typeset(f"{bad}\n\nafter\n"))
    text_of(html)
    assert html.count("<div") == html.count("</div")


def test_what_typesetting_would_lose_is_shown_as_written() -> None:
    page = typeset(
        "| a | b |\n|---|---|\n| 1 | 2 | spilled |\n\nsee [x][here]\n\n[here]: https://example.org 'quiet'\n"
    )
    assert "spilled" in shown(page)
    assert "quiet" in shown(page)


def test_rows_items_paragraphs_and_lines_of_code_are_places() -> None:
    page = typeset("# T\n\npara\n\n- one\n  - two\n- three\n\n| a |\n|---|\n| r |\n\n```\nx\ny\n```\n")
    lines = {one.span.line: one.kind for one in page.places}
    assert lines == {3: "text", 5: "text", 6: "text", 7: "text", 11: "row", 14: "code", 15: "code"}


def test_a_line_between_places_belongs_to_the_one_before() -> None:
    page = typeset("first\n\n---\n\n- item\n")
    assert place(page, 3).span.line == 1
    assert typeset("").place_of(1) is None


def test_stages_of_a_pipeline_that_share_a_line_are_told_apart() -> None:
    page = typeset("```mermaid\ngraph LR\n  A[Build] --> B[Run tests]\n  B -->|green| C[Deploy]\n```\n")
    assert place(page, 3, "build").name == "build"
    assert place(page, 3, "run tests").name == "run tests"
    html = shown(page)
    assert html.index(">Build<") < html.index(">Run tests<") < html.index(">Deploy<")
    assert "green" in html
    assert "--&gt;|green| C[Deploy]" in html


def test_a_pipeline_that_goes_back_is_drawn_once() -> None:
    html = shown(typeset("```mermaid\nflowchart TD\nA --> B\nB --> C\nC -->|failed| A\n```\n"))
    assert html.count('class="rank"') == 3
    assert "→ A <em>failed</em>" in html


def test_branches_stand_side_by_side_and_say_where_they_lead() -> None:
    html = shown(typeset("```mermaid\ngraph LR\nA --> B & C\nB --> D\nC --> D\nA --> D\n```\n"))
    ranks = [re.findall(r'"name">(\w)<', rank) for rank in html.split('class="rank"')[1:]]
    assert ranks == [["A"], ["B", "C"], ["D"]]
    assert "→ D" in html.partition('class="rank"')[2].partition('class="rank"')[0]


def test_a_diagram_of_another_kind_is_shown_as_its_source() -> None:
    html = shown(typeset("```mermaid\nsequenceDiagram\n  A->>B: hello\n```\n"))
    assert "<code>  A-&gt;&gt;B: hello</code>" in html


def test_headings_reach_to_the_next_of_their_level() -> None:
    page = typeset("# T\n\n## A\n\n### A1\n\nx\n\n## B\n\ny\n")
    assert [(one.text, one.span) for one in page.headings] == [
        ("A", Span(3, 8)),
        ("A1", Span(5, 8)),
        ("B", Span(9, 12)),
    ]


def test_headings_of_one_name_have_anchors_of_their_own() -> None:
    page = typeset("## On call\n\n## On call\n")
    assert [one.anchor for one in page.headings] == ["s-on-call", "s-on-call-2"]


def test_front_matter_does_not_take_the_titles_place() -> None:
    page = typeset("---\nowner: ana\n---\n\n# Operations\n\ntext\n")
    assert page.title == "Operations"
    assert "owner: ana" in page.html(lambda _: "")


def test_a_filter_hides_the_rest_and_keeps_the_headings_above() -> None:
    page = typeset("## A\n\n- one\n- two\n\n## B\n\n- three\n")
    html = page.html(lambda _: "", wanted={4})
    assert html.count("hidden") == 5  # one: item and row; B; three: item and row
    assert '<div class="row head" id="L6" hidden>' in html
    assert '<div class="row head" id="L1">' in html


def test_code_is_dimmed_by_a_filter_not_cut() -> None:
    html = typeset("```\na\nb\n```\n").html(lambda _: "", wanted={3})
    assert 'id="L2" data-dim' in html
    assert 'id="L3">' in html


BITS = st.sampled_from(
    [
        *(
            "zorp",
            "quib",
            "snark",
            "plim",
            "**",
            "*",
            "_",
            "`",
            "``",
            "~~",
            "[",
            "](",
            ")",
            "![",
            "<",
            ">",
            "|",
        ),
        *(
            "- ",
            "1. ",
            "> ",
            "# ",
            "## ",
            "    ",
            "\t",
            "\n",
            "\n\n",
            "```",
            "```mermaid\ngraph LR\n",
            "---",
            "|---|",
        ),
        *(
            "<table>",
            "<tr>",
            "<td>",
            "</table>",
            "<!--",
            "-->",
            "<div class=x>",
            "&amp;",
            "\\",
            ": ",
            " --> ",
            "\r\n",
        ),
        *("[zorp]: http://plim.example/quib 'snark'\n", "[a][zorp]", "https://zorp.example", "<br>", "=\n"),
    ]
)


@example("<table>zorp<zorp<div class=x>")
@settings(max_examples=400)
@given(st.lists(BITS, max_size=40).map("".join))
def test_no_markdown_crashes_it_or_loses_a_word(text: str) -> None:
    page = typeset(text)
    seen = text_of(shown(page))
    said = re.sub(r"</?[A-Za-z][^<>]*>", " ", text)  # what tags say is for browsers
    for word in ("zorp", "quib", "snark", "plim"):
        wanted = len(re.findall(rf"(?<![^\W_]){word}(?![^\W_])", said))
        assert len(re.findall(word, seen)) >= wanted, word


@settings(max_examples=200)
@given(st.text(max_size=300))
def test_any_text_gives_a_page(text: str) -> None:
    text_of(shown(typeset(text)))
