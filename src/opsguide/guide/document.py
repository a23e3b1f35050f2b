"""A Markdown document → blocks of statements with exact lines. Knows Markdown and nothing of operations."""

import re
from collections.abc import Iterable

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ..kernel.promise import Span
from .fences import read_fence
from .html_blocks import html_parts, table_end
from .markup import CHECKBOX, is_bold, plain, split_label
from .promise import Diagnostic
from .sentences import sentences
from .severities import begins_with_code
from .source import clean
from .statements import Block, BlockKind, Document, Statement
from .tables import Row, table_block

_FRONT_MATTER = re.compile(r"^(?:---|\+\+\+)[ \t]*$")
_DEFINITION = re.compile(r"^:\s+")
_ADMONITION = re.compile(r"^(?:!!!|\?\?\?\+?|:::)\s*\w*\s*(?:\"[^\"]*\")?\s*$|^\[!\w+\]\s*$")
_LABEL_LINE = re.compile(r"^(?:\*\*|__)[^*_]+(?:\*\*|__)|^[^\s:][^:]{0,48}:\s+\S")
# What Markdown does not take for a list: `a) …`, `(2) …`, `• …` at the beginning of a line.
_ENUMERATED = re.compile(
    r"^\(?(?:[a-zđ]|[ivx]{1,4}|\d{1,2})\)\s+(?=\S)|^[a-zđ]\.\s+(?=[A-ZÀ-ÞĐ])|^[•·▪‣◦–—☐☑☒]\s+(?=\S)"
)
# `3.4 If the P1 …`, `Art. 8. Copiile …`: numbers of paragraphs.
_NUMBERED = re.compile(
    r"^(?:\d{1,2}(?:\.\d{1,2}){1,3}\.?|(?:§|Art|Artículo|Artigo|Artikel|Article|Articolul|Điều)\.?\s?\d{1,3}[a-z]?[.:)]?)\s+(?=[^\W\d])"
)
_LED = re.compile(r"^(?:\*\*|__)(?:([^*_:]+):(?:\*\*|__)|([^*_:]+)(?:\*\*|__):)\s+\S")
# `**5. Maintenance.** The provider …`: a heading that the paragraph runs on from.
_RUN_IN = re.compile(
    r"^(?:\*\*|__)(?=[^*_]*[^*_:])((?:\d{1,2}|[A-Z])[.)]\s[^*_:]+|[A-Z][^*_:.]+\.)(?:\*\*|__)\s+(?=\S)"
)
_HARD_BREAK = re.compile(r"(?: {2,}|\\|<br\s*/?>)$")
_MAX_PSEUDO_WORDS = 10


def parse(text: str, *, where: str = "guide.md") -> Document:
    """Reads the text into a document. Raises GuideError for what is empty, binary or too large."""
    lines = clean(text, where=where)
    start = _front_matter_end(lines)
    body = [""] * start + lines[start:]
    markdown = MarkdownIt("commonmark").enable("table")
    markdown.core.ruler.disable("inline")
    walker = _Walker(body)
    walker.walk(markdown.parse("\n".join(body)))
    blocks = sorted(walker.blocks, key=lambda block: block.statements[0].span)
    return Document(
        title=walker.title,
        blocks=tuple(blocks),
        diagnostics=tuple(walker.diagnostics),
        lines=tuple(lines),
    )


def _front_matter_end(lines: list[str]) -> int:
    """The number of lines that front matter takes at the top; 0 where it is missing or never ends."""
    if not _FRONT_MATTER.match(lines[0]):
        return 0
    ends = (i for i, line in enumerate(lines[1:200], 1) if re.match(r"^(?:---|\.\.\.|\+\+\+)[ \t]*$", line))
    end = next(ends, 0)
    return end + 1 if end and any(":" in line or "=" in line for line in lines[1:end]) else 0


