"""Expressions that are wrong, hostile or beyond the language: a clear error, and the process lives on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsguide.kernel.errors import QueryError
from opsguide.kernel.matching import compiled_regex, fullmatcher
from opsguide.kernel.promql import NotSupported, tokens, unquoted
from opsguide.telemetry.query.parsing import parse
from opsguide.telemetry.query.syntax import Aggregation, Binary, Call, Number, Selector, Subquery, Text, walk


def error(expression: str) -> QueryError:
    with pytest.raises(QueryError) as caught:
        parse(expression)
    return caught.value


@pytest.mark.parametrize(
    ("expression", "where", "what"),
    [
        ("", "1:1", "no expression found"),
        ("sum(\n  rate(x)\n)", "2:3", "expected type matrix"),
        ("x +", "1:3", "invalid promql query"),
        ("(x", "1:1", "( has no counterpart"),
        ("x]", "1:2", "] has no counterpart"),
        ("a + $x", "1:5", "unexpected character '$'"),
        ('a{b="c}', "1:5", "a string is not closed"),
        ("a + nonsense(b)", "1:5", "unknown function with name 'nonsense'"),
        ("1 > 2", "1:5", "comparisons between scalars must use BOOL modifier"),
        ("a @ nan", "1:5", "timestamp out of bounds"),
    ],
)
def test_the_place_of_what_is_wrong(expression: str, where: str, what: str) -> None:
    found = error(expression)
    assert what in found.what
    assert found.where == f"PromQL {where}"


def test_hints() -> None:
    assert "metric[5m]" in error("rate(x)").hint
    assert "rate(metric[5m])" in error("sum(x[5m])").hint
    assert "bool" in error("1 > 2").hint


@pytest.mark.parametrize(
    "expression",
    [
        "limitk(1, x)",
        "info(x)",
        'info(x, {a=""})',
        "sort_by_label(x, 'a')",
        "double_exponential_smoothing(x[5m], 0.5, 0.5)",
        "histogram_avg(x)",
        "rate(x[5m] anchored)",
        "x smoothed",
        "a + fill(0) b",
        "a + fill_left(0) fill_right(1) b",
        "x[5m + 1m]",
        "x[step()]",
        "x offset (1m)",
        "x offset -(1m * 2)",
        "x </ 5",
        "start()",
    ],
)
def test_what_is_beyond_the_stable_language_is_not_supported(expression: str) -> None:
    found = error(expression)
    assert isinstance(found, NotSupported)
    assert found.what.endswith("not supported")


NESTED = {
    "brackets": "(" * 100_000 + "x" + ")" * 100_000,
    "signs": "-" * 100_000 + "x",
    "sums": "+".join(["x"] * 10_000),
    "powers": "^".join(["2"] * 200),
    "calls": "abs(" * 60 + "x" + ")" * 60,
    "subqueries": "x" + "[1m:1s]" * 5000,
    "letters": "x" * 100_000,
}


@pytest.mark.parametrize("expression", NESTED.values(), ids=list(NESTED))
def test_nesting_that_would_end_the_process_is_refused(expression: str) -> None:
    error(expression)


@pytest.mark.parametrize(
    "expression",
    [
        *(
            "x[1e300]",
            "x[0x7fffffffffffffff]",
            "x[5m:1e300]",
            "x offset Inf",
            "x offset -NaN",
            "x offset 1e300",
        ),
        *("x @ 1e300", "x @ Inf", "x[0]", "x[1e-9]", "x[5m:0]", "x[99999999999y]"),
    ],
)
def test_durations_and_instants_without_end_are_refused(expression: str) -> None:
    error(expression)


def test_what_is_deep_but_allowed_also_runs() -> None:
    parse("(" * 50 + "x" + ")" * 50)
    parse("+".join(["x"] * 151))


def test_nodes_know_where_they_start() -> None:
    source = 'sum by (sum, by) (rate(m{a="b"}[5m] offset -1m)) / (avg(n) without (by) + on(a) group_left(b) -2 * o)'
    starts = {
        f"{type(node).__name__} {getattr(node, 'op', '') or getattr(node, 'function', '')}".strip(): source[
            node.start :
        ]
        for node in walk(parse(source).expr)
    }
    assert starts["Aggregation sum"].startswith("sum by")
    assert starts["Call rate"].startswith("rate(")
    assert starts["Aggregation avg"].startswith("avg(n)")
    assert starts["Number"].startswith("-2")
    assert starts["Selector"].startswith("o)")


def test_the_colon_of_a_subquery_is_kept() -> None:
    subquery = parse("rate(x[1m])[5m:]").expr
    assert isinstance(subquery, Subquery)
    assert (subquery.range_ms, subquery.step_ms) == (300_000, None)
    assert parse("rate(x[1m])[5m:]").source == "rate(x[1m])[5m:]"


def test_instants_before_1970() -> None:
    selector = parse("x @ -1.5").expr
    assert isinstance(selector, Selector)
    assert selector.at == -1500


def test_modifiers_of_a_subquery_and_of_what_is_inside_it() -> None:
    subquery = parse("(x @ 10 offset 1s)[5m:1m] @ end() offset -2s").expr
    assert isinstance(subquery, Subquery)
    assert (subquery.at, subquery.offset_ms) == ("end", -2000)
    assert isinstance(subquery.expr, Selector)
    assert (subquery.expr.at, subquery.expr.offset_ms) == (10_000, 1000)


def test_strings_in_all_quotes() -> None:
    assert unquoted(r'"a\"\n\x41\u00e9\101"') == 'a"\nAéA'
    assert unquoted(r"'it\'s'") == "it's"
    assert unquoted(r"`raw \n`") == r"raw \n"
    assert unquoted(r'"\xff"') == "\udcff"
    text = parse("`a\\n`").expr
    assert isinstance(text, Text)
    assert text.value == "a\\n"


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(.*)*x", "([a-z]+)*[0-9]", "(x+x+)+y"])
def test_no_expression_makes_matching_crawl(pattern: str) -> None:
    assert not fullmatcher(pattern)("a" * 5000 + "!")


def test_expressions_are_anchored_and_the_dot_matches_a_line_break() -> None:
    assert fullmatcher("a.b")("a\nb")
    assert not fullmatcher("b|c")("abc")
    assert fullmatcher("(?i)AB")("ab")


@pytest.mark.parametrize("pattern", ["(", "a**", r"(?=a)", r"(a)\1", "[z-a]", "a" * 20_000, "a{1001}"])
def test_a_bad_or_oversized_expression_is_a_query_error(pattern: str) -> None:
    with pytest.raises(QueryError):
        compiled_regex(pattern)


WORDS = [
    *(
        "x",
        "sum",
        "rate",
        "by",
        "without",
        "on",
        "(",
        ")",
        "{",
        "}",
        "[5m]",
        "[5m:1m]",
        '"s"',
        "1",
        "1.5e3",
        "Inf",
    ),
    *(
        "+",
        "-",
        "*",
        "/",
        "==",
        "bool",
        "and",
        "offset",
        "5m",
        "@",
        "start()",
        'a="b"',
        'a=~"c"',
        ",",
        "group_left",
    ),
    *("histogram_quantile", "topk", "label_replace", "'", "`", "#", "\n", "é", "\\"),
]


@given(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))
def test_anything_parses_or_is_a_query_error(expression: str) -> None:
    try:
        query = parse(expression)
    except QueryError:
        return
    assert all(0 <= node.start < len(expression) for node in walk(query.expr))


@given(st.text(max_size=60))
def test_no_text_crashes_the_tokens(text: str) -> None:
    try:
        found = tokens(text)
    except QueryError:
        return
    assert all(text[token.start :].startswith(token.text) for token in found)


def test_the_tree_of_a_whole_expression() -> None:
    tree = parse('histogram_quantile(0.9, sum by (le) (rate(x_bucket{job=~"a|b"}[5m]))) > bool 2').expr
    assert isinstance(tree, Binary)
    assert tree.returns_bool
    assert isinstance(tree.lhs, Call)
    assert isinstance(tree.lhs.args[0], Number)
    assert isinstance(tree.lhs.args[1], Aggregation)
    assert (tree.lhs.args[1].grouping, tree.lhs.args[1].without) == (("le",), False)


@pytest.mark.parametrize(
    "source", ["a > bool (b)", "a>bool(1)", "1 <= BOOL ((a + b))", "a == bool (sum by (x) (b))"]
)
def test_the_right_side_of_bool_may_stand_in_brackets(source: str) -> None:
    tree = parse(source).expr
    assert isinstance(tree, Binary)
    assert tree.returns_bool


@pytest.mark.parametrize(
    "pattern",
    [r"\d+", r"a\.b|", r"\Qa.b\E", "[[]", r"[\w-z]", "{{.*}}", "/api/{id}", 'a"b', "a\nb", "ü.*", "it's"],
)
def test_patterns_are_those_of_re2_in_backquotes_too(pattern: str) -> None:
    found = parse(f'a{{b=~`{pattern}`, c="d", e!~`{pattern}x`}}').expr
    assert isinstance(found, Selector)
    assert [(one.name, one.value) for one in found.matchers] == [
        ("__name__", "a"),
        ("b", pattern),
        ("c", "d"),
        ("e", f"{pattern}x"),
    ]


def test_nothing_is_escaped_in_backquotes() -> None:
    found = parse(r'label_replace(a{b=`c\d"\t`}, "e", `\1`, "b", `(\w+)`)').expr
    assert isinstance(found, Call)
    assert isinstance(found.args[0], Selector)
    assert found.args[0].matchers[1].value == r'c\d"\t'
    assert [one.value for one in found.args[1:] if isinstance(one, Text)] == ["e", r"\1", "b", r"(\w+)"]


@pytest.mark.parametrize("source", ["{a=~``}", "{a=~`.*`}", '{a=~"x|"}', "{a!~`x`}"])
def test_a_pattern_that_nothing_fulfils_selects_no_series(source: str) -> None:
    with pytest.raises(QueryError, match="at least one non-empty matcher"):
        parse(source)


def test_a_bad_pattern_has_its_place() -> None:
    with pytest.raises(QueryError, match="bad regular expression") as refused:
        parse('up{a=~"(", b="c"}')
    assert refused.value.where == "PromQL 1:7"


@pytest.mark.parametrize("literal", [r'"\d"', r'"\400"', r"""'\"'""", r'''"\'"'''])
@pytest.mark.parametrize("operator", ["=", "=~"])
def test_an_escape_that_go_does_not_know_is_refused(literal: str, operator: str) -> None:
    with pytest.raises(QueryError):
        parse(f'up{{a="b", c{operator}{literal}}}')
