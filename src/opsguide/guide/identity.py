"""Drafts → promises: the same fact said twice becomes one, and each gets an id from what it means."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import cast

from msgspec import UNSET, Struct
from msgspec.structs import asdict, replace

from ..kernel.promise import Span
from .phrases import slug
from .promise import Promise
from .reader import Draft
from .values import AnyValues

# What one statement of a fact may leave out and another add: it stays the same fact.
_COMPLETES = {
    "hours", "definition", "conditions", "label", "order", "window", "op", "zone", "notice_seconds",
    "notice_business_days", "min_seconds", "max_seconds", "for_seconds", "severity", "kind",
}  # fmt: skip
_NEVER_COMPLETES = {
    "clock": {"severity", "min_seconds", "max_seconds"},
    "alert": {"min_seconds", "max_seconds"},
    "step": {"severity", "kind"},
    "duty": {"kind"},
    "objective": {"min_seconds", "max_seconds", "window"},
    "recovery": {"severity", "min_seconds", "max_seconds"},
}


# Statements of one fact stand near each other; comparing all with all would take minutes for a generated guide.
_COMPARED = 50


class Made(Struct):
    """A promise in the making, with the drafts that say it."""

    drafts: list[Draft]
    values: AnyValues


def settle(drafts: Sequence[Draft]) -> list[tuple[Promise, tuple[Draft, ...]]]:
    """All promises with their drafts, in the order of the document."""
    groups: dict[tuple[str, ...], list[Made]] = defaultdict(list)
    alike: dict[tuple[object, ...], list[Made]] = defaultdict(list)
    for draft in drafts:
        base = _base(draft)
        # Only drafts that agree in what must be equal are compared: a guide may say a thing a thousand times.
        same = alike[base, _firm(draft.values)]
        made = next((m for m in same[-_COMPARED:] if complete(m.values, draft.values) is not None), None)
        if made is None:
            made = Made([draft], draft.values)
            same.append(made)
            groups[base].append(made)
        else:
            made.drafts.append(draft)
            made.values = cast(AnyValues, complete(made.values, draft.values))
    named = [
        pair for base, members in groups.items() for pair in zip(_names(base, members), members, strict=True)
    ]
    # What tells one apart may be how another is called: `retention.pdf`, and a `retention` that is about `pdf`.
    unique = _numbered(name for name, _ in named)
    found = [
        (_promise(name, made), tuple(made.drafts)) for name, (_, made) in zip(unique, named, strict=True)
    ]
    return sorted(found, key=lambda pair: (pair[0].span, pair[1][0].items[0].number))


def _firm(values: AnyValues) -> str:
    """What no other statement of the same fact may say differently."""
    may = _may_complete(values)
    return repr((type(values), [value for key, value in asdict(values).items() if key not in may]))


def _may_complete(values: AnyValues) -> set[str]:
    return _COMPLETES - _NEVER_COMPLETES.get(str(values.__struct_config__.tag), set())


def complete(a: AnyValues, b: AnyValues) -> AnyValues | None:
    """The fact that both say, or None if they say different ones."""
    if type(a) is not type(b):
        return None
    may_complete = _may_complete(a)
    changes: dict[str, object] = {}
    ours, theirs = asdict(a), asdict(b)
    for key, value in ours.items():
        other = theirs[key]
        if value == other:
            continue
        may = key in may_complete
        if may and value in (None, UNSET):
            changes[key] = other
        elif not (
            may and (other in (None, UNSET) or key in ("op", "label", "definition", "conditions", "order"))
        ):
            return None
    return replace(a, **changes) if changes else a


def _base(draft: Draft) -> tuple[str, ...]:
    return (draft.keeper, *(part for part in (slug(name) for name in draft.name) if part))


def _names(base: tuple[str, ...], members: list[Made]) -> list[str]:
    """The id of each member: the bare meaning if it is alone, else with what tells it apart."""
    plain = ".".join(base)
    if len(members) == 1:
        return [plain]
    named = [plain] * len(members)
    for tell in (_qualifier, _section, _label):
        if len(set(named)) == len(named):
            break
        parts = [tell(m.drafts[0]) for m in members]
        if len(set(parts)) > 1:
            named = [f"{name}.{part}" if part else name for name, part in zip(named, parts, strict=True)]
    return _numbered(named)


def _qualifier(draft: Draft) -> str:
    return slug(draft.qualifier)


def _section(draft: Draft) -> str:
    headings = draft.items[0].scene.block.headings
    return slug(headings[-1]) if headings else ""


def _label(draft: Draft) -> str:
    item = draft.items[0]
    outer = item.scene.block.labels[-1:]
    return slug(
        " ".join(
            (*outer, item.statement.label or " ".join(w for w in item.statement.text.split() if w.isalpha()))
        )
    )


def _numbered(names: Iterable[str]) -> list[str]:
    """The second of a name is `name.2`, unless that is another one's name."""
    seen: dict[str, int] = defaultdict(int)
    every = list(names)
    taken = set(every)
    found: list[str] = []
    for name in every:
        seen[name] += 1
        if seen[name] == 1:
            found.append(name)
            continue
        while f"{name}.{seen[name]}" in taken:
            seen[name] += 1
        found.append(f"{name}.{seen[name]}")
        taken.add(found[-1])
    return found


def _promise(name: str, made: Made) -> Promise:
    first = made.drafts[0]
    span, text = _place(first)
    spans = [item.statement.span for draft in made.drafts for item in draft.items]
    spans += [statement.span for draft in made.drafts for statement in draft.extra]
    others = sorted({s for s in spans if not (span.line <= s.line and s.end_line <= span.end_line)})
    return Promise(
        id=name,
        keeper=first.keeper,
        section=first.items[0].scene.block.section,
        control=first.control,
        span=span,
        text=text,
        values=made.values,
        also=tuple(others),
    )


def _place(draft: Draft) -> tuple[Span, str]:
    """Where a promise stands: its first statement, with those right below it that it is also read from."""
    items = [draft.items[0]]
    for item in draft.items[1:]:
        if (
            item.scene is items[0].scene
            and 0 <= item.statement.span.line - items[-1].statement.span.end_line <= 1
        ):
            items.append(item)
    said = list(dict.fromkeys(item.statement.text for item in items))
    return Span(items[0].statement.span.line, items[-1].statement.span.end_line), "\n".join(said)