class _Walker:
    """Goes through the tokens once. `headings` is the path of real headings, `pseudo` the bold or plain line that
    acts as one, `lead` a line that ends in a colon and belongs to what follows it."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.title = ""
        self.blocks: list[Block] = []
        self.diagnostics: list[Diagnostic] = []
        self.headings: list[tuple[int, str]] = []
        self.pseudo = ""
        self.pseudo_used = False
        self.lead = ""
        self.lead_used = False
        self.skip_to = 0

    def walk(self, tokens: list[Token]) -> None:
        self._blocks(tokens, 0, len(tokens), ())

    def _blocks(self, tokens: list[Token], i: int, end: int, labels: tuple[str, ...]) -> None:
        """The blocks between two tokens, all under `labels` (the items that they are nested in)."""
        while i < end:
            token = tokens[i]
            close = _closing(tokens, i) if token.nesting == 1 else i
            line = token.map[0] if token.map else 0
            if line < self.skip_to and token.type != "inline":
                i = close + 1 if token.nesting == 1 else i + 1
                continue
            if token.type == "heading_open":
                self._heading(tokens[i + 1], int(token.tag[1]))
            elif token.type == "paragraph_open":
                self._paragraph(tokens[i + 1], tokens[close + 1 : close + 2], labels)
            elif token.type in ("bullet_list_open", "ordered_list_open"):
                self._list(tokens, i, close, labels)
            elif token.type == "table_open":
                self._table(tokens[i:close], labels)
            elif token.type == "fence":
                self._fence(token, labels)
            elif token.type == "html_block":
                self._html(token, labels)
            elif token.nesting == 1:
                self._blocks(tokens, i + 1, close, labels)
            i = close + 1

    def _emit(self, kind: BlockKind, labels: tuple[str, ...], statements: Iterable[Statement]) -> None:
        found = tuple(statements)
        if found:
            self.blocks.append(Block(kind=kind, headings=self._path(), labels=labels, statements=found))

    def _path(self) -> tuple[str, ...]:
        return tuple(text for _, text in self.headings)

    def _outer(self, labels: tuple[str, ...]) -> tuple[str, ...]:
        """The labels of a block: only one at the top level stands under a pseudo-heading or a lead-in."""
        if labels:
            return labels
        if self.lead:
            self.lead_used = True
        self.pseudo_used = True
        return tuple(text for text in (self.pseudo, self.lead) if text)

    def _heading(self, inline: Token, level: int) -> None:
        text = plain(inline.content.replace("\n", " "))
        assert inline.map is not None
        self.headings = [(n, name) for n, name in self.headings if n < level]
        self.pseudo = self.lead = ""
        label, body = split_label(inline.content.replace("\n", " "))
        span = Span(inline.map[0] + 1, inline.map[1])
        # The statement stands under the headings above it: itself is what it says, not where it stands.
        self._emit("heading", (), (Statement(span=span, text=text, label=label, body=body),))
        self.headings.append((level, text))
        self.title = self.title or text

    def _paragraph(self, inline: Token, after: list[Token], labels: tuple[str, ...]) -> None:
        assert inline.map is not None
        raw = [(n, line) for n, line in self._numbered(inline) if not _ADMONITION.match(line.strip())]
        if not raw:
            return
        raw[0] = (raw[0][0], _NUMBERED.sub("", raw[0][1]))
        raw = raw if labels else self._run_in(raw)
        follows = after[0] if after else None
        touches = bool(follows and follows.map and follows.map[0] == inline.map[1])
        is_list = bool(follows and follows.type in ("bullet_list_open", "ordered_list_open"))
        enumerated = bool(follows and follows.map and _ENUMERATED.match(self.lines[follows.map[0]].strip()))
        introduces = bool(
            follows and (is_list or enumerated or follows.type in ("table_open", "fence", "html_block"))
        )
        name = _pseudo_heading(raw[-1][1], plain_counts=is_list and touches and len(raw) == 1)
        if labels or not name or not (introduces or name.bold):
            self._statements(raw, labels)
            led = _LED.match(raw[-1][1].strip())
            if is_list and led and not labels:
                # `**RPO:** how much may be lost?` above a list is what the list is about.
                self.lead, self.lead_used = plain(led[1] or led[2]).rstrip(": "), False
            return
        self._statements(raw[:-1], labels)
        if name.colon:
            self.lead, self.lead_used = name.text, False
        elif name.bold:
            self.pseudo, self.pseudo_used, self.lead = name.text, False, ""
        else:
            self._plain_heading(name.text, raw[-1][0])

    def _run_in(self, raw: list[tuple[int, str]]) -> list[tuple[int, str]]:
        """The paragraph without the heading it begins with: bold words with a number or a full stop, or a bold line."""
        found = _RUN_IN.match(raw[0][1].strip())
        if found and begins_with_code(found[1]):
            # `**S1 – Emergency.** Nobody can book.` defines a severity, and is no heading.
            return raw
        if found and len(found[1].split()) <= _MAX_PSEUDO_WORDS:
            name, rest = found[1], [(raw[0][0], raw[0][1].strip()[found.end() :]), *raw[1:]]
        elif len(raw) > 1 and is_bold(raw[0][1]) and not raw[1][1].strip().startswith(("**", "__", ":")):
            name, rest = raw[0][1], raw[1:]
        else:
            return raw
        self.pseudo, self.pseudo_used, self.lead = plain(name).rstrip(":. "), False, ""
        return rest

    def _numbered(self, inline: Token) -> list[tuple[int, str]]:
        """The lines of a token with their numbers. Its content has lost the lines at its top that hold nothing but a
        no-break space or a form feed (pasted from the web, from a printed page): for CommonMark they are not blank.
        """
        assert inline.map is not None
        first, end = inline.map
        lines = inline.content.split("\n")
        while first < end - len(lines) and lines[0] not in self.lines[first]:
            first += 1
        return list(enumerate(lines, first + 1))

    def _plain_heading(self, text: str, line: int) -> None:
        """`Environments` directly above a list is a heading of a document that has no other at this depth."""
        self.headings = [(n, name) for n, name in self.headings if n < 7]
        self.pseudo = self.lead = ""
        self._emit("heading", (), (Statement(span=Span(line, line), text=text, body=text),))
        self.headings.append((7, text))

    def _statements(self, raw: list[tuple[int, str]], labels: tuple[str, ...]) -> None:
        """A paragraph's lines → one statement a labelled line, else one a sentence."""
        if not raw:
            return
        if self.lead_used and not labels and not _ENUMERATED.match(raw[0][1].strip()):
            self.lead, self.lead_used = "", False
        points = _points(raw)
        if points:
            self._statements(points[0], labels)
            self._emit(
                "list", self._outer(labels), [_point(group, n) for n, group in enumerate(points[1:], 1)]
            )
            return
        outer = self._outer(labels)
        found: list[Statement] = []
        for group in _line_groups(raw):
            first, last = group[0][0], group[-1][0]
            text = " ".join(line.strip() for _, line in group)
            label, body = split_label(text)
            if len(group) > 1 and _DEFINITION.match(group[1][1].strip()):
                # `Term` and below it `: what it means`
                label, body = (
                    plain(group[0][1]),
                    plain(_DEFINITION.sub("", text[len(group[0][1].strip()) :].strip())),
                )
            several = sentences(group)
            if label and sum(bool(s.label) for s in several) < 2:
                found.append(_statement(Span(first, last), text, label, body))
            else:
                # `S1: report within 3 days. S2: report within 2 weeks.`
                found.extend(several)
        self._emit("paragraph", outer, found)

    def _list(self, tokens: list[Token], start: int, close: int, labels: tuple[str, ...]) -> None:
        outer = self._outer(labels)
        own: list[Statement] = []
        i = start + 1
        while i < close:
            end = _closing(tokens, i)
            own.extend(self._item(tokens, i, end, outer, len(own) + 1))
            i = end + 1
        kind: BlockKind = "ordered" if tokens[start].type == "ordered_list_open" else "list"
        self._emit(kind, outer, own)

    def _item(
        self, tokens: list[Token], i: int, end: int, outer: tuple[str, ...], number: int
    ) -> list[Statement]:
        """The statement of one item (none for an empty one); what is nested in it becomes blocks of their own."""
        if i + 1 >= end or tokens[i + 1].type != "paragraph_open":
            self._blocks(tokens, i + 1, end, outer)
            return []
        inline = tokens[i + 2]
        groups = _line_groups(self._numbered(inline))
        first = groups[0]
        text = " ".join(line.strip() for _, line in first)
        label, body = split_label(text, subject=True)
        task = bool(CHECKBOX.match(text))
        statement = _statement(Span(first[0][0], first[-1][0]), text, label, body, task=task, number=number)
        inside = (*outer, label or statement.text.rstrip(":").strip())
        for group in groups[1:]:
            self._statements(group, inside)
        if i + 4 < end:
            self._blocks(tokens, i + 4, end, inside)
        return [statement] if statement.text else []

    def _table(self, tokens: list[Token], labels: tuple[str, ...]) -> None:
        header: list[str] = []
        rows: list[Row] = []
        for i, token in enumerate(tokens):
            if token.type == "tr_open" and token.map is not None:
                rows.append(Row(Span(token.map[0] + 1, token.map[1]), []))
            elif token.type == "th_open":
                header.append(plain(tokens[i + 1].content))
            elif token.type == "td_open":
                rows[-1].cells.append(plain(tokens[i + 1].content))
        block = table_block(header, [row for row in rows if row.cells], self._path(), self._outer(labels))
        self.blocks.extend(block)

    def _fence(self, token: Token, labels: tuple[str, ...]) -> None:
        assert token.map is not None
        if self.pseudo_used and not self.lead:
            # The list under `**SEV-3**` was about it; data that follow without a word are not.
            self.pseudo = ""
        blocks, diagnostics = read_fence(
            token.info, token.content, token.map[0] + 1, self._path(), self._outer(labels)
        )
        self.blocks.extend(blocks)
        self.diagnostics.extend(diagnostics)

    def _html(self, token: Token, labels: tuple[str, ...]) -> None:
        assert token.map is not None
        first, last = token.map
        if "<table" in token.content.lower():
            last = max(last, table_end(self.lines, first))
            self.skip_to = last
        tables, texts = html_parts(self.lines[first:last], first + 1)
        for line, text in texts:
            self._statements([(line, text)], labels)
        for header, rows in tables:
            self.blocks.extend(table_block(header, rows, self._path(), self._outer(labels)))


