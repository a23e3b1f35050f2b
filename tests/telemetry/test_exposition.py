"""The text format: what is read, what is complained of, and that nothing makes it crash or crawl."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsguide.kernel.ports import Sample
from opsguide.telemetry.exposition import Limits, Reader, parse

PAGE = rb"""# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400",}    3 1395066363000

msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1.458255915e9
metric_without_timestamp_and_labels 12.47
something_weird{problem="division by zero"} +Inf -3982045
 spaced { a = "b" }  1
nothing NaN
negative -Inf
{"http.server.duration", "http.route"="/a/{id}"} 2.5
foo_bucket{le="+Inf"} 17 1520879607.789 # {trace_id="oHg5SJYRHA0"} 9.8 1520879607.789
# EOF
"""


def values(page: bytes) -> list[Sample]:
    read = parse(page)
    assert read.complaints == []
    return read.samples


def complaints(page: bytes) -> list[str]:
    return parse(page).complaints


def test_a_page_with_all_that_the_format_has() -> None:
    samples = values(PAGE)
    assert [sample.labels["__name__"] for sample in samples] == [
        *("http_requests_total", "http_requests_total", "msdos_file_access_time_seconds"),
        *("metric_without_timestamp_and_labels", "something_weird", "spaced", "nothing", "negative"),
        *("http.server.duration", "foo_bucket"),
    ]
    assert samples[0].labels == {"__name__": "http_requests_total", "method": "post", "code": "200"}
    assert samples[2].labels["path"] == r"C:\DIR\FILE.TXT"
    assert samples[2].labels["error"] == 'Cannot find file:\n"FILE.TXT"'
    assert samples[4].value == math.inf
    assert samples[5] == Sample({"__name__": "spaced", "a": "b"}, 1.0)
    assert math.isnan(samples[6].value)
    assert samples[8] == Sample({"__name__": "http.server.duration", "http.route": "/a/{id}"}, 2.5)
    assert samples[9] == Sample({"__name__": "foo_bucket", "le": "+Inf"}, 17.0)


def test_line_ends_of_other_systems() -> None:
    assert values(b"a 1\r\nb 2\r\n") == [Sample({"__name__": "a"}, 1.0), Sample({"__name__": "b"}, 2.0)]


def test_a_label_without_a_value_is_no_label() -> None:
    assert values(b'a{b="",c="d"} 1') == [Sample({"__name__": "a", "c": "d"}, 1.0)]


def test_a_label_value_may_hold_what_looks_like_structure() -> None:
    (sample,) = values('a{b="} 2 # {",c="x\x85\u2028y"} 1'.encode())
    assert sample.labels == {"__name__": "a", "b": "} 2 # {", "c": "x\x85\u2028y"}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('a{b="c} 1', "this is no sample: 'a{b=\"c} 1'"),
        ("a{b=c} 1", "a label cannot be read at 'b=c'"),
        ("a{b} 1", "the label b has no value"),
        ('a{b="1",b="2"} 1', "the label b stands twice"),
        ('{b="1"} 1', "the metric has no name"),
        ('a{"b"} 1', "the metric has two names"),
        ("a one", "'one' is no number"),
        ("a 1_000", "'1_000' is no number"),
        ("a", "this is no sample: 'a'"),
        ("a 1 2 3", "this is no sample"),
        ("7 1", "the metric has no name"),
        ('a # {b="c"} 1', "this is no sample"),
    ],
)
def test_a_malformed_line_is_named_with_its_number(line: str, why: str) -> None:
    read = parse(f"before 1\n{line}\nafter 2\n".encode())
    (complaint,) = read.complaints
    assert complaint.startswith(f"line 2: {why}")
    assert [sample.labels["__name__"] for sample in read.samples] == ["before", "after"]


def test_bytes_that_are_no_text() -> None:
    assert complaints(b'a{b="\xff"} 1') == ["line 1: this is no UTF-8"]
    assert len(complaints(bytes(range(128, 256)))) == 1


def test_limits_are_complained_of() -> None:
    assert parse(b"a 1\nb 2\nc 3", Limits(samples=2)).complaints == ["line 3: more than 2 samples"]
    assert "over 1 labels" in parse(b'a{b="c",d="e"} 1', Limits(labels=1)).complaints[0]
    assert "over 4 characters" in parse(b'a{b="cdef"} 1', Limits(label_chars=4)).complaints[0]
    assert len(parse(b"?\n" * 1000).complaints) == 20


HOSTILE = {
    "a brace that never closes": b"x{" + b"a" * 1_000_000,
    "labels that never close": b"x{" + b'a="b",' * 200_000,
    "a string that never closes": b'x{a="' + b'\\"' * 500_000,
    "braces": b"{" * 1_000_000,
    "spaces": b" " * 1_000_000 + b"x",
    "quotes": b'x{"' + b'"' * 1_000_001 + b"} 1",
    "digits": b"x 1" + b" 1" * 500_000,
}


@pytest.mark.parametrize("page", HOSTILE.values(), ids=list(HOSTILE))
def test_a_hostile_megabyte_is_one_short_complaint(page: bytes) -> None:
    (complaint,) = complaints(page)
    assert len(complaint) < 400


@given(st.binary(max_size=300))
def test_no_bytes_crash_it(page: bytes) -> None:
    parse(page)


@given(st.text(alphabet='abc_:{}="\\,# 1.eNI+-\n\t\u00e9', max_size=80))
def test_no_near_miss_crashes_it(page: str) -> None:
    for sample in parse(page.encode()).samples:
        assert sample.labels["__name__"]


NAMES = st.from_regex(r"[a-zA-Z_:][a-zA-Z0-9_:]{0,8}", fullmatch=True)
LABELS = st.dictionaries(
    st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,8}", fullmatch=True).filter(lambda name: name != "__name__"),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=20),
    max_size=5,
)


@given(NAMES, LABELS, st.floats(allow_nan=False))
def test_what_is_written_is_read_back(name: str, labels: dict[str, str], value: float) -> None:
    def escaped(text: str) -> str:
        return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")

    inner = ",".join(f'{key}="{escaped(text)}"' for key, text in labels.items())
    line = f"{name}{{{inner}}} {value!r}\n"
    assert values(line.encode()) == [Sample({**labels, "__name__": name}, value)]


PIECES = st.lists(
    st.sampled_from(
        [
            *(
                "a 1",
                "a 2.5",
                "a NaN",
                "a +Inf",
                'a{x="1"} 3',
                'a{x="1"} 4',
                'a{x="1 2"} 3',
                "b_total 1",
                "b_total 7",
            ),
            *(
                "# HELP a x",
                "# TYPE a gauge",
                "",
                "  ",
                "a 1 1520879607789",
                "a 1_0",
                "a_b 1",
                "a  2",
                "a\t2",
            ),
            *('h_bucket{le="1"} 2 # {t="x"} 0.1', "# EOF", "broken", 'a{x="1"}2', 'a{x="}"} 2', "c 0x1p3"),
        ]
    ),
    max_size=6,
)


@given(st.lists(PIECES, max_size=8))
def test_pages_that_come_again_are_read_as_any_other(pages: list[list[str]]) -> None:
    reader = Reader()
    for lines in pages:
        page = "\n".join(lines).encode()
        expected, read = parse(page), reader.read(page)
        assert repr(read) == repr(expected)
        assert repr(reader.read(page)) == repr(expected)


def test_a_page_of_the_same_form_is_read_by_its_values_alone() -> None:
    reader = Reader()

    def page(number: int) -> bytes:
        return f'# TYPE a counter\na{{x="1"}} {number}\na{{x="2"}} {number}.5\nb {number}e3\n'.encode()

    for number in range(3):
        values = [sample.value for sample in reader.read(page(number)).samples]
        assert values == [number, number + 0.5, number * 1000]
    first, again = reader.read(page(1)), reader.read(page(2))
    assert first.samples[0].labels is again.samples[0].labels
    assert first.names is again.names
    assert again.names == {"a", "b"}


def test_a_page_of_open_metrics_that_was_read_before_must_end_too() -> None:
    reader, page = Reader(), b"a 1\nb 2\n# EOF\n"
    assert reader.read(page, open_metrics=True).complaints == []
    assert reader.read(page.replace(b"# EOF\n", b"# EO\n"), open_metrics=True).complaints == [
        "it ends without # EOF: the page was cut off"
    ]
    assert reader.read(b"a 1\nb 2\n").complaints == []
    assert reader.read(b"a 1\nb 2\n", open_metrics=True).complaints != []
