"""Go templates: what they give, what is refused with its line, and that none of them runs away."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsguide.gotemplate import NAMES, Found, Scope, TemplateError, expand, parse
from opsguide.gotemplate.printing import number, printf
from opsguide.rulefiles.reading import VARIABLES

LABELS = {"job": "api", "instance": "web-1.example:9100", "odd": "{{ .Value }}"}
ANSWER = [Found({"instance": "b", "job": "api"}, 3.0), Found({"instance": "a", "job": "db"}, 0.25)]


def expanded(text: str, value: float = 0.125, labels: dict[str, str] = LABELS) -> str:
    data = {"Labels": labels, "Value": value, "ExternalLabels": {"region": "eu"}, "ExternalURL": "http://p/x"}
    variables = {
        "$labels": labels,
        "$value": value,
        "$externalLabels": {"region": "eu"},
        "$externalURL": "http://p/x",
    }

    def query(expression: str) -> list[Found]:
        return [] if expression == "none" else ANSWER

    return expand(parse(text, VARIABLES, NAMES), Scope(data, variables, query, "http://p/x"))


# What promtool gives for the same is held by tests/rulefiles/promtool.
GIVES = {
    "plain text }}": "plain text }}",
    "{{ $labels.job }} at {{ .Labels.instance }}": "api at web-1.example:9100",
    "{{ $value }} {{ .Value }}": "0.125 0.125",
    "{{ $labels.nowhere }}|": "|",
    "{{ $externalLabels.region }} {{ externalURL }} {{ pathPrefix }}": "eu http://p/x /x",
    "{{ $value | humanizePercentage }} {{ $value | humanize }}": "12.5% 125m",
    "{{ humanizeDuration 93784.0 }} {{ humanizeDuration 0.0021 }}": "1d 2h 3m 4s 2.1ms",
    "{{ humanize1024 1048576.0 }}B": "1MiB",
    '{{ printf "%.1f of %s" $value $labels.job }}': "0.1 of api",
    '{{ $labels.job | toUpper | printf "%s-%s" "x" }}': "x-API",
    '{{ with query "up" }}{{ . | first | value }}{{ end }}': "3",
    '{{ with query "none" }}yes{{ else }}no{{ end }}': "no",
    '{{ range query "up" | sortByLabel "instance" }}{{ .Labels.instance }}={{ .Value }} {{ end }}': "a=0.25 b=3 ",
    '{{ range $i, $e := query "up" }}{{ $i }}{{ $e.Labels.job }} {{ end }}': "0api 1db ",
    '{{ range query "none" }}x{{ else }}nobody{{ end }}': "nobody",
    '{{ (query "up" | first).Labels.job }}': "api",
    '{{ query "up" | first | label "instance" }}': "b",
    '{{ if gt $value 0.1 }}much{{ else if eq $labels.job "db" }}db{{ else }}little{{ end }}': "much",
    '{{ if and (eq $labels.job "api") (not false) }}a{{ end }}{{ or "" "b" }}': "ab",
    "a {{- 1 -}} b": "a1b",
    "{{/* nothing */}}a{{- /* and\n nothing */ -}} b": "ab",
    "{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $y := 3 }}{{ $y }}{{ end }}{{ $x }}": "32",
    '{{ reReplaceAll "(.*):(.*)" "$2 ${1}" $labels.instance }}': "9100 web-1.example",
    '{{ reReplaceAll "x*" "-" "abxd" }}': "-a-b-d-",
    '{{ match "^web-[0-9]" $labels.instance }} {{ stripPort $labels.instance }}': "true web-1.example",
    "{{ stripDomain $labels.instance }}": "web-1:9100",
    '{{ title "hello big_world" }} {{ toLower "ABC" }}': "Hello Big_world abc",
    "{{ $labels.odd }}": "{{ .Value }}",
    '{{ "a\\tb\\u00e4" }}{{ `raw "x"` }}': 'a\tbäraw "x"',
    '{{ index $labels "job" }} {{ len "äb" }}': "api 3",
    '{{ print 1 2 "a" 3.5 }}{{ true }}': "1 2a3.5true",
    '{{ humanizeTimestamp 1435065584.128 }} {{ parseDuration "1h30m" }}': "2015-06-23 13:19:44.128 +0000 UTC 5400",
    '{{ "a b&c" | urlquery }}': "a+b%26c",
}


@pytest.mark.parametrize("text", GIVES)
def test_gives(text: str) -> None:
    assert expanded(text) == GIVES[text]


REFUSED = {
    "{{ $nobody }}": (1, "the variable $nobody is not declared"),
    "{{ $x = 1 }}": (1, "the variable $x is not declared"),
    "one\ntwo {{ nowhere 1 }}": (2, "the function nowhere is not known"),
    "{{ if $value }}\n": (1, "`if` is not closed"),
    "{{ end }}": (1, "`end` closes nothing"),
    "\n{{ $value": (2, "an action is not closed"),
    "{{ define `x` }}{{ end }}": (1, "`define` is not supported"),
    "{{ }}": (1, "a value is missing"),
    "{{ 1 | 2 }}": (1, "what stands behind | must be a function"),
    '{{ "a" "b" }}': (1, "only a function can have arguments"),
    "{{ ( 1 }}": (1, "a parenthesis is not closed"),
    "{{/* never closed": (1, "a comment is not closed"),
    "{{ if true }}{{ else }}{{ else }}{{ end }}": (1, "the else of `if` is not closed"),
    "{{ " + "(" * 40 + "1" + ")" * 40 + " }}": (1, "the parentheses nest deeper than 30 levels"),
    "{{ if true }}" * 40 + "{{ end }}" * 40: (1, "the template nests deeper than 30 levels"),
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:30])
def test_refuses_with_the_line(text: str) -> None:
    with pytest.raises(TemplateError) as refused:
        parse(text, VARIABLES, NAMES)
    line, what = REFUSED[text]
    assert (refused.value.line, refused.value.what) == (line, what)


FAILS = {
    "{{ if gt $value 1 }}x{{ end }}": "gt cannot compare 0.125 and 1",
    '{{ query "none" | first }}': "first: the query found nothing",
    "{{ humanize $labels.job }}": "'api' is no number",
    "{{ .Nothing }}": "has no field Nothing",
    '{{ reReplaceAll "(" "" "a" }}': "bad regular expression",
    '{{ printf "%5000d" 1 }}': "is wider than 1000",
    "{{ toUpper }}": "toUpper takes 1 arguments, not 0",
    "{{ range $value }}{{ end }}": "range cannot go over",
}


@pytest.mark.parametrize("text", FAILS)
def test_fails_with_a_reason(text: str) -> None:
    with pytest.raises(TemplateError) as failed:
        expanded(text)
    assert FAILS[text] in failed.value.what


def test_no_template_runs_away() -> None:
    """Loops in loops, texts that double, questions without end."""
    many = [Found({"n": str(n)}, float(n)) for n in range(900)]
    loops = '{{ range query "q" }}{{ range query "q" }}{{ .Value }}{{ end }}{{ end }}'
    doubling = '{{ $x := "ab" }}{{ range query "q" }}{{ $x = printf "%s%s" $x $x }}{{ end }}'
    for text in (loops, doubling, '{{ range query "q" }}' * 3 + "x" + "{{ end }}" * 3):
        with pytest.raises(TemplateError, match="more than"):
            expand(parse(text, (), NAMES), Scope({"Labels": {}}, {}, lambda _: many))
    with pytest.raises(TemplateError, match="more than 1000 series"):
        expand(parse('{{ query "q" }}', (), NAMES), Scope({}, {}, lambda _: many * 2))


@given(st.text(st.sampled_from('{}{}$.|()"`-/*:= ,abifendrangewith0123456789\n\\%'), max_size=60))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    line = 1
    try:
        found = parse(text, VARIABLES, NAMES)
        expand(found, Scope({"Labels": LABELS, "Value": 1.0}, dict.fromkeys(VARIABLES, "v")))
    except TemplateError as error:
        line = error.line
    assert 1 <= line <= text.count("\n") + 1


@given(
    st.lists(
        st.sampled_from(
            ["{{ ", " }}", "{{- ", " -}}", *GIVES, "if ", "range ", "with ", "end", "else", "$value"]
        )
    )
)
def test_pieces_of_templates_are_parsed_or_refused(pieces: list[str]) -> None:
    try:
        said = expanded("".join(pieces))
    except TemplateError:
        return
    assert len(said) <= 64_000


@given(st.text(max_size=100))
def test_what_labels_say_is_no_template(value: str) -> None:
    assert expanded("{{ $labels.job }}", labels={"job": value}) == value


@given(st.text(max_size=100).filter(lambda text: "{{" not in text))
def test_text_without_actions_stays(text: str) -> None:
    found = parse(text)
    assert expand(found, Scope({})) == text == found.plain


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_keeps_its_value(value: float) -> None:
    assert float(number(value)) == value


@given(
    st.text(max_size=40),
    st.lists(st.one_of(st.text(max_size=5), st.integers(), st.floats(), st.booleans()), max_size=4),
)
def test_printf_takes_anything(text: str, values: list[object]) -> None:
    try:
        said = printf(text, values)
    except TemplateError as error:
        said = error.what
    assert isinstance(said, str)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (math.inf, "+Inf"),
        (-math.inf, "-Inf"),
        (math.nan, "NaN"),
        (1e6, "1e+06"),
        (123456.0, "123456"),
        (0.0001, "0.0001"),
    ],
)
def test_numbers_as_go_prints_them(value: float, said: str) -> None:
    assert number(value) == said
