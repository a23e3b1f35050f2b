"""What one table of the bindings says about another: names that must exist, addresses that need leave."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ..wording import did_you_mean
from .engine import hold_engine
from .lab_keys import hold_lab
from .places import Path
from .probing_relations import hold_probes
from .problems import Problems, quoted
from .status_keys import hold_status
from .urls import is_private

_NAMES: tuple[tuple[str, str, str, str, Callable[[str], str]], ...] = (
    # table, its key (`*`: every entry of a list), the table that it names, one of those, how names are compared
    ("people", "channels.*", "channels", "channel", str.strip),
    ("people", "notify.*.channel", "channels", "channel", str.strip),
    ("teams", "members.*", "people", "person", str.casefold),
    ("rotations", "layers.*.members.*", "people", "person", str.casefold),
    ("rotations", "overrides.*.person", "people", "person", str.casefold),
    ("incidents", "reviewers.*", "people", "person", str.casefold),
    ("sources", "environment", "environments", "environment", str.casefold),
    ("rotations", "overrides.*.replaces", "people", "person", str.casefold),
    ("databases", "environment", "environments", "environment", str.casefold),
    ("lab", "environment", "environments", "environment", str.casefold),
    ("probes", "environment", "environments", "environment", str.casefold),
)


def hold_relations(raw: Mapping[str, Any], problems: Problems) -> None:
    """Notes what is wrong between tables of the raw file, where an entry with a mistake still exists."""
    for table, key, target, one, same in _NAMES:
        known = {same(name) for name in _table(raw, target)}
        for entry, content in _entries(raw, table):
            for path, word in _words((table, entry), content, key.split(".")):
                if same(word.strip()) not in known:
                    hint = did_you_mean(word, known) or f"add [{target}.{quoted(word)}] to {problems.where}"
                    spot = problems.spot(*path)
                    problems.note(spot.wrong(f"unknown-{one}", f"unknown {one} `{word}`", hint))
    _hold_rotations(raw, problems)
    _hold_private(raw, problems)
    hold_probes(raw, problems)
    hold_lab(raw, problems)
    hold_engine(raw, problems)
    hold_status(raw, problems)


def _words(path: Path, content: Any, keys: Sequence[str]) -> Iterator[tuple[Path, str]]:
    """The texts at `keys` below the content, with where they stand; `*` is every entry of a list."""
    if not keys:
        if isinstance(content, str) and content.strip():
            yield path, content
    elif keys[0] == "*":
        for index, item in enumerate(content if isinstance(content, list) else ()):
            yield from _words((*path, index), item, keys[1:])
    elif isinstance(content, dict):
        yield from _words((*path, keys[0]), content.get(keys[0]), keys[1:])


def _hold_rotations(raw: Mapping[str, Any], problems: Problems) -> None:
    known = {name.casefold() for name in _table(raw, "teams")}
    for entry, content in _entries(raw, "rotations"):
        spot = problems.spot("rotations", entry)
        if entry.casefold() not in known:
            hint = did_you_mean(entry, known) or f"add [teams.{quoted(entry)}] to {problems.where}"
            problems.note(spot.wrong("unknown-team", f"unknown team `{entry}`", hint, on="key"))
        if "layers" not in content and "calendar" not in content:
            hint = f"add [[{spot.name}.layers]] or a `calendar`, or delete the rotation"
            problems.note(spot.wrong("missing-key", f"`{spot.name}` has neither layers nor a calendar", hint))
        for key, start, end in (("overrides", "start", "end"), ("layers", "since", "until")):
            parts = content.get(key)
            for index, part in enumerate(parts if isinstance(parts, list) else ()):
                if isinstance(part, dict) and _is_over(part.get(start), part.get(end)):
                    here = spot.at(key).at(index).at(end)
                    hint = f"write `{end}` after its `{start}`"
                    problems.note(here.wrong("out-of-range", f"`{here.name}` is not after its {start}", hint))


def _is_over(start: object, end: object) -> bool:
    """Both are instants, and the end is not after the start; unknown where only one has an offset."""
    try:
        first, last = (datetime.fromisoformat(str(one).strip()) for one in (start, end))
    except ValueError:
        return False
    return (first.tzinfo is None) == (last.tzinfo is None) and last <= first


def _hold_private(raw: Mapping[str, Any], problems: Problems) -> None:
    """A probe of a private address is refused when it runs unless `private` allows it: better said now."""
    for entry, content in _entries(raw, "environments"):
        if content.get("private") is True:
            continue
        for key in ("url", "metrics"):
            url = content.get(key)
            if isinstance(url, str) and is_private(url):
                spot = problems.spot("environments", entry, key)
                message = f"`{spot.name}` is a loopback or private address"
                hint = f"add private = true to [environments.{quoted(entry)}] if that is meant"
                problems.note(spot.wrong("private-address", message, hint))


def _entries(raw: Mapping[str, Any], name: str) -> list[tuple[str, dict[str, Any]]]:
    return [(key, content) for key, content in _table(raw, name).items() if isinstance(content, dict)]


def _table(raw: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = raw.get(name)
    return found if isinstance(found, dict) else {}
