"""JUnit XML: read back by a parser, and compared with what the exit status says."""

from xml.etree import ElementTree

from opsguide.guide.checking import status
from opsguide.guide.formats.junit import suites
from opsguide.guide.formats.told import Manner
from tests.guide.formats.outcomes import PLAIN, STRICT, clean, golden, guide, outcomes


def parsed(manner: Manner) -> ElementTree.Element:
    return ElementTree.fromstring("\n".join(suites(outcomes(), manner)).encode())


def test_whole() -> None:
    golden("junit.xml", "\n".join(suites(outcomes(), STRICT)) + "\n")


def test_a_suite_a_guide_that_counts_what_is_in_it() -> None:
    for suite in parsed(STRICT):
        for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.attrib[count]) == len(suite.findall(f"testcase/{tag}"))
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
    assert [suite.attrib["name"] for suite in parsed(STRICT)] == [
        "docs/a guide, 100%.md",
        "clean.md",
        "gone.md",
    ]


def test_a_case_fails_where_the_exit_status_does() -> None:
    for manner in (PLAIN, STRICT):
        one, two, three = (
            bool(suite.findall("testcase/failure") or suite.findall("testcase/error"))
            for suite in parsed(manner)
        )
        assert (one, two, three) == (bool(status(guide(), strict=manner.strict)), False, True)
    assert status(clean(), strict=True) == 0
    (failed,) = parsed(PLAIN).findall("testsuite/testcase/failure")
    assert failed.attrib["type"] == "unknown-key"


def test_what_is_silenced_is_skipped_with_its_reason() -> None:
    (skipped,) = parsed(STRICT).findall("testsuite/testcase/skipped")
    assert skipped.attrib["message"] == 'the "log" is shipped'


def test_the_words_come_back_as_they_were_said() -> None:
    failures = {found.attrib["type"]: found for found in parsed(STRICT).iter("failure")}
    found = failures["example-conflict"]
    assert (
        found.attrib["message"]
        == "`uptime` is 99.9 % here,\nand 99 % there: \N{REPLACEMENT CHARACTER}[31m50 %\N{REPLACEMENT CHARACTER}"
    )
    assert found.text is not None
    assert found.text.endswith("keep one, <the right one>; ]]> is no end")
