"""What became of an export, as Markdown: for people who decide whether to go on. It names nobody, only ids."""

from collections.abc import Iterable, Iterator, Sequence

from ..guide.bindings import Bindings, handle
from ..guide.promise import Reading
from ..guide.values import Step
from ..guide.wording import plural
from .draft import Draft, Taken, route_of
from .model import Found, Note, Policy


def report(found: Found, draft: Draft, bindings: Bindings, reading: Reading | None, *, preview: bool) -> str:
    """`bindings` are those with what is imported; `reading` is of the guide, if one is named. `preview`: nothing is
    written, so the new bindings stand in the report."""
    notes = list(dict.fromkeys((*found.notes, *draft.notes)))
    lines = [f"# Import from {found.tool}", "", _summary(draft, notes), ""]
    lines += _section("Taken over", (f"{_cell(one.what)} → `{one.key}`" for one in draft.taken))
    lines += _section("There already, and left as it is", _kept(draft.kept))
    lines += _section("Approximated", _told(notes, "approximated"))
    lines += _section("Has no equal here", _told(notes, "missing"))
    lines += _section("Not read: of no meaning here, or not in this version", _told(notes, "left"))
    lines += _section(
        "To set before the service starts",
        (f"`{one.name}`: {_cell(one.what)}" for one in draft.variables),
    )
    lines += _routes(found.policies, draft.ids, reading)
    lines += _unbound(found, draft, bindings, reading)
    if preview and draft.text:
        lines += ["## For opsguide.toml", "", "```toml", *draft.text.rstrip().split("\n"), "```", ""]
    return "\n".join(lines).encode(errors="replace").decode()


def _summary(draft: Draft, notes: Sequence[Note]) -> str:
    near, missing = (sum(note.kind == kind for note in notes) for kind in ("approximated", "missing"))
    return (
        f"{plural(len(draft.taken), 'thing')} taken over, {len(draft.kept)} there already, {near} approximated, "
        f"{missing} without an equal here. Ids of people stand on the ledger for good: if they tell too much, "
        "change them before the service starts."
    )


def _section(title: str, lines: Iterable[str]) -> list[str]:
    found = [f"- {line}" for line in lines]
    return [f"## {title}", "", *found, ""] if found else []


def _kept(kept: Iterable[Taken]) -> Iterator[str]:
    return (f"{_cell(one.what)}: `{one.key}`" for one in kept)


def _told(notes: Iterable[Note], kind: str) -> Iterator[str]:
    return (f"**{_cell(note.about)}** {_cell(note.what)}" for note in notes if note.kind == kind)


def _routes(policies: Sequence[Policy], ids: dict[str, str], reading: Reading | None) -> Iterator[str]:
    """The guide says who is told: the lines for it, and whether it says so already."""
    if not policies:
        return
    yield from ("## For the guide", "")
    yield "Who is told, and after how long, stands in the guide and not in the bindings."
    yield ""
    for policy in policies:
        lines = route_of(policy, ids)
        if not lines:
            continue
        same = _same(lines, reading)
        told = "" if reading is None else f" ({same})" if same else " (the guide says something else)"
        yield from (
            f"From {_cell(policy.name)}{told}:",
            "",
            "```markdown",
            "### Escalation",
            "",
            *lines,
            "```",
            "",
        )


def _same(lines: Sequence[str], reading: Reading | None) -> str:
    """Where the guide tells the same people in this order."""
    wanted = [handle(line.split("@")[1].split(" after ")[0]) for line in lines]
    routes: dict[str, list[str]] = {}
    for _, step in _steps(reading):
        routes.setdefault(step.route, []).append(handle(step.to))
    return next(
        (f"as the guide's {name} route has it" for name, told in routes.items() if told == wanted), ""
    )


def _unbound(found: Found, draft: Draft, bindings: Bindings, reading: Reading | None) -> list[str]:
    """Whom the guide's routes name and no bindings have yet, and which schedules the guide does not name."""
    known = {*bindings.teams, *bindings.people}
    named: dict[str, list[int]] = {}
    for line, step in _steps(reading):
        named.setdefault(handle(step.to), []).append(line)
    lacking = {name: lines for name, lines in named.items() if name not in known}
    lines = _section(
        "Named by the guide, and bound to nobody yet",
        (
            f"`@{_cell(name)}` ({'line' if len(lines) == 1 else 'lines'} {', '.join(map(str, lines))})"
            for name, lines in lacking.items()
        ),
    )
    others = [one.name for one in found.schedules if draft.ids.get(one.key) not in named]
    if lacking and others:
        option = f"--team '{_cell(others[0])}={next(iter(lacking))}'"
        lines += [f"Where one of them is the team of a schedule or receiver, say so: `{option}`.", ""]
    return lines


def _steps(reading: Reading | None) -> Iterator[tuple[int, Step]]:
    for promise in reading.promises if reading is not None else ():
        if isinstance(promise.values, Step):
            yield promise.span.line, promise.values


def _cell(text: str) -> str:
    """One line, in which nothing of the tool's own becomes Markdown."""
    return " ".join(text.split()).replace("<", "&lt;").replace("*", "\\*")
