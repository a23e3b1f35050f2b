"""What can be written here: a unit behind a number, a rule in a comment that silences it, else the guide's own names
and the words of its language that the reader knows.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from lsprotocol.types import CompletionItem, CompletionItemKind, Position

from ..guide.bindings import read_bindings
from ..guide.findings import RULES
from ..guide.lexicon import spelt
from ..guide.values import Environment, Severity, Step
from .look import Look
from .text import Text

TRIGGERS = ["@"]

_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)?(?P<gap>[  ]?)(?P<begun>[^\W\d_]*)$")
_SILENCE = re.compile(r"opsguide:\s*allow\s+(?:[\w-]+\s*,\s*)*[\w-]*$")
_KINDS = {
    "moment": "a clock",
    "signal": "a signal",
    "recovery": "a recovery objective",
    "duty": "a duty",
    "cadence": "how often",
    "environment": "an environment",
    "demand": "what is asked for",
    "comparator": "a comparison",
}
"""Kinds of terms that are worth writing out, and what each is."""


def completions(look: Look, source: str, position: Position) -> list[CompletionItem]:
    """The client narrows them down to what was begun."""
    text = Text(source, look.text.codec)
    line, column = text.at(position)
    before = text.line(line)[:column]
    if _SILENCE.search(before):
        return [_item(name, rule.says, CompletionItemKind.Reference) for name, rule in RULES.items()]
    spoken = look.checked.result.reading.language if look.checked else "en"
    if _NUMBER.search(before):
        return _once(_words(spoken, unit=True))
    return _once([*_names(look), *_words(spoken, unit=False)])


def _names(look: Look) -> Iterator[CompletionItem]:
    """What the guide and its bindings call things: these first."""
    for promise in look.promises:
        match promise.values:
            case Severity() as values:
                shown = promise.text if len(promise.text) < 60 else f"{promise.text[:60]}…"
                yield _item(
                    values.label or values.severity, f"severity: {shown}", CompletionItemKind.EnumMember
                )
                if values.label:
                    yield _item(values.severity, f"severity: {shown}", CompletionItemKind.EnumMember)
            case Environment() as values:
                yield _item(values.environment, "environment of this guide", CompletionItemKind.Module)
            case Step() as values:
                yield _item(values.to, "told by this guide", CompletionItemKind.Constant)
            case _:
                pass
    text = look.checked.bindings_text if look.checked else ""
    bindings, _ = read_bindings(text)
    if bindings is not None and text:
        yield from (
            _item(f"@{n}", "team of the bindings", CompletionItemKind.Constant) for n in bindings.teams
        )
        yield from (
            _item(f"@{n}", "person of the bindings", CompletionItemKind.Constant) for n in bindings.people
        )
        yield from (
            _item(n, "environment of the bindings", CompletionItemKind.Module) for n in bindings.environments
        )


@cache
def _words(code: str, *, unit: bool) -> list[CompletionItem]:
    """Whole words of the language; `acknowledg*` stands for many, and none of them."""
    found: list[CompletionItem] = []
    kind = CompletionItemKind.Unit if unit else CompletionItemKind.Keyword
    for name, what in ({"unit": "a unit"} if unit else _KINDS).items():
        for term, words in spelt(code, name).items():
            for word in words:
                if "*" not in word and len(word) > 1:
                    found.append(_item(word, f"{what}: {term.replace('_', ' ')}", kind))
    return found


def _item(label: str, detail: str, kind: CompletionItemKind) -> CompletionItem:
    order = "1" if kind in (CompletionItemKind.Keyword, CompletionItemKind.Unit) else "0"
    return CompletionItem(label=label, detail=detail, kind=kind, sort_text=f"{order}{label}")


def _once(items: Iterable[CompletionItem]) -> list[CompletionItem]:
    return list({item.label: item for item in reversed(list(items))}.values())[::-1]
