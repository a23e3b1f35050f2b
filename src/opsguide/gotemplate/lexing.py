"""A template's text cut into plain text and actions, and an action into its words."""

import re
from collections.abc import Iterator

from msgspec import Struct

from .tree import TemplateError

MAX_CHARS = 64_000


class Word(Struct, frozen=True):
    """`kind` is field (`.Labels`), dot, variable, name, text, number, char, sign; `spaced`: a blank stands before."""

    kind: str
    text: str
    spaced: bool


class Piece(Struct, frozen=True):
    """Plain text, or the words of an action."""

    line: int
    text: str = ""
    words: tuple[Word, ...] | None = None


_WORD = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<text>"(?:[^"\\\n]|\\.)*+"|`[^`]*+`)
      | (?P<char>'(?:[^'\\\n]|\\.)+')
      | (?P<number>[-+]?(?:0[xX][0-9a-fA-F]+|(?:[0-9][0-9_]*\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)(?![\w.]))
      | (?P<variable>\$\w*)
      | (?P<field>\.[^\W\d]\w*)
      | (?P<dot>\.)
      | (?P<name>[^\W\d]\w*)
      | (?P<sign>:=|[=|(),])""",
    re.VERBOSE,
)
_COMMENT = re.compile(r"(?:-[ \t\r\n]+)?/\*")
_BLANKS = " \t\r\n"


def pieces(text: str) -> Iterator[Piece]:
    """Text and actions in turn; comments are left out. Raises TemplateError."""
    if len(text) > MAX_CHARS:
        raise TemplateError(f"the template is longer than {MAX_CHARS} characters")
    at, trims = 0, False
    while at <= len(text):
        start = text.find("{{", at)
        plain = text[at:] if start < 0 else text[at:start]
        opens_trimming = (
            start >= 0 and text[start + 2 : start + 3] == "-" and text[start + 3 : start + 4] in _BLANKS
        )
        if trims:
            plain = plain.lstrip(_BLANKS)
        if opens_trimming:
            plain = plain.rstrip(_BLANKS)
        if plain:
            yield Piece(_line(text, at), plain)
        if start < 0:
            return
        inside = start + (3 if opens_trimming else 2)
        if _COMMENT.match(text, start + 2):
            at, trims = _comment_end(text, inside)
            continue
        words, at, trims = _action(text, inside)
        yield Piece(_line(text, start), words=words)


def _comment_end(text: str, start: int) -> tuple[int, bool]:
    end = text.find("*/", start)
    closed = re.compile(r"([ \t\r\n]-)?\}\}").match(text, end + 2) if end >= 0 else None
    if closed is None:
        raise TemplateError("a comment is not closed", line=_line(text, start), hint="it ends with */}}")
    return closed.end(), bool(closed[1])


def _action(text: str, start: int) -> tuple[tuple[Word, ...], int, bool]:
    """The words of an action, where it ends, and whether it takes the blanks behind it."""
    found: list[Word] = []
    at, spaced = start, False
    while True:
        if text.startswith("}}", at):
            return tuple(found), at + 2, False
        if spaced and text.startswith("-}}", at):
            return tuple(found), at + 3, True
        match = _WORD.match(text, at)
        if match is None:
            line = _line(text, start)
            if at >= len(text):
                raise TemplateError("an action is not closed", line=line, hint="write }} behind it")
            raise TemplateError(f"unexpected {text[at]!r} in an action", line=line)
        spaced = match.lastgroup == "space"
        if not spaced:
            after_blank = at == start or text[at - 1] in _BLANKS
            found.append(Word(match.lastgroup or "", match[0], after_blank))
        at = match.end()


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
