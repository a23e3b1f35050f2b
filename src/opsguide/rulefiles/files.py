"""Rule files on the disk: found by the bindings' patterns, read again when they change, the last good text kept.

A broken file is refused, and what it said before stays in force, over a restart too: its last good text lies in the
data directory.
"""

import glob
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from .documents import MAX_CHARS
from .model import Group, Problem, Rule
from .reading import read

log = logging.getLogger(__name__)

MOST_FILES = 1000


class Loaded(Struct, frozen=True):
    """The groups in force, and what is wrong. `refused` are the files that are broken now."""

    groups: tuple[Group, ...] = ()
    problems: tuple[Problem, ...] = ()
    refused: frozenset[str] = frozenset()

    @property
    def rules(self) -> Sequence[Rule]:
        return [rule for group in self.groups for rule in group.rules]


class RuleFiles:
    """`base` is the folder of the bindings, `kept` the file of last good texts; None keeps them in memory only."""

    def __init__(self, base: Path, kept: Path | None = None) -> None:
        self._base, self._kept = base, kept
        self._good: dict[str, str] = _kept_texts(kept)
        self._seen: object = None

    def look(self, patterns: Sequence[str]) -> Loaded | None:
        """What is in force, or None where nothing changed since the last look."""
        paths = {pattern: self._paths(pattern) for pattern in patterns}
        found = {self._name(path): path for some in paths.values() for path in some}
        seen = (tuple(patterns), {name: _stamp(path) for name, path in found.items()})
        if seen == self._seen:
            return None
        self._seen = seen
        problems = [_nothing_fits(pattern) for pattern, some in paths.items() if not some]
        if len(found) > MOST_FILES:
            problems.append(
                Problem("opsguide.toml", 1, f"telemetry.rules names more than {MOST_FILES} files")
            )
            found = dict(sorted(found.items())[:MOST_FILES])
        return self._load(found, problems)

    def _paths(self, pattern: str) -> list[Path]:
        return [Path(one) for one in sorted(glob.glob(str(self._base / pattern))) if Path(one).is_file()]

    def _name(self, path: Path) -> str:
        """How a file is called: from the folder of the bindings on."""
        return path.relative_to(self._base).as_posix() if path.is_relative_to(self._base) else path.as_posix()

    def _load(self, found: Mapping[str, Path], problems: list[Problem]) -> Loaded:
        groups: list[Group] = []
        refused: set[str] = set()
        good: dict[str, str] = {}
        for name, path in sorted(found.items()):
            text, problem = text_of(path, name)
            result = read(text, name)
            wrong = [problem] if problem is not None else list(result.problems)
            if wrong:
                problems += wrong
                refused.add(name)
                text = self._good.get(name, "")
                result = read(text, name)
            if text:
                good[name] = text
            groups += result.groups
        self._keep(good)
        return Loaded(tuple(groups), tuple(problems), frozenset(refused))

    def _keep(self, good: dict[str, str]) -> None:
        if good == self._good:
            return
        self._good = good
        if self._kept is None:
            return
        try:
            part = self._kept.with_suffix(".new")
            part.write_bytes(msgspec.json.encode(good))
            part.replace(self._kept)
        except OSError as error:
            log.warning("the rule files in force could not be kept in %s: %s", self._kept, error.strerror)


def _kept_texts(kept: Path | None) -> dict[str, str]:
    try:
        return msgspec.json.decode(kept.read_bytes(), type=dict[str, str]) if kept is not None else {}
    except (OSError, msgspec.MsgspecError):
        return {}


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def text_of(path: Path, name: str) -> tuple[str, Problem | None]:
    """The text of a file that is called `name` in messages, or why there is none."""
    try:
        if path.stat().st_size > MAX_CHARS:
            return "", Problem(name, 1, f"the file is larger than {MAX_CHARS} bytes", "split it")
        return path.read_text(encoding="utf-8"), None
    except OSError as error:
        return "", Problem(
            name, 1, f"the file cannot be read: {error.strerror}", "let the user that runs opsguide read it"
        )
    except UnicodeDecodeError:
        return "", Problem(name, 1, "the file is no UTF-8 text", "save it as UTF-8")


def _nothing_fits(pattern: str) -> Problem:
    hint = "paths are looked for beside opsguide.toml"
    return Problem("opsguide.toml", 1, f"telemetry.rules: no file fits `{pattern}`", hint)
