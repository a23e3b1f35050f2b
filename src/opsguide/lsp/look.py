"""What a check found in one version of a document, and what is asked of it."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from msgspec import Struct

from ..guide.bindings import Bindings, Missing, unbound
from ..guide.checking import Checked
from ..guide.promise import Finding, Promise
from ..guide.values import Severity
from ..kernel.errors import OpsguideError
from ..kernel.promise import Span
from .text import Text


class Trouble(Struct, frozen=True):
    """Why a file could not be used at all."""

    file: str
    error: OpsguideError


class Look:
    """A version of a guide, checked. Without `checked` it cannot be used, and `troubles` say why."""

    def __init__(
        self, version: int, text: Text, checked: Checked | None, troubles: tuple[Trouble, ...] = ()
    ) -> None:
        self.version, self.text, self.checked, self.troubles = version, text, checked, troubles

    @property
    def promises(self) -> tuple[Promise, ...]:
        return self.checked.result.reading.promises if self.checked else ()

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Those that the guide does not silence."""
        found = self.checked.result.findings if self.checked else ()
        return tuple(finding for finding in found if finding.silenced is None)

    @cached_property
    def severities(self) -> dict[str, Promise]:
        """Severity → the promise that defines it."""
        found: dict[str, Promise] = {}
        for promise in self.promises:
            if isinstance(promise.values, Severity):
                found.setdefault(promise.values.severity, promise)
        return found

    @cached_property
    def missing(self) -> dict[str, list[Missing]]:
        """Promise → the keys of opsguide.toml that it lacks; of all promises where there are no bindings."""
        result = self.checked.result if self.checked else None
        return (
            {}
            if result is None
            else _by_promise(self._all_keys if result.unbound is None else result.unbound)
        )

    @cached_property
    def keys(self) -> dict[str, list[Missing]]:
        """Promise → every key that binds it."""
        return _by_promise(self._all_keys)

    @cached_property
    def _all_keys(self) -> tuple[Missing, ...]:
        return unbound(self.checked.result.reading, Bindings()) if self.checked else ()

    @property
    def bindings(self) -> Path | None:
        result = self.checked.result if self.checked else None
        return Path(result.bindings) if result is not None and result.bindings else None

    def promises_at(self, line: int) -> Iterator[Promise]:
        """Those that the line states."""
        return (p for p in self.promises if any(holds(span, line) for span in (p.span, *p.also)))

    def findings_at(self, line: int) -> Iterator[Finding]:
        """Those that the line is involved in."""
        return (f for f in self.findings if any(holds(span, line) for span in f.spans))


def holds(span: Span, line: int) -> bool:
    return span.line <= line <= span.end_line


def _by_promise(missing: tuple[Missing, ...]) -> dict[str, list[Missing]]:
    found: dict[str, list[Missing]] = {}
    for one in missing:
        if one.key:
            found.setdefault(one.promise, []).append(one)
    return found
