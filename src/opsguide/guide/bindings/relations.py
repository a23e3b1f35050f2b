"""What one table of the bindings says about another: names that must exist, addresses that need leave."""

from collections.abc import Callable, Mapping
from typing import Any

from ..wording import did_you_mean
from .problems import Problems, quoted
from .urls import is_private

_NAMES: tuple[tuple[str, str, str, str, Callable[[str], str]], ...] = (
    # table, its key, the table that it names, one entry of that, how its names are compared
    ("people", "channels", "channels", "channel", str.strip),
    ("teams", "members", "people", "person", str.casefold),
)


def hold_relations(raw: Mapping[str, Any], problems: Problems) -> None:
    """Notes what is wrong between tables of the raw file, where an entry with a mistake still exists."""
    for table, key, target, one, same in _NAMES:
        known = {same(name) for name in _table(raw, target)}
        for entry, content in _entries(raw, table):
            words = content.get(key)
            for index, word in enumerate(words if isinstance(words, list) else []):
                if isinstance(word, str) and word.strip() and same(word.strip()) not in known:
                    hint = did_you_mean(word, known) or f"add [{target}.{quoted(word)}] to {problems.where}"
                    spot = problems.spot(table, entry, key, index)
                    problems.note(spot.wrong(f"unknown-{one}", f"unknown {one} `{word}`", hint))
    _hold_members(raw, problems)
    _hold_private(raw, problems)


def _hold_members(raw: Mapping[str, Any], problems: Problems) -> None:
    for entry, content in _entries(raw, "teams"):
        if content.get("members") == []:
            spot = problems.spot("teams", entry, "members")
            hint = "name at least one person: the first is on call"
            problems.note(spot.wrong("empty", f"team `{entry}` has no members", hint))


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