class _Pseudo:
    """A line that acts as a heading."""

    def __init__(self, text: str, *, bold: bool, colon: bool) -> None:
        self.text, self.bold, self.colon = text, bold, colon


def _pseudo_heading(raw: str, *, plain_counts: bool) -> _Pseudo | None:
    text = plain(raw)
    colon = text.endswith(":")
    text = text.rstrip(": ").strip()
    if not text:
        return None
    if is_bold(raw):
        return _Pseudo(text, bold=True, colon=colon)
    short = len(text.split()) <= _MAX_PSEUDO_WORDS
    if colon and (short or plain_counts):
        return _Pseudo(text, bold=False, colon=True)
    if plain_counts and short and text[-1] not in ".!?;,":
        return _Pseudo(text, bold=False, colon=False)
    return None


def _points(raw: list[tuple[int, str]]) -> list[list[tuple[int, str]]]:
    """Lines before the points, then the lines of each point; nothing if the lines are not so enumerated."""
    starts = [n for n, (_, line) in enumerate(raw) if _ENUMERATED.match(line.strip())]
    if not starts or (len(starts) == 1 and starts[0] > 0):
        return []
    return [raw[: starts[0]], *(raw[a:b] for a, b in zip(starts, [*starts[1:], len(raw)], strict=True))]


