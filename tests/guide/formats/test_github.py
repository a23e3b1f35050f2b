"""Workflow commands: places, levels, escapes."""

import re

from opsguide.guide.formats.github import commands
from tests.guide.formats.outcomes import PLAIN, golden, guide, outcomes


def test_whole() -> None:
    golden("github.txt", "\n".join(commands(outcomes(), PLAIN)) + "\n")


def test_a_message_is_one_line_and_its_signs_are_escaped() -> None:
    lines = list(commands([guide()], PLAIN))
    assert all("\n" not in line and "\r" not in line and "\x1b" not in line for line in lines)
    (found,) = [line for line in lines if "example-conflict" in line]
    assert found.startswith(
        "::warning file=docs/a guide%2C 100%25.md,line=2,endLine=2,title=example-conflict::"
    )
    assert "99.9 %25 here,%0Aand 99 %25 there: " in found
    assert found.count("::") == 2


def test_columns_only_where_one_line_is_meant() -> None:
    properties = [re.match(r"::\w+ (.*?)::", line) for line in commands([guide()], PLAIN)]
    placed = [match[1] for match in properties if match and "col=" in match[1]]
    assert [text.split(",line=")[1] for text in placed] == [
        "5,endLine=5,col=10,endColumn=15,title=yaml-unquoted",
        "2,endLine=2,col=1,endColumn=6,title=unknown-key",
    ]


def test_what_is_silenced_is_not_shown() -> None:
    assert not [line for line in commands([guide()], PLAIN) if "example-silenced" in line]
