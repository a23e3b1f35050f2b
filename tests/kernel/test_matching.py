"""Matchers as people write them: of labels of series, of alerts and of incidents."""

import pytest

from opsguide.kernel.errors import QueryError
from opsguide.kernel.matching import Matcher, Op, fulfils, parse_matcher


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('alert="slow"', Matcher("alert", Op.EQUAL, "slow")),
        ("alert=slow", Matcher("alert", Op.EQUAL, "slow")),
        (' env != "prod" ', Matcher("env", Op.NOT_EQUAL, "prod")),
        ('instance=~"web.*"', Matcher("instance", Op.MATCHES, "web.*")),
        ('instance!~"web.*"', Matcher("instance", Op.NOT_MATCHES, "web.*")),
        (r'title="say \"hi\""', Matcher("title", Op.EQUAL, 'say "hi"')),
        ('title=""', Matcher("title", Op.EQUAL, "")),
    ],
)
def test_a_matcher_is_read(written: str, read: Matcher) -> None:
    assert parse_matcher(written) == read


@pytest.mark.parametrize("written", ["", "alert", "alert=", '="x"', 'a="b" c="d"', 'a=~"("', "a==b"])
def test_what_is_none_says_so(written: str) -> None:
    with pytest.raises(QueryError):
        parse_matcher(written)


def test_an_absent_label_is_the_empty_text() -> None:
    assert fulfils([parse_matcher('team=""')], {"alert": "slow"})
    assert not fulfils([parse_matcher('team!=""')], {"alert": "slow"})
    assert fulfils([], {})
    assert fulfils([parse_matcher('alert=~"sl.w"')], {"alert": "slow"})
    assert not fulfils([parse_matcher('alert=~"sl"')], {"alert": "slow"})
