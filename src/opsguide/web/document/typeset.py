"""Markdown → Page. No HTML of the document becomes markup of the page, but tables, rebuilt from safe parts."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from ...kernel.promise import Span
from . import code, flow, inline, lossless, tables
from .page import Heading, Page, Piece, Place, Shown, joined


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"]).use(front_matter_plugin)
    for name, rule in inline.RULES.items():
        parser.add_render_rule(name, rule)
    return parser


PARSER = _parser()


def typeset(text: str) -> Page:
    """The page of a document; any text at all gives one."""
    env: dict[str, object] = {}
    setter = _Setter(text, env)
    setter.set_all(PARSER.parse(text, env))
    headings = _reaching(setter.headings, len(setter.lines))
    setter.reach(headings)
    return Page(
        title=setter.title,
        pieces=tuple(joined(setter.pieces)),
        headings=headings,
        places=tuple(piece for piece in setter.pieces if isinstance(piece, Place)),
    )


def span_of(token: Token) -> Span:
    start, end = token.map or (0, 1)
    return Span(line=start + 1, end_line=max(start + 1, end))


class _Setter:
    """Walks the tokens once; every method adds pieces."""

    def __init__(self, text: str, env: dict[str, object]) -> None:
        self.lines = lossless.split(text)
        self.env = env
        self.pieces: list[Piece] = []
        self.headings: list[Heading] = []
        self.title = ""
        self._rows: list[Place | None] = []
        self._anchors: set[str] = set()
        self._sections: list[int] = []
        self._begun = self._in_head = False
        self._blocks: dict[str, Callable[[Token], None]] = {
            "fence": self._fence,
            "code_block": self._code,
            "html_block": self._html,
            "front_matter": self._front_matter,
            "hr": lambda _: self.pieces.append("<hr>"),
            "inline": self._inline,
            "paragraph_open": self._paragraph,
            "paragraph_close": lambda _: self._close_row("</p>"),
            "table_open": self._table,
            "table_close": lambda _: self.pieces.append("</table></div>"),
            "thead_open": self._head,
            "thead_close": self._head,
            "tr_open": self._tr,
            "tr_close": self._tr_close,
        }

    def set_all(self, tokens: Sequence[Token]) -> None:
        """Top-level blocks one by one, each followed by what of its source the typesetting did not carry."""
        done = 0
        for block in _top_level(tokens):
            span = span_of(block[0])
            self._verbatim(done + 1, span.line - 1)
            before = len(self.pieces)
            if block[0].type == "heading_open":
                self._heading(block)
            else:
                for token in block:
                    self._one(token)
            self._begun |= not _is_preamble(block[0])
            self._keep_all(block[0], before)
            done = max(done, span.end_line)
        self._verbatim(done + 1, len(self.lines))

    def reach(self, headings: Sequence[Heading]) -> None:
        """A heading is shown while anything of its section is: that is known only at the end."""
        for place, heading in zip(self._sections, headings, strict=True):
            self.pieces[place] = Shown(heading.span)

    def _one(self, token: Token) -> None:
        known = self._blocks.get(token.type)
        if known is not None:
            known(token)
        elif token.nesting >= 0:
            start = f' start="{int(token.attrs["start"])}"' if "start" in token.attrs else ""
            align = inline.alignment(token)
            self.pieces += [f"<{token.tag}{start}{align}", *self._hides(token), ">"]
        else:
            self.pieces.append(f"</{token.tag}>")

    def _hides(self, token: Token) -> list[Piece]:
        return [Shown(span_of(token))] if token.type in ("list_item_open", "blockquote_open") else []

    def _inline(self, token: Token) -> None:
        self.pieces.append(PARSER.renderer.render([token], PARSER.options, self.env))

    def _heading(self, block: Sequence[Token]) -> None:
        opening, content = block[0], block[1]
        level = int(opening.tag[1])
        rendered = PARSER.renderer.render([content], PARSER.options, self.env)
        words = inline.plain(content)
        if level == 1 and not self._begun:
            self.title = rendered
            return
        heading = Heading(level, words, self._anchor(words), span_of(opening))
        self.headings.append(heading)
        self._sections.append(len(self.pieces) + 1)
        self.pieces += [
            f'<div class="row head" id="L{heading.span.line}"',
            Shown(heading.span),
            f'><h{level} id="{heading.anchor}">{rendered}</h{level}>',
            Place(str(heading.span.line), heading.span, "text"),
            "</div>",
        ]

    def _anchor(self, words: str) -> str:
        plain = unicodedata.normalize("NFKC", words).casefold()
        stem = "s-" + re.sub(r"[^\w]+", "-", plain).strip("-")
        anchor, number = stem, 1
        while anchor in self._anchors:
            number += 1
            anchor = f"{stem}-{number}"
        self._anchors.add(anchor)
        return anchor

    def _paragraph(self, token: Token) -> None:
        place = Place(str(span_of(token).line), span_of(token), "text")
        self._rows.append(place)
        tight = ' class="tight"' if token.hidden else ""
        self.pieces += [
            f'<div class="row" id="L{place.span.line}"',
            Shown(place.span),
            f"><p{tight}>",
        ]

    def _close_row(self, end: str) -> None:
        place = self._rows.pop()
        assert place is not None
        self.pieces += [end, place, "</div>"]

    def _table(self, token: Token) -> None:
        self.pieces += ['<div class="table"', Shown(span_of(token)), "><table>"]

    def _head(self, token: Token) -> None:
        self._in_head = token.nesting > 0
        self.pieces.append("<thead>" if self._in_head else "</thead>")

    def _tr(self, token: Token) -> None:
        """A row of a table's body has a place for marks; its head a cell above them."""
        place = None if self._in_head else Place(str(span_of(token).line), span_of(token), "row")
        self._rows.append(place)
        if place is None:
            self.pieces.append("<tr>")
        else:
            self.pieces += [f'<tr id="L{place.span.line}"', Shown(place.span), ">"]

    def _tr_close(self, _token: Token) -> None:
        place = self._rows.pop()
        self.pieces += [tables.HEAD_CELL, "</tr>"] if place is None else [*tables.cell(place), "</tr>"]

    def _fence(self, token: Token) -> None:
        span = span_of(token)
        language = token.info.strip().split(" ")[0].casefold()
        chart = flow.parse(token.content, span.line) if language == "mermaid" else None
        if chart is not None:
            self.pieces += flow.pieces(chart, span, token.info.strip(), token.content)
        else:
            self.pieces += code.pieces(token.content, span, span.line + 1, label=token.info.strip())

    def _code(self, token: Token) -> None:
        self.pieces += code.pieces(token.content, span_of(token), span_of(token).line)

    def _front_matter(self, token: Token) -> None:
        self.pieces += code.pieces(
            token.content, span_of(token), span_of(token).line + 1, label="front matter"
        )

    def _html(self, token: Token) -> None:
        span, content = span_of(token), token.content
        if content.strip().startswith("<!--") and content.strip().endswith("-->"):
            self.pieces.append(f'<div class="comment">{escape(content.strip())}</div>')
        elif (rows := tables.rebuilt(content, span)) is not None:
            self.pieces += rows
        else:
            self.pieces += code.pieces(content, span, span.line, label="html")

    def _keep_all(self, block: Token, before: int) -> None:
        """What the block's typesetting would lose (cells beyond a table's head) is shown as written."""
        span = span_of(block)
        source = self.lines[span.line - 1 : span.end_line]
        said = lossless.without_tags(source) if block.type == "html_block" else source
        shown = "".join(piece for piece in self.pieces[before:] if isinstance(piece, str))
        if lossless.lost(said, shown + (self.title if not before else "")):
            self.pieces += code.written(source, span)

    def _verbatim(self, first: int, last: int) -> None:
        """Lines between blocks: link references, mostly."""
        source = self.lines[first - 1 : last]
        if any(line.strip() for line in source):
            self.pieces += code.written(source, Span(line=first, end_line=last))


def _is_preamble(token: Token) -> bool:
    """What may stand before the title without taking its place."""
    return token.type == "front_matter" or (token.type == "html_block" and token.content.startswith("<!--"))


def _top_level(tokens: Sequence[Token]) -> list[list[Token]]:
    blocks: list[list[Token]] = []
    depth = 0
    for token in tokens:
        if depth == 0:
            blocks.append([])
        blocks[-1].append(token)
        depth += token.nesting
    return blocks


def _reaching(headings: Sequence[Heading], end: int) -> tuple[Heading, ...]:
    """Each heading with the lines that it stands over: up to the next one of its level or above."""
    stops: list[int] = []
    following: list[Heading] = []
    for heading in reversed(headings):
        while following and following[-1].level > heading.level:
            following.pop()
        stops.append(following[-1].span.line - 1 if following else max(end, heading.span.line))
        following.append(heading)
    return tuple(
        Heading(found.level, found.text, found.anchor, Span(line=found.span.line, end_line=stop))
        for found, stop in zip(headings, reversed(stops), strict=True)
    )
