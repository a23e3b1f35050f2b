"""How inputs are varied: by lines, numbers and words of real guides, so that what comes out is still nearly a guide."""

import random
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SEPARATOR = "\n<<<>>>\n"
"""Between the two guides of a change."""

_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_WORD = re.compile(r"[^\W\d_]{2,}")
NUMBERS = (
    "0",
    "1",
    "2",
    "5",
    "007",
    "15",
    "30",
    "99.9",
    "99,95",
    "1.000",
    "1e9",
    "24/7",
    "½",
    "９",
    "-3",
    "1-4",
    "10–12",
)
ODD = (
    *("\u200b", "\u00a0", "e\u0301", "😀", "\u202e", "ß", "İ", "ﬁ", "\x0b", "\x0c", "\u2028", "\x85"),
    *("\t", "\ufffd", "&nbsp;"),
    *("`", "```", "~~~", "**", "|", "<td>", "<!--", "-->", "[TODO]", "{{ x }}", "<br>", "&lt;"),
    *("\\", "---", ": ", "→", "<", ">="),
)  # fmt: skip


def guides() -> list[Path]:
    """The real and written guides, the smallest first."""
    found = [*(ROOT / "tests/corpus").glob("*.md"), *(ROOT / "examples").glob("*.md")]
    found += (ROOT / "tests/guide").rglob("*.md")
    found += (ROOT / "tests/fuzz/found").glob("*.md")
    return sorted(found, key=lambda path: (path.stat().st_size, path.name))


def texts(target: str) -> list[str]:
    if target == "bindings":
        paths = [*(ROOT / "examples").glob("*.toml"), *(ROOT / "tests").rglob("*.toml")]
        return [path.read_text(encoding="utf-8", errors="replace") for path in sorted(paths)]
    return [path.read_text(encoding="utf-8", errors="replace") for path in guides()]


def seeds(target: str, limit: int) -> Iterator[bytes]:
    """Pieces of the documents that fit, cut at headings; for a change a piece beside a shorter one."""
    for text in texts(target):
        for piece in _pieces(text, limit if target != "change" else limit // 2):
            if target == "change":
                yield f"{piece}{SEPARATOR}{piece[: len(piece) * 2 // 3]}".encode()[:limit]
            else:
                yield piece.encode()[:limit]


def _pieces(text: str, limit: int) -> Iterator[str]:
    piece = ""
    for section in re.split(r"(?m)^(?=#)", text):
        if piece and len((piece + section).encode()) > limit // 2:
            yield piece
            piece = ""
        piece += section
    yield piece


class Mutator:
    """Varies a document by its lines. Gives nothing where plain bytes should be varied instead."""

    def __init__(self, target: str, chance: random.Random) -> None:
        self._lines = sorted({line for text in texts(target) for line in text.splitlines() if line.strip()})
        self._chance = chance

    def mutate(self, data: bytes, size: int, seed: int) -> bytes | None:
        chance = self._chance = random.Random(seed)
        if not data or chance.random() < 0.15:
            return None
        lines = data.decode("utf-8", "replace").split("\n")
        for _ in range(chance.choice((1, 1, 2, 3, 6))):
            chance.choice(self._ways)(self, lines)
        return "\n".join(lines).encode()[:size]

    def _insert(self, lines: list[str]) -> None:
        lines.insert(self._chance.randrange(len(lines) + 1), self._chance.choice(self._lines))

    def _drop(self, lines: list[str]) -> None:
        if len(lines) > 1:
            del lines[self._chance.randrange(len(lines))]

    def _swap(self, lines: list[str]) -> None:
        a, b = self._chance.randrange(len(lines)), self._chance.randrange(len(lines))
        lines[a], lines[b] = lines[b], lines[a]

    def _join(self, lines: list[str]) -> None:
        at = self._chance.randrange(len(lines))
        lines[at : at + 2] = [self._chance.choice((" ", "", ", ", " | ", ": ")).join(lines[at : at + 2])]

    def _split(self, lines: list[str]) -> None:
        at = self._chance.randrange(len(lines))
        cut = self._chance.randrange(len(lines[at]) + 1)
        lines[at : at + 1] = [lines[at][:cut], lines[at][cut:]]

    def _number(self, lines: list[str]) -> None:
        self._replace(lines, _NUMBER, self._chance.choice(NUMBERS))

    def _word(self, lines: list[str]) -> None:
        other = _WORD.findall(self._chance.choice(self._lines)) or ["daily"]
        self._replace(lines, _WORD, self._chance.choice(other))

    def _odd(self, lines: list[str]) -> None:
        at = self._chance.randrange(len(lines))
        cut = self._chance.randrange(len(lines[at]) + 1)
        lines[at] = lines[at][:cut] + self._chance.choice(ODD) + lines[at][cut:]

    def _indent(self, lines: list[str]) -> None:
        at = self._chance.randrange(len(lines))
        lines[at] = (
            self._chance.choice(("  ", "    ", "- ", "> ", "1. ", "| ", "# ", "**", "- [ ] ")) + lines[at]
        )

    def _replace(self, lines: list[str], what: re.Pattern[str], new: str) -> None:
        at = self._chance.randrange(len(lines))
        found = list(what.finditer(lines[at]))
        if found:
            match = self._chance.choice(found)
            lines[at] = lines[at][: match.start()] + new + lines[at][match.end() :]

    _ways = (_insert, _insert, _drop, _swap, _join, _split, _number, _word, _word, _odd, _indent)