def _point(group: list[tuple[int, str]], number: int) -> Statement:
    text = _ENUMERATED.sub("", " ".join(line.strip() for _, line in group))
    label, body = split_label(text, subject=True)
    return _statement(Span(group[0][0], group[-1][0]), text, label, body, number=number)


def _is_labelled(line: str) -> bool:
    found = _LABEL_LINE.match(line)
    # The colon of `(e.g.: …` ends no label.
    return found is not None and found[0].count("(") == found[0].count(")")


def _line_groups(raw: list[tuple[int, str]]) -> list[list[tuple[int, str]]]:
    """Lines of a paragraph → groups that belong together: a hard break or a labelled line starts a new one."""
    labelled = [_is_labelled(line.strip()) for _, line in raw]
    bold = [line.strip().startswith(("**", "__")) for _, line in raw]
    form = len(raw) > 1 and sum(labelled[1:]) == len(raw) - 1
    groups: list[list[tuple[int, str]]] = []
    for n, (line, text) in enumerate(raw):
        broken = n > 0 and bool(_HARD_BREAK.search(raw[n - 1][1]))
        if n == 0 or broken or (labelled[n] and (form or bold[n])):
            groups.append([])
        groups[-1].append((line, text))
    return groups


def _statement(
    span: Span, raw: str, label: str, body: str, *, task: bool = False, number: int = 0
) -> Statement:
    text = plain(CHECKBOX.sub("", raw.strip()))
    return Statement(
        span=span, text=text, label=label, body=body if label else text, task=task, number=number
    )


def _closing(tokens: list[Token], i: int) -> int:
    """The index of the token that closes the one at `i` (itself, if nothing is opened)."""
    depth = 0
    for j in range(i, len(tokens)):
        depth += tokens[j].nesting
        if depth == 0:
            return j
    return len(tokens) - 1
